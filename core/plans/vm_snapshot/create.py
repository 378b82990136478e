"""createVMSnapshot."""

from datetime import UTC, datetime

import msgspec

from core.model import errors
from core.model.commands.vm_snapshot import CreateVMSnapshot
from core.model.hypervisors import HYPERVISORS, Hypervisor
from core.model.pool_types import POOLS, DiskFormat
from core.model.records import Pool, Vm, VmSnapshot, Volume
from core.model.states import VmSnapshotState, VmState, VolumeState
from core.plans.admission import (
    require_in_service,
    require_no_snapshot_in_progress,
    require_no_vm_snapshot_in_progress,
    require_state,
    require_volume_state,
    vm_snapshots_of,
)
from core.plans.context import Context
from core.plans.operation import (
    AnyOperation,
    DiskAt,
    LetGo,
    RemoveSnapshot,
    SnapshotHeld,
    SnapshotVm,
    TakeSnapshot,
)
from core.plans.step import Add, Claim, Drop, Effect, Plan, Replace, Step, change
from core.plans.vm_snapshot.parts import (
    current_of,
    going_on_from,
    is_kept_by_storage,
    locks_of,
    running_removal,
)

MAXIMUM = "vmsnapshot.max"


def check(context: Context, command: CreateVMSnapshot) -> None:
    """Refuse what cannot be snapshotted as a whole (docs/decisions/0051)."""
    vm = context.get(Vm, command.virtual_machine_id)
    if not HYPERVISORS[vm.hypervisor].vm_snapshot:
        raise errors.Unsupported(
            f"{vm.hypervisor} takes no snapshots of whole machines",
            object=f"vm/{vm.id}",
            hint="createSnapshot keeps one of its volumes",
            number=431,
        )
    require_state(vm, VmState.RUNNING, VmState.STOPPED, doing="a snapshot of the whole machine")
    _check_memory(context, command, vm)
    volumes = context.inventory.having(Volume, "vm", vm.id)
    if not volumes:
        raise errors.Conflict(
            "the machine has no disks",
            object=f"vm/{vm.id}",
            hint="attach its root disk",
            number=431,
        )
    by_storage = not command.snapshot_memory and (
        _group_pool(context, vm) is not None or _is_held(context, vm)
    )
    for volume in volumes:
        require_volume_state(volume, VolumeState.READY, doing="a snapshot of the whole machine")
        require_in_service(context, volume)
        require_no_snapshot_in_progress(context, volume, number=530)
        if not by_storage:
            _check_disk(context, volume, vm)


def _check_memory(context: Context, command: CreateVMSnapshot, vm: Vm) -> None:
    running = vm.state is VmState.RUNNING
    reason = hint = ""
    if command.snapshot_memory and not running:
        reason, hint = "a stopped machine has no memory", "leave snapshotmemory out"
    elif command.quiesce_vm and command.snapshot_memory:
        reason = "quiescevm does not go with snapshotmemory"
        hint = "leave one out: the memory has what is not written yet"
    elif command.quiesce_vm and running and not HYPERVISORS[vm.hypervisor].quiesce:
        reason = f"machines of {vm.hypervisor} are not brought to rest"
        hint = "leave quiescevm out, or stop the machine"
    elif running and not command.snapshot_memory and not _takes_disks_alone(context, vm):
        reason = "disks of running KVM machines are not snapshotted without their memory"
        hint = "give snapshotmemory=true, or set kvm.vmstoragesnapshot.enabled"
    if reason:
        raise errors.Invalid(reason, object=f"vm/{vm.id}", hint=hint)


def _takes_disks_alone(context: Context, vm: Vm) -> bool:
    enabled = context.settings.flag("kvm.vmstoragesnapshot.enabled")
    return enabled or vm.hypervisor is not Hypervisor.KVM


def _check_disk(context: Context, volume: Volume, vm: Vm) -> None:
    """A running machine's hypervisor keeps it inside the disk, a stopped one's pool does."""
    pool = context.inventory.get(Pool, volume.pool_id)
    by_storage = vm.state is VmState.STOPPED and POOLS[pool.type].storage_snapshots
    if volume.format is DiskFormat.RAW and not by_storage:
        raise errors.Unsupported(
            f"a raw disk on {pool.type} holds no snapshot"
            + ("" if vm.state is VmState.STOPPED else " while its machine runs"),
            object=f"volume/{volume.id}",
            hint="stop the machine first"
            if POOLS[pool.type].storage_snapshots
            else "migrate the volume to a pool that keeps QCOW2 disks",
            number=431,
        )


def _group_pool(context: Context, vm: Vm) -> Pool | None:
    """The pool of all its disks, if that fixes the content of several disks at one moment."""
    volumes = context.inventory.having(Volume, "vm", vm.id)
    pools = {volume.pool_id for volume in volumes}
    pool = context.inventory.find(Pool, pools.pop()) if len(pools) == 1 else None
    return pool if pool is not None and POOLS[pool.type].group_snapshots else None


def _is_held(context: Context, vm: Vm) -> bool:
    """Whether a running KVM machine stands still while its pools fix its disks (decision 0050)."""
    volumes = context.inventory.having(Volume, "vm", vm.id)
    by_storage = all(is_kept_by_storage(context, volume) for volume in volumes)
    return by_storage and vm.state is VmState.RUNNING and vm.hypervisor is Hypervisor.KVM


