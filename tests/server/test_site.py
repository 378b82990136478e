"""The whole of it over the simulated zone: what a client asks for happens, and is there again."""

from pathlib import Path
from typing import Any

import pytest

from server.client import Client, open_client
from server.config import EMBEDDED
from tests.server.running import running

pytestmark = pytest.mark.anyio

SMALL = EMBEDDED.read_text().replace("1_073_741_824", "1_048_576")


async def done(client: Client, method: str, **params: Any) -> dict[str, Any]:
    """The result of a command's job, which must succeed."""
    answer = await client.call(method, **params)
    job = await client.wait_job(answer["jobid"], 30)
    assert job["jobstatus"] == 1, job
    result: dict[str, Any] = job["jobresult"]
    return result


async def test_the_embedded_zone_runs_a_vm_with_a_volume(tmp_path: Path) -> None:
    """Deploy, attach, snapshot, migrate live, and each change is an event with its job as cause."""
    async with (
        running(tmp_path, site=SMALL) as server,
        open_client(server.url, server.token) as client,
    ):
        assert (await client.greeted())["sim"] is True
        assert (await client.call("listHosts"))["count"] == 4
        template = (await client.call("listTemplates", templatefilter="all"))["template"][0]
        assert (await client.wait_job(template["jobid"], 30))["jobstatus"] == 1
        stream = await client.subscribe(("volume",))
        zone = template["zoneid"]
        tiny = (await client.call("listServiceOfferings", name="tiny"))["serviceoffering"][0]
        disk = (await client.call("listDiskOfferings", name="1 GiB"))["diskoffering"][0]
        vm = await done(
            client,
            "deployVirtualMachine",
            zoneid=zone,
            templateid=template["id"],
            serviceofferingid=tiny["id"],
        )
        vm_id = vm["virtualmachine"]["id"]
        created = await done(client, "createVolume", zoneid=zone, diskofferingid=disk["id"])
        volume_id = created["volume"]["id"]
        attached = await done(client, "attachVolume", id=volume_id, virtualmachineid=vm_id)
        snapshot = await done(client, "createSnapshot", volumeid=volume_id)
        assert snapshot["snapshot"]["state"] == "BackedUp"
        pools = (await client.call("listStoragePools", scope="CLUSTER"))["storagepool"]
        here = attached["volume"]["storageid"]
        home = (await client.call("listVirtualMachines", id=vm_id))["virtualmachine"][0]
        host = (await client.call("listHosts", id=home["hostid"]))["host"][0]
        near = [pool for pool in pools if pool["clusterid"] == host["clusterid"]]
        target = next(pool["id"] for pool in near if pool["id"] != here)
        moved = await done(
            client, "migrateVolume", volumeid=volume_id, storageid=target, livemigrate=True
        )
        assert moved["volume"]["storageid"] == target
        head = server.service.plane.head
        events: list[dict[str, Any]] = []
        while not events or events[-1]["object"].get("pool_id") != target:
            events.append(await anext(stream))
        assert all(event["position"] <= head and event["cause"] for event in events)
        revisions = [event["rev"] for event in events if event["id"] == volume_id]
        assert revisions == sorted(revisions)


async def test_what_was_founded_is_there_after_a_restart_and_once(tmp_path: Path) -> None:
    """With the same token and identity, and another boot."""
    seen: list[tuple[object, ...]] = []
    for _ in range(2):
        async with (
            running(tmp_path, site=SMALL) as server,
            open_client(server.url, server.token) as client,
        ):
            pools = (await client.call("listStoragePools"))["storagepool"]
            hosts = (await client.call("listHosts"))["host"]
            ids = sorted(thing["id"] for thing in (*pools, *hosts))
            seen.append((server.token, (await client.greeted())["instance"], ids))
    assert seen[0] == seen[1]


async def test_links_begin_with_where_the_server_listens(tmp_path: Path) -> None:
    """Also after it has moved to another port, unless an administrator says otherwise."""
    name = "endpoint.url"
    for _ in range(2):
        async with running(tmp_path, site=SMALL) as server:
            assert server.service.plane.settings.text(name) == server.url
    async with (
        running(tmp_path, site=SMALL) as server,
        open_client(server.url, server.token) as client,
    ):
        await client.call("updateConfiguration", name=name, value="https://cloud.example")
    async with running(tmp_path, site=SMALL) as server:
        assert server.service.plane.settings.text(name) == "https://cloud.example"
