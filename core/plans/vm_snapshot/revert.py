"""revertToVMSnapshot."""

from core.model import errors
from core.model.commands.vm_snapshot import RevertToVMSnapshot
from core.model.records import Account, Vm, VmSnapshot, Volume
from core.model.states import VmSnapshotState, VmState, VolumeState
from core.plans.admission import (
    require_in_service,
    require_no_snapshot_in_progress,
    require_no_vm_snapshot_in_progress,
    require_state,
    require_volume_state,
)
from core.plans.context import Context
from core.plans.limit.limited_tag import of_growth
from core.plans.operation import RevertDisk, RevertVm
from core.plans.quota import require_quota
from core.plans.step import Change, Claim, Effect, Plan, Step, change
from core.plans.vm_snapshot.parts import going_on_from, locks_of, volumes_in


def check(context: Context, command: RevertToVMSnapshot) -> None:
    """Refuse what would start or stop the machine, and what is worked on."""
    taken = context.get(VmSnapshot, command.id)
    require_state(taken, VmSnapshotState.READY, doing="reverting")
    vm = context.inventory.get(Vm, taken.vm_id)
    require_state(vm, VmState.RUNNING, VmState.STOPPED, doing="reverting")
    if taken.memory is not (vm.state is VmState.RUNNING):
        needed = "with memory" if taken.memory else "of disks alone"
        wanted = VmState.RUNNING if taken.memory else VmState.STOPPED
        raise errors.Invalid(
            f"a snapshot {needed} needs a machine that is {wanted}; this one is {vm.state}",
            object=f"vm/{vm.id}",
            hint="start the machine first" if taken.memory else "stop the machine first",
        )
    require_no_vm_snapshot_in_progress(context, vm)
    volumes = volumes_in(context, taken)
    if not volumes:
        raise errors.Conflict(
            "none of the disks that the snapshot was taken of is left",
            object=f"vm_snapshot/{taken.id}",
            hint="delete the snapshot",
            number=431,
        )
    for volume in volumes:
        require_volume_state(volume, VolumeState.READY, doing="reverting")
        require_in_service(context, volume)
        require_no_snapshot_in_progress(context, volume, number=530)


def quota(context: Context, command: RevertToVMSnapshot) -> None:
    """Volumes that were smaller since count as large as they were."""
    taken = context.get(VmSnapshot, command.id)
    volumes = volumes_in(context, taken)
    more = sum(max(0, taken.disks[volume.id] - volume.size_bytes) for volume in volumes)
    owner = context.inventory.get(Account, taken.account_id)
    tagged = (of_growth(context, volume, taken.disks[volume.id]) for volume in volumes)
    require_quota(context, owner, *tagged, primary_storage=more)


def claim(context: Context, command: RevertToVMSnapshot) -> Claim:
    """The job needs the machine and all its disks."""
    taken = context.get(VmSnapshot, command.id)
    return Claim(kind="vm", id=taken.vm_id, locks=locks_of(context, taken.vm_id))


def plan(context: Context, command: RevertToVMSnapshot, vm_id: str) -> Plan:
    """A running machine goes on from its memory; a stopped one's disks go back one by one.

    Once one disk has gone back the others must too.
    """
    taken = context.inventory.get(VmSnapshot, command.id)
    vm = context.inventory.get(Vm, vm_id)
    volumes = volumes_in(context, taken)
    begin, revert = change(taken, "RevertRequested"), change(taken, "OperationFailed")
    done = (change(taken, "OperationSucceeded"), *going_on_from(context, taken))
    if vm.state is VmState.RUNNING:
        step = Step(
            name="let the machine go on from its snapshot",
            actor=f"host/{vm.host_id}",
            do=RevertVm(vm_id=vm.id, snapshot=taken.id),
            begin=(begin, *map(_going_back, volumes)),
            commit=(*(_as_then(taken, volume) for volume in volumes), *done),
            revert=(*(change(volume, "OperationFailed") for volume in volumes), revert),
            certain=False,
        )
        return Plan(steps=(step,))
    first, *others = volumes
    steps = [_disk_back(taken, first, begin, revert), *(_disk_back(taken, v) for v in others)]
    return Plan(steps=(*steps, Step(name="note that all are back", commit=done, final=True)))


def _disk_back(
    taken: VmSnapshot, volume: Volume, begin: Change | None = None, revert: Change | None = None
) -> Step:
    """`begin` and `revert` come with the first disk, after which there is no way back."""
    more: tuple[Effect, ...] = (begin,) if begin is not None else ()
    back: tuple[Effect, ...] = (revert,) if revert is not None else ()
    return Step(
        name=f"revert {volume.name}",
        actor=f"pool/{volume.pool_id}",
        do=RevertDisk(name=volume.id, snapshot=taken.id),
        begin=(*more, _going_back(volume)),
        commit=(_as_then(taken, volume),),
        revert=(change(volume, "OperationFailed"), *back),
        final=begin is None,
        certain=begin is None,
    )


def _going_back(volume: Volume) -> Change:
    return change(volume, "RevertSnapshotRequested")


def _as_then(taken: VmSnapshot, volume: Volume) -> Change:
    """The volume has the size that it had; what was copied of it since is no base any more."""
    size = taken.disks[volume.id]
    return change(volume, "OperationSucceeded", size_bytes=size, chain_ended=True)