def check_count(context: Context, command: CreateVMSnapshot) -> None:
    """One at a time (530), and no more than vmsnapshot.max of a machine (530)."""
    vm = context.get(Vm, command.virtual_machine_id)
    require_no_vm_snapshot_in_progress(context, vm)
    most = context.settings.whole(MAXIMUM)
    if len(vm_snapshots_of(context, vm.id)) >= most:
        raise errors.Conflict(
            f"the machine has {most} snapshots already",
            object=f"vm/{vm.id}",
            hint=f"delete one first, or set {MAXIMUM}",
            number=530,
        )


def claim(context: Context, command: CreateVMSnapshot) -> Claim:
    """Record it as Allocated; the job needs the machine and all its disks."""
    vm = context.get(Vm, command.virtual_machine_id)
    at = datetime.fromtimestamp(context.now_s, UTC)
    taken = VmSnapshot(
        id=context.new_id(),
        created_s=context.now_s,
        name=command.name or f"{vm.name}_VS_{at:%Y%m%d%H%M%S}",
        description=command.description,
        account_id=vm.account_id,
        domain_id=vm.domain_id,
        zone_id=vm.zone_id,
        vm_id=vm.id,
        memory=command.snapshot_memory,
        job_id=context.job_id,
    )
    locks = locks_of(context, vm.id)
    return Claim(kind="vm_snapshot", id=taken.id, effects=(Add(record=taken),), locks=locks)


def plan(context: Context, command: CreateVMSnapshot, snapshot_id: str) -> Plan:
    """Its host keeps a running machine's disks at one moment, the pools those of a stopped one."""
    recorded = context.inventory.get(VmSnapshot, snapshot_id)
    vm = context.inventory.get(Vm, recorded.vm_id)
    volumes = list(context.inventory.having(Volume, "vm", vm.id))
    taken = _with_disks(context, recorded, vm, volumes)
    pool = _group_pool(context, vm)
    if vm.state is VmState.RUNNING and (taken.memory or pool is None):
        by_pools = not taken.memory and _is_held(context, vm)
        operations = _held(taken, vm, volumes) if by_pools else _inside(taken, vm, volumes)
        return Plan(steps=(_by_host(context, taken, vm, operations),))
    kept = [_keeping(taken, volume) for volume in volumes]
    together: AnyOperation | None = None
    if pool is not None:
        first_name, *others = taken.disks
        together = TakeSnapshot(name=first_name, snapshot=taken.id, others=tuple(others))
        kept = [msgspec.structs.replace(step, do=None) for step in kept]
    first = Step(name="begin with the disks", begin=_begin(taken), revert=_revert(taken))
    last = Step(
        name="keep all disks" if pool is not None else "note that all are kept",
        actor=f"pool/{pool.id}" if pool is not None else "",
        do=together,
        commit=_commit(context, taken),
    )
    return Plan(steps=(first, *kept, last))


def _begin(taken: VmSnapshot) -> tuple[Effect, ...]:
    return (Replace(record=taken), change(taken, "CreateRequested"))


def _commit(context: Context, taken: VmSnapshot) -> tuple[Effect, ...]:
    return (change(taken, "OperationSucceeded"), *going_on_from(context, taken))


def _revert(taken: VmSnapshot) -> tuple[Effect, ...]:
    return (change(taken, "OperationFailed"),)


def _inside(taken: VmSnapshot, vm: Vm, volumes: list[Volume]) -> tuple[AnyOperation, AnyOperation]:
    """The host keeps it inside the disks; and how it is taken back."""
    kept = SnapshotVm(vm_id=vm.id, snapshot=taken.id, memory=taken.memory)
    return kept, running_removal(vm, taken, volumes)


def _held(taken: VmSnapshot, vm: Vm, volumes: list[Volume]) -> tuple[AnyOperation, AnyOperation]:
    """The host holds the machine, the pools keep it; and how it is taken back."""
    disks = tuple(DiskAt(pool_id=volume.pool_id, name=volume.id) for volume in volumes)
    kept = SnapshotHeld(vm_id=vm.id, snapshot=taken.id, disks=disks)
    return kept, LetGo(vm_id=vm.id, snapshot=taken.id, disks=disks)


def _by_host(
    context: Context, taken: VmSnapshot, vm: Vm, operations: tuple[AnyOperation, AnyOperation]
) -> Step:
    do, undo = operations
    return Step(
        name="keep the disks of the running machine",
        actor=f"host/{vm.host_id}",
        do=do,
        undo=undo,
        begin=_begin(taken),
        commit=_commit(context, taken),
        revert=_revert(taken),
    )


def _with_disks(
    context: Context, recorded: VmSnapshot, vm: Vm, volumes: list[Volume]
) -> VmSnapshot:
    """The record with what is only known when its turn has come."""
    root = next((volume for volume in volumes if volume.type == "ROOT"), None)
    parent = current_of(context, vm.id)
    return msgspec.structs.replace(
        recorded,
        rev=recorded.rev + 1,
        parent_id=parent.id if parent is not None else "",
        disks={volume.id: volume.size_bytes for volume in volumes},
        pool_id=root.pool_id if root is not None else "",
        memory_bytes=vm.memory_bytes if recorded.memory else 0,
    )


def _keeping(taken: VmSnapshot, volume: Volume) -> Step:
    return Step(
        name=f"keep {volume.name}",
        actor=f"pool/{volume.pool_id}",
        do=TakeSnapshot(name=volume.id, snapshot=taken.id),
        undo=RemoveSnapshot(name=volume.id, snapshot=taken.id),
    )


def give_up(context: Context, snapshot_id: str) -> tuple[Effect, ...]:
    """One that never began is forgotten; one that failed on its way stays in Error."""
    taken = context.inventory.find(VmSnapshot, snapshot_id)
    if taken is None or taken.state is not VmSnapshotState.ALLOCATED:
        return ()
    return (Drop(kind="vm_snapshot", id=snapshot_id),)
