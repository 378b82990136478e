"""detachVolume."""

from core.model import errors
from core.model.commands.volume import DetachVolume
from core.model.records import Vm, Volume
from core.model.states import VmState, VolumeState
from core.plans.admission import (
    require_no_vm_snapshots,
    require_state,
    require_volume_state,
    volume_locks,
)
from core.plans.context import Context
from core.plans.operation import DetachDisk
from core.plans.step import Change, Claim, Plan, Step, change


def attached_volume(context: Context, command: DetachVolume) -> Volume:
    """The volume named by id, or by device and machine, not both. Raises Invalid, NotFound."""
    by_slot = command.device_id is not None and command.virtual_machine_id is not None
    if (command.id is not None) == by_slot:
        raise errors.Invalid(
            "give either id, or deviceid together with virtualmachineid",
            hint="listVolumes shows id, deviceid and virtualmachineid",
        )
    if command.id is not None:
        return context.get(Volume, command.id)
    vm = context.get(Vm, command.virtual_machine_id or "")
    for volume in context.inventory.having(Volume, "vm", vm.id):
        if volume.device_id == command.device_id:
            return volume
    raise errors.NotFound(
        f"no volume is attached as device {command.device_id}",
        object=f"vm/{vm.id}",
        hint="listVolumes virtualmachineid= shows what is attached",
    )


def check(context: Context, command: DetachVolume) -> None:
    """Refuse what cannot be detached (semantics section 9.3)."""
    volume = attached_volume(context, command)
    if not volume.vm_id:
        raise errors.Conflict(
            "the volume is not attached", object=f"volume/{volume.id}", hint="nothing to do"
        )
    vm = context.get(Vm, volume.vm_id)
    require_state(vm, VmState.RUNNING, VmState.STOPPED, VmState.DESTROYED, doing="detaching")
    if volume.type == "ROOT":
        require_state(vm, VmState.STOPPED, doing="detaching a root disk")
    require_no_vm_snapshots(context, vm)
    require_volume_state(volume, VolumeState.READY, VolumeState.ALLOCATED, doing="detaching")


def claim(context: Context, command: DetachVolume) -> Claim:
    """Lock the volume and its machine."""
    volume = attached_volume(context, command)
    return Claim(kind="volume", id=volume.id, locks=volume_locks(volume))


def plan(context: Context, command: DetachVolume, volume_id: str) -> Plan:
    """Unplug the disk; the guest's written data is on it when this ends."""
    volume = context.inventory.get(Volume, volume_id)
    vm = context.inventory.get(Vm, volume.vm_id)
    unlinked: Change = change(volume, vm_id="", device_id=-1, attached_s=0.0)
    if vm.state is not VmState.RUNNING:
        return Plan(steps=(Step(name="unlink volume and machine", commit=(unlinked,)),))
    unplug = Step(
        name="detach the disk",
        actor=f"host/{vm.host_id}",
        do=DetachDisk(vm_id=vm.id, device_id=volume.device_id),
        commit=(unlinked,),
        certain=False,
    )
    return Plan(steps=(unplug,))
