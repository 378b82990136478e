"""createSnapshot."""

from datetime import UTC, datetime

from core.model import errors
from core.model.commands.snapshot import CreateSnapshot
from core.model.hypervisors import HYPERVISORS, Hypervisor
from core.model.pool_types import POOLS
from core.model.records import Account, Host, Pool, Snapshot, Vm, Volume
from core.model.states import SnapshotState, VmState, VolumeState
from core.plans.admission import (
    SNAPSHOT_IN_PROGRESS,
    require_in_service,
    require_state,
    require_volume_state,
    running_vm_of,
    vm_of,
    volume_locks,
)
from core.plans.context import Context
from core.plans.placement import choose_store
from core.plans.quota import require_quota
from core.plans.snapshot.take import backup, forget_primary, live_copy, reference, take
from core.plans.step import Add, Claim, Drop, Effect, Plan


def check(context: Context, command: CreateSnapshot) -> None:
    """Refuse what cannot be snapshotted (semantics section 5.1)."""
    volume = context.get(Volume, command.volume_id)
    require_volume_state(volume, VolumeState.READY, doing="a snapshot")
    require_in_service(context, volume)
    vm = vm_of(context, volume)
    if vm is not None:
        require_state(vm, VmState.RUNNING, VmState.STOPPED, doing="a snapshot", number=530)
        _check_hypervisor(context, volume, vm)
    if command.location_type is not None:
        raise errors.Invalid(
            "locationtype goes only with managed storage",
            object=f"volume/{volume.id}",
            hint="leave locationtype out",
        )
    if command.quiesce_vm:
        raise errors.Invalid(
            "quiescevm is not supported for this volume",
            object=f"volume/{volume.id}",
            hint="leave quiescevm out",
        )


def _check_hypervisor(context: Context, volume: Volume, vm: Vm) -> None:
    row = HYPERVISORS[vm.hypervisor]
    pool = context.inventory.get(Pool, volume.pool_id)
    if not row.snapshot:
        raise errors.Unsupported(
            f"{vm.hypervisor} takes no volume snapshots",
            object=f"volume/{volume.id}",
            hint="copy the data from within the machine",
            number=431,
        )
    if (
        vm.hypervisor is Hypervisor.KVM
        and vm.state is VmState.RUNNING
        and pool.scope != "HOST"
        and not context.settings.flag("kvm.snapshot.enabled")
    ):
        raise errors.Conflict(
            "snapshots of running KVM machines are switched off",
            object=f"vm/{vm.id}",
            hint="stop the machine or set kvm.snapshot.enabled",
            number=530,
        )


def check_one_at_a_time(context: Context, command: CreateSnapshot) -> None:
    """KVM and VMware admit one snapshot of a machine at a time; those still queued don't count."""
    volume = context.get(Volume, command.volume_id)
    vm = vm_of(context, volume)
    if vm is None or not HYPERVISORS[vm.hypervisor].one_snapshot_per_vm:
        return
    for sibling in context.inventory.having(Volume, "vm", vm.id):
        for snapshot in context.inventory.having(Snapshot, "volume", sibling.id):
            if snapshot.state in SNAPSHOT_IN_PROGRESS:
                raise errors.Conflict(
                    f"snapshot {snapshot.id} of the same machine is {snapshot.state}",
                    object=f"vm/{vm.id}",
                    hint=f"wait for job {snapshot.job_id}",
                )


def quota(context: Context, command: CreateSnapshot) -> None:
    """The account pays one snapshot, and secondary storage of the volume's whole size at first."""
    volume = context.get(Volume, command.volume_id)
    owner = context.inventory.get(Account, volume.account_id)
    require_quota(context, owner, snapshot=1, secondary_storage=volume.size_bytes)


def claim(context: Context, command: CreateSnapshot) -> Claim:
    """Record the snapshot as Allocated; its job waits in the queue of the machine's host."""
    volume = context.get(Volume, command.volume_id)
    vm = vm_of(context, volume)
    snapshot = Snapshot(
        id=context.new_id(),
        created_s=context.now_s,
        name=command.name or _default_name(context, volume, vm),
        account_id=volume.account_id,
        domain_id=volume.domain_id,
        zone_id=volume.zone_id,
        volume_id=volume.id,
        volume_name=volume.name,
        volume_type=volume.type,
        size_bytes=volume.size_bytes,
        job_id=context.job_id,
    )
    host_id = (vm.host_id or vm.last_host_id) if vm is not None else ""
    return Claim(
        kind="snapshot",
        id=snapshot.id,
        effects=(Add(record=snapshot),),
        slot=f"host/{host_id}" if host_id else "",
        locks=volume_locks(volume),
    )


def _default_name(context: Context, volume: Volume, vm: Vm | None) -> str:
    at = datetime.fromtimestamp(context.now_s, UTC)
    return f"{vm.name if vm is not None else 'detached'}_{volume.name}_{at:%Y%m%d%H%M%S}"[:255]


def plan(context: Context, command: CreateSnapshot, snapshot_id: str) -> Plan:
    """Straight to the image store where the hypervisor must copy, else by way of the pool."""
    snapshot = context.inventory.get(Snapshot, snapshot_id)
    volume = context.inventory.get(Volume, command.volume_id)
    pool = context.inventory.get(Pool, volume.pool_id)
    vm = running_vm_of(context, volume)
    if not context.settings.flag("snapshot.backup.to.secondary"):
        return Plan(steps=(take(snapshot, volume, pool, keep=True),))
    store = choose_store(context, volume.zone_id, volume.size_bytes)
    ref = reference(context, snapshot, volume, store)
    if vm is not None and not POOLS[pool.type].storage_snapshots:
        host = context.inventory.get(Host, vm.host_id)
        return Plan(steps=(live_copy(snapshot, volume, ref, host),))
    steps = (take(snapshot, volume, pool, keep=False), backup(snapshot, volume, pool, ref))
    if POOLS[pool.type].keeps_snapshots:
        return Plan(steps=steps)
    return Plan(steps=(*steps, forget_primary(snapshot, volume, pool)))


def give_up(context: Context, snapshot_id: str) -> tuple[Effect, ...]:
    """One that never began is forgotten; one that failed on its way stays in Error."""
    snapshot = context.inventory.find(Snapshot, snapshot_id)
    if snapshot is None or snapshot.state is not SnapshotState.ALLOCATED:
        return ()
    return (Drop(kind="snapshot", id=snapshot_id),)
