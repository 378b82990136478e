"""Scenes of the commands about volumes that came after the first ones."""

from core.model.commands.command import Command
from core.model.commands.internal import ExpungeVolume
from core.model.commands.offering import CreateDiskOffering
from core.model.commands.setting import UpdateConfiguration
from core.model.commands.snapshot import CreateSnapshot
from core.model.commands.vm import StartVirtualMachine, StopVirtualMachine
from core.model.commands.volume import (
    AttachVolume,
    ChangeOfferingForVolume,
    CheckVolume,
    CreateVolume,
    DestroyVolume,
    DetachVolume,
    ImportVolume,
    ResizeVolume,
    UnmanageVolume,
    UpdateVolume,
)
from tests.simulation.scene import Scene
from tests.simulation.stage import Stage


async def detached(stage: Stage) -> str:
    """A detached volume with a disk; answers its id."""
    await stage.machine()
    await stage.do(DetachVolume(id=stage.ids["data"]))
    return stage.ids["data"]


async def _destroy(stage: Stage) -> Command:
    return DestroyVolume(id=await detached(stage))


async def _destroy_expunge(stage: Stage) -> Command:
    return DestroyVolume(id=await detached(stage), expunge=True)


async def _expunge(stage: Stage) -> Command:
    volume = await detached(stage)
    await stage.do(DestroyVolume(id=volume))
    return ExpungeVolume(id=volume)


async def _update(stage: Stage) -> Command:
    return UpdateVolume(id=await detached(stage), name="renamed", delete_protection=True)


async def _unmanage(stage: Stage) -> Command:
    return UnmanageVolume(id=await detached(stage))


async def _import(stage: Stage) -> Command:
    path = await detached(stage)
    pool_id = stage.volume("data").pool_id
    await stage.do(UnmanageVolume(id=path))
    await stage.do(CreateDiskOffering(name="any", customized=True))
    return ImportVolume(path=path, storage_id=pool_id)


async def _check(stage: Stage) -> Command:
    return CheckVolume(id=await detached(stage), repair="all")


async def _create_attached(stage: Stage) -> Command:
    await stage.machine()
    snapshot = await stage.do(CreateSnapshot(volume_id=stage.ids["data"]))
    return CreateVolume(snapshot_id=snapshot, virtual_machine_id=stage.ids["vm"])


async def _change_offering(stage: Stage) -> Command:
    volume = await detached(stage)
    offering = (await stage.do(CreateDiskOffering(name="double", disk_size=2)))["id"]
    return ChangeOfferingForVolume(id=volume, disk_offering_id=offering)


async def _resize_elsewhere(stage: Stage) -> Command:
    """The volume's pool may not be allocated any further, so it has to move."""
    volume = await detached(stage)
    full = UpdateConfiguration(
        name="pool.storage.allocated.capacity.disablethreshold",
        value="0",
        storage_id=stage.volume("data").pool_id,
    )
    await stage.do(full)
    return ResizeVolume(id=volume, size=2, auto_migrate=True)


async def _attach_mended(stage: Stage) -> Command:
    volume = await detached(stage)
    name = "volume.check.and.repair.leaks.before.use"
    await stage.do(UpdateConfiguration(name=name, value="true"))
    return AttachVolume(id=volume, virtual_machine_id=stage.ids["vm"])


async def _start_mended(stage: Stage) -> Command:
    await stage.machine()
    await stage.do(StopVirtualMachine(id=stage.ids["vm"]))
    name = "volume.check.and.repair.leaks.before.use"
    await stage.do(UpdateConfiguration(name=name, value="true"))
    return StartVirtualMachine(id=stage.ids["vm"])


SCENES: dict[str, Scene] = {
    "attachVolume, mended before": Scene(_attach_mended),
    "startVirtualMachine, disks mended before": Scene(_start_mended),
    "destroyVolume": Scene(_destroy, reaches_out=False),
    "destroyVolume, expunge": Scene(_destroy_expunge),
    "expungeVolume": Scene(_expunge),
    "updateVolume": Scene(_update, reaches_out=False),
    "unmanageVolume": Scene(_unmanage, reaches_out=False),
    "importVolume": Scene(_import),
    "checkVolume": Scene(_check),
    "createVolume from snapshot, attached": Scene(_create_attached),
    "resizeVolume, automigrate": Scene(_resize_elsewhere),
    "changeOfferingForVolume": Scene(_change_offering),
}
