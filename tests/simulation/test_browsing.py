"""What lies on storage, and whose it is: files, owners, orphans both ways."""

from typing import Any

from msgspec.structs import replace

from core.driver_words import DiskSpec
from core.model.commands.image_store import ListImageStoreObjects
from core.model.commands.pool import (
    ListStorageOrphans,
    ListStoragePoolObjects,
)
from core.model.commands.snapshot import CreateSnapshot
from core.model.errors import Invalid, NotFound, Unavailable
from core.model.pool_types import DiskFormat
from core.model.records import ImageStore, Pool
from sim.driver.storage import SimulatedPool
from sim.spec import GIB, PoolSpec
from tests.refusal import refusal
from tests.simulation.stage import Stage, play

DAY_S = 86400.0


def _silent(_done_bytes: int, _total_bytes: int) -> None:
    """A Progress for who does not look."""


def test_files_are_listed_with_what_they_belong_to() -> None:
    """Volumes on a pool; templates and snapshots on an image store; by folder, file and page."""

    async def body(stage: Stage) -> None:
        async with stage.running():
            await stage.build()
            await stage.machine()
            root = stage.volume("root")
            snapshot = await stage.do(CreateSnapshot(volume_id=root.id))
            rows = await stage.ask(ListStoragePoolObjects(id=root.pool_id))
            (row,) = [row for row in rows if row["name"] == root.id]
            assert (row["volumeid"], row["volumename"]) == (root.id, root.name)
            assert not row["isdirectory"]
            assert row["size"] > 0
            one = ListStoragePoolObjects(id=root.pool_id, path=root.id)
            assert [row["name"] for row in await stage.ask(one)] == [root.id]
            (kept,) = [row for row in rows if "templateid" in row]
            assert kept["templateid"] == stage.ids["template"]
            paged = ListStoragePoolObjects(id=root.pool_id, page=2, pagesize=len(rows) - 1)
            assert len(await stage.ask(paged)) == 1
            found = await _walk(stage, "")
            owners = {row.get("snapshotid") or row.get("templateid") for row in found}
            assert owners == {snapshot, stage.ids["template"]}

    play(body)


async def _walk(stage: Stage, path: str) -> list[dict[str, Any]]:
    """All files of the image store."""
    store = next(iter(stage.inventory.all(ImageStore)))
    found: list[dict[str, Any]] = []
    for row in await stage.ask(ListImageStoreObjects(id=store.id, path=path)):
        below = f"{path}/{row['name']}".strip("/")
        found.extend(await _walk(stage, below) if row["isdirectory"] else [row])
    return found


def test_what_cannot_be_listed_says_why() -> None:
    """An unknown path is the caller's fault, storage that does not answer is not."""

    async def body(stage: Stage) -> None:
        async with stage.running():
            await stage.build()
            pool_id = stage.pool("p1")
            with refusal(NotFound, 431, f"pool/{pool_id}"):
                await stage.ask(ListStoragePoolObjects(id=pool_id, path="nowhere"))
            stage.world.set_online(stage.world.pools["p1"], online=False)
            with refusal(Unavailable, 530, f"pool/{pool_id}"):
                await stage.ask(ListStoragePoolObjects(id=pool_id))
            with refusal(Invalid, 431):
                await stage.ask(ListStorageOrphans())

    play(body)


def test_slow_storage_is_not_waited_for() -> None:
    """A look ends after fifteen seconds, as CloudStack's agents end theirs."""

    async def body(stage: Stage) -> None:
        async with stage.running():
            await stage.build()
            pool = stage.world.pools["p1"]
            assert isinstance(pool.spec, PoolSpec)
            pool.spec = replace(pool.spec, latency_s=60.0)
            began_s = stage.runtime.now()
            with refusal(Unavailable, 530, f"pool/{stage.pool('p1')}"):
                await stage.ask(ListStoragePoolObjects(id=stage.pool("p1")))
            assert stage.runtime.now() - began_s == 15.0

    play(body)


def test_orphans_are_found_both_ways() -> None:
    """A stray file is safe to delete after a day; a volume whose file is gone is told of."""

    async def body(stage: Stage) -> None:
        async with stage.running():
            await stage.build()
            await stage.machine()
            pool_id = stage.volume("root").pool_id
            orphans = ListStorageOrphans(storage_id=pool_id)
            assert await stage.ask(orphans) == []
            driver = stage.world.pools[stage.inventory.get(Pool, pool_id).name]
            await _stray(stage, pool_id)
            (fresh,) = await stage.ask(orphans)
            assert (fresh["path"], fresh["missing"], fresh["safe"]) == ("stray", "record", False)
            await stage.runtime.sleep(DAY_S + 1)
            (old,) = await stage.ask(orphans)
            assert old["safe"]
            lost = driver.disks.pop("stray")
            assert await stage.ask(orphans) == []
            driver.disks["stray"] = lost
            root = driver.disks.pop(stage.ids["root"])
            rows = {row["path"]: row for row in await stage.ask(orphans)}
            assert rows[stage.ids["root"]]["missing"] == "file"
            assert rows[stage.ids["root"]]["recordid"] == stage.ids["root"]
            assert not rows[stage.ids["root"]]["safe"]
            driver.disks[stage.ids["root"]] = root

    play(body)


async def _stray(stage: Stage, pool_id: str) -> None:
    """A disk that no record knows."""
    pool = stage.world.pools[stage.inventory.get(Pool, pool_id).name]
    driver = SimulatedPool(stage.world, pool, pool_id)
    disk = DiskSpec(name="stray", size_bytes=GIB, format=DiskFormat.QCOW2)
    await driver.create_disk("stray-1", disk, None, _silent)
