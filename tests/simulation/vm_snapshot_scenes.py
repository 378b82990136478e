"""Scenes of the commands about snapshots of whole machines."""

from core.model.commands.command import Command
from core.model.commands.vm import DestroyVirtualMachine, StopVirtualMachine
from core.model.commands.vm_snapshot import (
    CreateSnapshotFromVMSnapshot,
    CreateVMSnapshot,
    DeleteVMSnapshot,
    RevertToVMSnapshot,
)
from tests.simulation.linstor import machine_on_ceph, machine_on_linstor
from tests.simulation.scene import Scene
from tests.simulation.stage import Stage

VM_SNAPSHOT = frozenset({"vm_snapshot"})


async def stopped(stage: Stage) -> str:
    """The machine, which has written and was stopped."""
    await stage.machine()
    await stage.do(StopVirtualMachine(id=stage.ids["vm"]))
    return stage.ids["vm"]


async def kept(stage: Stage, *, memory: bool = False) -> str:
    """A snapshot of the machine as it is; it goes on for a while."""
    asked = CreateVMSnapshot(virtual_machine_id=stage.ids["vm"], snapshot_memory=memory)
    snapshot_id = await stage.do(asked)
    await stage.runtime.sleep(30.0)
    return str(snapshot_id)


async def _create_running(stage: Stage) -> Command:
    await stage.machine()
    return CreateVMSnapshot(virtual_machine_id=stage.ids["vm"], snapshot_memory=True)


async def _create_held(stage: Stage) -> Command:
    """Of a machine whose storage keeps each disk by itself."""
    await machine_on_ceph(stage)
    return CreateVMSnapshot(virtual_machine_id=stage.ids["vm"])


async def _delete_held(stage: Stage) -> Command:
    await machine_on_ceph(stage)
    return DeleteVMSnapshot(id=await kept(stage))


async def _create_stopped(stage: Stage) -> Command:
    return CreateVMSnapshot(virtual_machine_id=await stopped(stage))


async def _delete_running(stage: Stage) -> Command:
    await stage.machine()
    return DeleteVMSnapshot(id=await kept(stage, memory=True))


async def _delete_stopped(stage: Stage) -> Command:
    await stopped(stage)
    first = await kept(stage)
    await kept(stage)
    return DeleteVMSnapshot(id=first)


async def _revert_running(stage: Stage) -> Command:
    await stage.machine()
    return RevertToVMSnapshot(id=await kept(stage, memory=True))


async def _revert_stopped(stage: Stage) -> Command:
    await stage.machine()
    snapshot_id = await kept(stage)
    await stage.do(StopVirtualMachine(id=stage.ids["vm"]))
    return RevertToVMSnapshot(id=snapshot_id)


async def _back_up(stage: Stage) -> Command:
    await stopped(stage)
    return CreateSnapshotFromVMSnapshot(
        volume_id=stage.ids["data"], vm_snapshot_id=await kept(stage)
    )


async def _destroy(stage: Stage) -> Command:
    await stage.machine()
    await kept(stage, memory=True)
    return DestroyVirtualMachine(id=stage.ids["vm"])


async def _create_on_linstor(stage: Stage) -> Command:
    await machine_on_linstor(stage)
    return CreateVMSnapshot(virtual_machine_id=stage.ids["vm"])


async def _delete_on_linstor(stage: Stage) -> Command:
    await machine_on_linstor(stage)
    return DeleteVMSnapshot(id=await kept(stage))


SCENES: dict[str, Scene] = {
    "createVMSnapshot, running on LINSTOR": Scene(_create_on_linstor, VM_SNAPSHOT),
    "deleteVMSnapshot, running on LINSTOR": Scene(_delete_on_linstor),
    "createVMSnapshot, running on Ceph": Scene(_create_held, VM_SNAPSHOT),
    "deleteVMSnapshot, running on Ceph": Scene(_delete_held),
    "createVMSnapshot, running": Scene(_create_running, VM_SNAPSHOT),
    "createVMSnapshot, stopped": Scene(_create_stopped, VM_SNAPSHOT),
    "deleteVMSnapshot, running": Scene(_delete_running),
    "deleteVMSnapshot, stopped": Scene(_delete_stopped),
    "revertToVMSnapshot, running": Scene(_revert_running),
    "revertToVMSnapshot, stopped": Scene(_revert_stopped),
    "createSnapshotFromVMSnapshot": Scene(_back_up, frozenset({"snapshot"})),
    "destroyVirtualMachine, with VM snapshots": Scene(_destroy),
}
