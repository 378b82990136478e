"""Real images move between real folders, while the server that moves them is killed."""

from pathlib import Path
from typing import Any

import pytest
import trio

from core.model.records import ImageStore, StoreRef
from server.demo import real_zone
from tests.e2e import disks
from tests.e2e.zone import JOB_S, SUCCEEDED, Zone, done, open_zone, quiet

pytestmark = [
    pytest.mark.qemu,
    pytest.mark.skipif(not real_zone.is_possible(), reason="QEMU is not installed"),
]
RUN_S = 120.0
FAST = "copyrate=2000000000"
KILLED_AFTER_S = (0.0, 0.03, 0.1, 0.3)
Object = dict[str, Any]


def files(folder: Path) -> dict[str, int]:
    """All files in a store's folder, by path, and their sizes as disks."""
    found = (path for path in folder.rglob("*") if path.is_file())
    return {str(path.relative_to(folder)): disks.facts(path).virtual_size for path in found}


def recorded(zone: Zone, name: str) -> set[str]:
    """The paths of the images that are recorded on the store of that name."""
    inventory = zone.records()
    (store,) = inventory.having(ImageStore, "name", name)
    refs = inventory.having(StoreRef, "store", store.id)
    return {ref.path for ref in refs}


async def second_store(zone: Zone) -> tuple[str, str]:
    """A second image store in a folder of its own; the ids of both."""
    folder = zone.folder / "images2"
    folder.mkdir()
    async with zone.server.client() as client:
        (first,) = (await client.call("listImageStores"))["imagestore"]
        added = await client.call(
            "addImageStore",
            provider="NFS",
            name="images2",
            zoneid=first["zoneid"],
            url=f"file://{folder}?capacity=68719476736",
        )
    return str(first["id"]), str(added["imagestore"]["id"])


async def emptied(zone: Zone, source: str, target: str, after_s: float) -> Object:
    """What the migration answers whose server was killed so long after its beginning."""
    async with zone.server.client() as client:
        begun = await client.call("migrateSecondaryStorageData", srcpool=source, destpools=[target])
        await trio.sleep(after_s)
        zone.server.kill()
    await zone.server.start()
    async with zone.server.client() as client:
        job = await client.wait_job(str(begun["jobid"]), JOB_S)
        await quiet(client)
        assert job["jobstatus"] == SUCCEEDED, job
        await client.call("updateImageStore", id=source, readonly=False)
        answer: Object = job["jobresult"]["imagestore"]
        return answer


def test_images_move_with_every_byte_when_the_server_is_killed() -> None:
    """To and fro: each time all files are in one folder, and machines are made from them."""
    with open_zone(FAST) as zone:

        async def body() -> None:
            await zone.build()
            stores = await second_store(zone)
            folders = (zone.folder / "images", zone.folder / "images2")
            before = files(folders[0])
            assert len(before) == 2
            for count, after_s in enumerate(KILLED_AFTER_S):
                here, there = count % 2, 1 - count % 2
                answer = await emptied(zone, stores[here], stores[there], after_s)
                assert answer["success"] is True
                assert (files(folders[here]), files(folders[there])) == ({}, before)
                assert recorded(zone, "images2" if there else "images") == set(before)
            await from_the_moved(zone)

        async def bounded() -> None:
            with trio.fail_after(RUN_S):
                await body()

        trio.run(bounded)


async def from_the_moved(zone: Zone) -> None:
    """The snapshot that has moved is, read by QEMU, what the guest had written once."""
    async with zone.server.client() as client:
        (snapshot,) = (await client.call("listSnapshots", listall=True))["snapshot"]
        offering = (await client.call("listDiskOfferings", name="small"))["diskoffering"][0]
        made = await done(
            client, "createVolume", snapshotid=snapshot["id"], diskofferingid=offering["id"]
        )
    name = made["volume"]["id"]
    (disk,) = (path for path in zone.folder.glob(f"pool*/{name}*"))
    assert disks.write_number(disk, zone.image) >= 0
