"""deleteVMSnapshot, and the end of a destroyed machine's snapshots."""

from core.model.commands.vm_snapshot import DeleteVMSnapshot
from core.model.records import Vm, VmSnapshot
from core.model.states import VmSnapshotState, VmState
from core.plans.admission import (
    require_in_service,
    require_no_vm_snapshot_in_progress,
    require_state,
    vm_snapshots_of,
)
from core.plans.context import Context
from core.plans.step import Claim, Drop, Effect, Plan, Step, change
from core.plans.vm_snapshot.parts import locks_of, removals, volumes_in


def check(context: Context, command: DeleteVMSnapshot) -> None:
    """Refuse while it, or the machine, is worked on."""
    taken = context.get(VmSnapshot, command.id)
    require_state(taken, VmSnapshotState.READY, VmSnapshotState.ERROR, doing="deleting")
    vm = context.inventory.get(Vm, taken.vm_id)
    require_state(
        vm, VmState.RUNNING, VmState.STOPPED, doing="deleting a snapshot of the whole machine"
    )
    for volume in volumes_in(context, taken):
        require_in_service(context, volume)
    require_no_vm_snapshot_in_progress(context, vm)


def claim(context: Context, command: DeleteVMSnapshot) -> Claim:
    """The job needs the machine and all its disks."""
    taken = context.get(VmSnapshot, command.id)
    return Claim(kind="vm_snapshot", id=taken.id, locks=locks_of(context, taken.vm_id))


def plan(context: Context, command: DeleteVMSnapshot, snapshot_id: str) -> Plan:
    """Remove it from the disks, then forget it; those based on it are based on its parent."""
    taken = context.inventory.get(VmSnapshot, snapshot_id)
    vm = context.inventory.get(Vm, taken.vm_id)
    failed = taken.state is VmSnapshotState.ERROR
    begin = Step(name="mark it", begin=(change(taken, "ExpungeRequested"),), final=True)
    end = Step(name="forget it", commit=_forgotten(context, taken), final=True)
    running = vm if vm.state is VmState.RUNNING else None
    removed = [] if failed else removals(context, taken, running=running)
    return Plan(steps=(begin, *removed, end))


def _forgotten(context: Context, taken: VmSnapshot) -> tuple[Effect, ...]:
    siblings = vm_snapshots_of(context, taken.vm_id)
    linked = [
        change(each, parent_id=taken.parent_id) for each in siblings if each.parent_id == taken.id
    ]
    parent = context.inventory.find(VmSnapshot, taken.parent_id)
    if taken.current and parent is not None:
        linked.append(change(parent, current=True))
    return (*linked, Drop(kind="vm_snapshot", id=taken.id))


def gone_with(context: Context, vm: Vm) -> list[Step]:
    """Remove all snapshots of a machine that has just been stopped, for it is destroyed."""
    steps: list[Step] = []
    for taken in list(context.inventory.having(VmSnapshot, "vm", vm.id)):
        if taken.state is VmSnapshotState.READY:
            steps.extend(removals(context, taken))
        gone = (Drop(kind="vm_snapshot", id=taken.id),)
        steps.append(Step(name=f"forget its snapshot {taken.name}", commit=gone, final=True))
    return steps
