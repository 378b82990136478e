"""Scenes of commands about volumes that do more than make, attach and move them."""

from core.model.commands.command import Command
from core.model.commands.offering import CreateDiskOffering
from core.model.commands.pool import UpdateStoragePool
from core.model.commands.volume import (
    ChangeOfferingForVolume,
    DestroyVolume,
    DetachVolume,
    UpdateVolume,
)
from tests.simulation.scene import Scene
from tests.simulation.stage import Stage

# A move that was made stays made when the resize after it fails.
MOVED = frozenset({"volume"})


async def _detached(stage: Stage) -> str:
    await stage.machine()
    await stage.do(DetachVolume(id=stage.ids["data"]))
    return stage.ids["data"]


async def _tagged_offering(stage: Stage, size: int) -> str:
    """An offering whose tag only the pool has that the volume is not on."""
    await stage.do(UpdateStoragePool(id=stage.other_pool("data"), tags="ssd"))
    made = await stage.do(CreateDiskOffering(name="ssd", disk_size=size, tags="ssd"))
    return str(made["id"])


async def _destroy(stage: Stage) -> Command:
    return DestroyVolume(id=await _detached(stage))


async def _expunge(stage: Stage) -> Command:
    return DestroyVolume(id=await _detached(stage), expunge=True)


async def _update(stage: Stage) -> Command:
    return UpdateVolume(id=await _detached(stage), name="other", delete_protection=True)


async def _offering(stage: Stage) -> Command:
    volume = await _detached(stage)
    offering = await _tagged_offering(stage, 3)
    return ChangeOfferingForVolume(id=volume, disk_offering_id=offering, auto_migrate=True)


async def _offering_live(stage: Stage) -> Command:
    await stage.machine()
    return ChangeOfferingForVolume(
        id=stage.ids["data"], disk_offering_id=await _tagged_offering(stage, 2), auto_migrate=True
    )


SCENES: dict[str, Scene] = {
    "destroyVolume": Scene(_destroy, reaches_out=False),
    "destroyVolume, expunged": Scene(_expunge),
    "updateVolume": Scene(_update, reaches_out=False),
    "changeOfferingForVolume, detached": Scene(_offering, MOVED),
    "changeOfferingForVolume, live": Scene(_offering_live, MOVED),
}
