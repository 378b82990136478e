"""What an administrator sees of secondary storage, on the simulated zone."""

from typing import Any

import msgspec
import pytest

from core.model.commands.image_store import DeleteImageStore, ListImageStores, UpdateImageStore
from core.model.commands.snapshot import CreateSnapshot, DeleteSnapshot
from core.model.commands.volume import CreateVolume
from core.model.errors import Conflict
from core.model.records import ImageStore, StoreRef
from tests.simulation.stage import Stage, add_store, play


def store_id(stage: Stage, name: str) -> str:
    """Id of the image store of that name."""
    return next(iter(stage.inventory.having(ImageStore, "name", name))).id


def store_of(stage: Stage, object_id: str) -> str:
    """Name of the image store that has the object."""
    (ref,) = stage.inventory.having(StoreRef, "of", object_id)
    return stage.inventory.get(ImageStore, ref.store_id).name


def test_a_readonly_store_is_cordoned_off_but_still_read() -> None:
    """New snapshots go elsewhere; volumes are still made from what it holds, and it is deleted."""

    async def story(stage: Stage) -> None:
        async with stage.running():
            await stage.build()
            await stage.machine()
            old = await stage.do(CreateSnapshot(volume_id=stage.ids["data"]))
            await stage.do(add_store("s2"))
            first = store_id(stage, "s1")
            shown = await stage.do(UpdateImageStore(id=first, readonly=True))
            assert shown["readonly"] is True
            new = await stage.do(CreateSnapshot(volume_id=stage.ids["data"]))
            assert (store_of(stage, old), store_of(stage, new)) == ("s1", "s2")
            await stage.do(CreateVolume(snapshot_id=old))
            await stage.do(DeleteSnapshot(id=old))

    play(story)


def test_a_store_is_deleted_once_it_holds_nothing() -> None:
    """While it holds a snapshot it is kept."""

    async def story(stage: Stage) -> None:
        async with stage.running():
            await stage.build()
            await stage.machine()
            await stage.do(add_store("s2"))
            await stage.do(UpdateImageStore(id=store_id(stage, "s1"), readonly=True))
            snapshot = await stage.do(CreateSnapshot(volume_id=stage.ids["data"]))
            second = DeleteImageStore(id=store_id(stage, "s2"))
            with pytest.raises(Conflict):
                await stage.do(second)
            await stage.do(DeleteSnapshot(id=snapshot))
            assert await stage.do(second) is True
            (left,) = await _stores(stage)
            assert left["name"] == "s1"

    play(story)


def test_a_given_capacity_stays() -> None:
    """What an administrator has set is not overwritten by what the store says, until it is 0."""

    async def story(stage: Stage) -> None:
        async with stage.running():
            await stage.build()
            (before,) = await _stores(stage)
            await stage.do(UpdateImageStore(id=before["id"], capacity_bytes=10**10))
            await stage.runtime.sleep(300.0)
            assert (await _stores(stage))[0]["disksizetotal"] == 10**10
            await stage.do(UpdateImageStore(id=before["id"], capacity_bytes=0))
            await stage.runtime.sleep(300.0)
            assert (await _stores(stage))[0]["disksizetotal"] == before["disksizetotal"]

    play(story)


async def _stores(stage: Stage) -> list[dict[str, Any]]:
    answer = msgspec.to_builtins(await stage.plane.submit(ListImageStores(), stage.caller))
    return list(answer["imagestore"])
