"""A server whose disk is full says so, loses nothing and goes on by itself when there is room."""

import resource
from pathlib import Path

import httpx
import trio

from server import credentials
from server.client import Client
from server.demo import simulated_zone
from server.demo.process import ServerProcess

LOOK_S = 0.05
ENOUGH_S = 20.0


def let_grow(process_id: int, *, much: bool) -> None:
    """Let the process write files of any size, or none at all."""
    _, hard = resource.prlimit(process_id, resource.RLIMIT_FSIZE)
    resource.prlimit(process_id, resource.RLIMIT_FSIZE, (hard if much else 0, hard))


async def until_readiness_is(http: httpx.AsyncClient, status: int) -> str:
    """What it said when it came to be so."""
    with trio.fail_after(ENOUGH_S):
        while (answer := await http.get("/readyz")).status_code != status:  # noqa: ASYNC110
            await trio.sleep(LOOK_S)
    return answer.text


async def create(client: Client, name: str) -> None:
    """Create a volume that is only a record."""
    zone = (await client.call("listZones"))["zone"][0]["id"]
    offering = (await client.call("listDiskOfferings"))["diskoffering"][0]["id"]
    await client.call("createVolume", name=name, zoneid=zone, diskofferingid=offering)


def test_a_full_disk_is_told_and_waited_out(tmp_path: Path) -> None:
    """It is not ready, a change that came meanwhile waits, and is there after a kill."""

    async def names(client: Client) -> set[str]:
        found = (await client.call("listVolumes")).get("volume", [])
        return {volume["name"] for volume in found}

    async def story() -> None:
        data = tmp_path / simulated_zone.DATA
        with ServerProcess(simulated_zone.prepare(tmp_path), data) as server:
            await server.start()
            known = credentials.read(data)
            assert known is not None
            async with (
                httpx.AsyncClient(base_url=known.url) as http,
                server.client() as client,
                trio.open_nursery() as nursery,
            ):
                let_grow(server.process_id, much=False)
                nursery.start_soon(create, client, "waits")
                assert "journal" in await until_readiness_is(http, 503)
                assert (await http.get("/healthz")).status_code == 200
                let_grow(server.process_id, much=True)
                await until_readiness_is(http, 200)
            server.kill()
            await server.start()
            async with server.client() as client:
                assert "waits" in await names(client)

    trio.run(story)
