"""destroyVirtualMachine."""

from core.model import errors
from core.model.commands.vm import DestroyVirtualMachine
from core.model.records import Vm, Volume
from core.model.states import VmState, VolumeState
from core.model.transitions import admits
from core.plans.admission import require_no_snapshot_in_progress, require_state
from core.plans.context import Context
from core.plans.disk import removal
from core.plans.snapshot_policy.delete import gone_with
from core.plans.step import Change, Claim, Drop, Effect, Plan, Step, change
from core.plans.vm.permission import require_may_expunge, require_unprotected_vm
from core.plans.vm.stopping import stopping
from core.plans.vm_snapshot.delete import gone_with as gone_with_machine
from core.plans.volume.delete import held_by_snapshots, lost_for_good, require_unprotected
from core.plans.volume_image import image_removals


def check(context: Context, command: DestroyVirtualMachine) -> None:
    """Refuse what cannot be destroyed (semantics section 9.8)."""
    vm = context.get(Vm, command.id)
    require_state(
        vm, VmState.RUNNING, VmState.STOPPED, VmState.DESTROYED, VmState.ERROR, doing="destroying"
    )
    if command.expunge:
        require_may_expunge(context, vm)
    require_unprotected_vm(vm)
    attached = {volume.id: volume for volume in context.inventory.having(Volume, "vm", vm.id)}
    for volume in attached.values():
        if volume.type == "ROOT" or volume.id in command.volume_ids:
            require_no_snapshot_in_progress(context, volume, number=530)
    for volume_id in command.volume_ids:
        if volume_id not in attached or attached[volume_id].type != "DATADISK":
            raise errors.Invalid(
                "volumeids names a volume that is no data disk of the machine",
                object=f"volume/{volume_id}",
                hint="listVolumes virtualmachineid= shows its disks",
            )
        require_unprotected(attached[volume_id])


def claim(context: Context, command: DestroyVirtualMachine) -> Claim:
    """Lock the machine and its volumes."""
    vm = context.get(Vm, command.id)
    volumes = context.inventory.having(Volume, "vm", vm.id)
    return Claim(
        kind="vm",
        id=vm.id,
        locks=(f"vm/{vm.id}", *(f"volume/{volume.id}" for volume in volumes)),
    )


def plan(context: Context, command: DestroyVirtualMachine, vm_id: str) -> Plan:
    """Shut it down, free or destroy its data disks; with expunge they and its root disk go."""
    vm = context.inventory.get(Vm, vm_id)
    volumes = list(context.inventory.having(Volume, "vm", vm.id))
    data = [volume for volume in volumes if volume.type == "DATADISK"]
    steps: list[Step] = []
    if vm.state is VmState.RUNNING:
        forced = context.settings.flag("vm.destroy.forcestop")
        steps.append(stopping(vm, forced=forced))
    freed = tuple(change(volume, vm_id="", device_id=-1, attached_s=0.0) for volume in data)
    aside = _roots_aside(context, vm, volumes)
    expunging = command.expunge or vm.state is VmState.ERROR
    steps.append(
        Step(name="let the machine go", commit=(*freed, *aside, *_ending(context, vm)), final=True)
    )
    steps.extend(gone_with_machine(context, vm))
    for volume in data:
        if volume.id in command.volume_ids:
            comes_back = volume.state is VolumeState.READY and not expunging
            steps.extend(_end_of(context, volume, for_good=not comes_back))
    if expunging:
        steps.extend(expunge_steps(context, vm, volumes))
    return Plan(steps=tuple(steps))


def _ending(context: Context, vm: Vm) -> tuple[Change, ...]:
    if vm.state in (VmState.DESTROYED, VmState.ERROR):
        return ()
    return (change(vm, "DestroyRequested", destroyed_s=context.now_s),)


def _roots_aside(context: Context, vm: Vm, volumes: list[Volume]) -> tuple[Effect, ...]:
    """Destroys root disks where the domain wants that (destroy.root.volume.on.vm.destruction)."""
    name = "destroy.root.volume.on.vm.destruction"
    if not context.settings.flag(name, ("domain", vm.domain_id)):
        return ()
    return tuple(
        effect
        for volume in volumes
        if volume.type == "ROOT" and volume.state is VolumeState.READY
        for effect in (
            change(volume, "DestroyRequested", destroyed_s=context.now_s),
            *gone_with(context, volume),
        )
    )


def expunge_steps(context: Context, vm: Vm, volumes: list[Volume]) -> list[Step]:
    """Remove the root disk, then forget the machine."""
    steps = [Step(name="expunge the machine", begin=(change(vm, "ExpungeOperation"),), final=True)]
    for volume in volumes:
        if volume.type == "ROOT" and volume.state is not VolumeState.EXPUNGED:
            steps.extend(_end_of(context, volume))
    gone = (Drop(kind="vm", id=vm.id),)
    steps.append(Step(name="forget the machine", commit=gone, final=True))
    return steps


def _end_of(context: Context, volume: Volume, *, for_good: bool = True) -> tuple[Step, ...]:
    """Remove the volume, or put it aside: to be recovered, or for snapshots on its storage."""
    if for_good and not held_by_snapshots(context, volume):
        return removal(volume, lost_for_good(context, volume), image_removals(context, volume))
    event = "DestroyRequested" if admits("volume", volume.state, "DestroyRequested") else ""
    aside = change(volume, event, vm_id="", device_id=-1, destroyed_s=context.now_s)
    commit = (aside, *gone_with(context, volume))
    return (Step(name="put the volume aside", commit=commit, final=True),)
