"""Scenes of the commands that move images between image stores."""

from core.model.commands.command import Command
from core.model.commands.image_store import (
    DownloadImageStoreObject,
    MigrateResourceToAnotherSecondaryStorage,
    MigrateSecondaryStorageData,
)
from core.model.commands.internal import MoveImages
from core.model.commands.snapshot import CreateSnapshot, DeleteSnapshot
from core.model.records import ImageStore, StoreRef
from tests.simulation.scene import Scene
from tests.simulation.snapshot_scenes import chained, detached
from tests.simulation.stage import Stage, add_store

MIGRATION = frozenset({"migration", "image_store"})


def store_id(stage: Stage, name: str) -> str:
    """Id of the image store of that name."""
    return next(iter(stage.inventory.having(ImageStore, "name", name))).id


async def _complete(stage: Stage) -> Command:
    """A template and a snapshot on s1, nothing on s2."""
    await stage.do(CreateSnapshot(volume_id=await detached(stage)))
    await stage.do(add_store("s2"))
    return MigrateSecondaryStorageData(
        src_pool=store_id(stage, "s1"), dest_pools=(store_id(stage, "s2"),)
    )


async def _chained(stage: Stage) -> None:
    """A chain of two snapshots, of which the first is deleted and only its image is left."""
    first, *_ = await chained(stage, await detached(stage), 2)
    await stage.do(DeleteSnapshot(id=first))
    await stage.do(add_store("s2"))


async def _move_chain(stage: Stage) -> Command:
    await _chained(stage)
    refs = stage.inventory.having(StoreRef, "store", store_id(stage, "s1"))
    moving = tuple(ref.id for ref in refs if ref.of_kind == "snapshot")
    return MoveImages(ref_ids=moving, store_id=store_id(stage, "s2"))


async def _chain(stage: Stage) -> Command:
    await _chained(stage)
    return MigrateSecondaryStorageData(
        src_pool=store_id(stage, "s1"), dest_pools=(store_id(stage, "s2"),)
    )


async def _some(stage: Stage) -> Command:
    snapshot = await stage.do(CreateSnapshot(volume_id=await detached(stage)))
    await stage.do(add_store("s2"))
    return MigrateResourceToAnotherSecondaryStorage(
        src_pool=store_id(stage, "s1"),
        dest_pool=store_id(stage, "s2"),
        templates=(stage.ids["template"],),
        snapshots=(snapshot,),
    )


async def _download(stage: Stage) -> Command:
    (ref,) = stage.inventory.having(StoreRef, "of", stage.ids["template"])
    return DownloadImageStoreObject(id=ref.store_id, path=ref.path)


SCENES: dict[str, Scene] = {
    "migrateSecondaryStorageData": Scene(_complete, MIGRATION),
    "migrateSecondaryStorageData, a chain": Scene(_chain, MIGRATION),
    "migrateResourceToAnotherSecondaryStorage": Scene(_some, frozenset({"migration"})),
    "downloadImageStoreObject": Scene(_download, reaches_out=False),
    "moveImages": Scene(_move_chain),
    "moveLateImages, begun by migrateSecondaryStorageData": Scene(_complete, MIGRATION),
}
