"""createSnapshot and deleteSnapshot."""

from datetime import UTC, datetime

from core.model import errors
from core.model.commands.snapshot import CreateSnapshot, DeleteSnapshot
from core.model.hypervisors import HYPERVISORS, POOLS, Hypervisor
from core.model.records import Account, Host, ImageStore, Pool, Snapshot, StoreRef, Vm, Volume
from core.model.states import RefState, SnapshotState, VmState, VolumeState
from core.plans.admission import (
    SNAPSHOT_IN_PROGRESS,
    require_state,
    require_volume_state,
    running_vm_of,
    vm_of,
    volume_locks,
)
from core.plans.context import Context
from core.plans.disk import change
from core.plans.placement import choose_store
from core.plans.quota import require_quota
from core.plans.step import (
    Add,
    Change,
    Claim,
    DiskAt,
    Drop,
    Effect,
    Plan,
    RemoveImage,
    RemoveSnapshot,
    SnapshotDisk,
    Step,
    StoreImage,
    TakeSnapshot,
)


def check_create(context: Context, command: CreateSnapshot) -> None:
    """Refuse what cannot be snapshotted (semantics section 5.1)."""
    volume = context.get(Volume, command.volume_id)
    require_volume_state(volume, VolumeState.READY, doing="a snapshot")
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


def quota_create(context: Context, command: CreateSnapshot) -> None:
    """The account pays one snapshot, and secondary storage of the volume's whole size at first."""
    volume = context.get(Volume, command.volume_id)
    owner = context.inventory.get(Account, volume.account_id)
    require_quota(context, owner, snapshot=1, secondary_storage=volume.size_bytes)


def claim_create(context: Context, command: CreateSnapshot) -> Claim:
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


def plan_create(context: Context, command: CreateSnapshot, snapshot_id: str) -> Plan:
    """Straight to the image store where the hypervisor must copy, else by way of the pool."""
    snapshot = context.inventory.get(Snapshot, snapshot_id)
    volume = context.inventory.get(Volume, command.volume_id)
    pool = context.inventory.get(Pool, volume.pool_id)
    vm = running_vm_of(context, volume)
    if not context.settings.flag("snapshot.backup.to.secondary"):
        return Plan(steps=(_take(snapshot, volume, pool, keep=True),))
    store = choose_store(context, volume.zone_id, volume.size_bytes)
    ref = _reference(context, snapshot, volume, store)
    if vm is not None and not POOLS[pool.type].storage_snapshots:
        host = context.inventory.get(Host, vm.host_id)
        return Plan(steps=(_live_copy(snapshot, volume, ref, host),))
    steps = (_take(snapshot, volume, pool, keep=False), _backup(snapshot, volume, pool, ref))
    if POOLS[pool.type].keeps_snapshots:
        return Plan(steps=steps)
    return Plan(steps=(*steps, _forget_primary(snapshot, volume, pool)))


def _change(snapshot: Snapshot, event: str = "", **fields: str | int) -> Change:
    return Change(kind="snapshot", id=snapshot.id, event=event, fields=fields)


def _reference(context: Context, snapshot: Snapshot, volume: Volume, store: ImageStore) -> StoreRef:
    return StoreRef(
        id=context.new_id(),
        created_s=context.now_s,
        store_id=store.id,
        of_kind="snapshot",
        of_id=snapshot.id,
        account_id=snapshot.account_id,
        path=f"snapshots/{volume.account_id}/{volume.id}/{snapshot.id}",
        format=volume.format,
        size_bytes=volume.size_bytes,
        state=RefState.CREATING,
        job_id=context.job_id,
    )


def _stored(ref: StoreRef) -> Change:
    return Change(
        kind="store_ref",
        id=ref.id,
        event="OperationSuccessed",
        learn={"physical_bytes": "physical_bytes"},
    )


def _live_copy(snapshot: Snapshot, volume: Volume, ref: StoreRef, host: Host) -> Step:
    return Step(
        name="copy the running disk to the image store",
        actor=f"host/{host.id}",
        do=SnapshotDisk(
            vm_id=volume.vm_id,
            device_id=volume.device_id,
            store_id=ref.store_id,
            path=ref.path,
            format=volume.format,
            size_bytes=volume.size_bytes,
        ),
        undo=RemoveImage(path=ref.path),
        undo_actor=f"image_store/{ref.store_id}",
        begin=(
            change(volume, "SnapshotRequested"),
            _change(snapshot, "CreateRequested"),
            Add(record=ref),
        ),
        commit=(
            change(volume, "OperationSucceeded"),
            Change(
                kind="snapshot",
                id=snapshot.id,
                event="OperationNotPerformed",
                learn={"physical_bytes": "physical_bytes"},
            ),
            _stored(ref),
        ),
        revert=(
            change(volume, "OperationFailed"),
            _change(snapshot, "OperationFailed"),
            Drop(kind="store_ref", id=ref.id),
        ),
        bytes=volume.size_bytes,
    )


def _take(snapshot: Snapshot, volume: Volume, pool: Pool, *, keep: bool) -> Step:
    taken = (
        change(volume, "OperationSucceeded"),
        _change(snapshot, "OperationSucceeded", pool_id=pool.id),
    )
    settled = (_change(snapshot, "OperationNotPerformed"),) if keep else ()
    return Step(
        name=f"take the snapshot on {pool.name}",
        actor=f"pool/{pool.id}",
        do=TakeSnapshot(name=volume.id, snapshot=snapshot.id),
        undo=RemoveSnapshot(name=volume.id, snapshot=snapshot.id),
        begin=(change(volume, "SnapshotRequested"), _change(snapshot, "CreateRequested")),
        commit=(*taken, *settled),
        revert=(
            change(volume, "OperationFailed"),
            _change(snapshot, "OperationFailed"),
            _change(snapshot, pool_id=""),
        ),
    )


def _backup(snapshot: Snapshot, volume: Volume, pool: Pool, ref: StoreRef) -> Step:
    return Step(
        name="back the snapshot up to the image store",
        actor=f"image_store/{ref.store_id}",
        do=StoreImage(
            path=ref.path,
            source=DiskAt(pool_id=pool.id, name=volume.id, snapshot=snapshot.id),
        ),
        undo=RemoveImage(path=ref.path),
        begin=(_change(snapshot, "BackupToSecondary"), Add(record=ref)),
        commit=(
            Change(
                kind="snapshot",
                id=snapshot.id,
                event="OperationSucceeded",
                learn={"physical_bytes": "physical_bytes"},
            ),
            _stored(ref),
        ),
        revert=(_change(snapshot, "OperationFailed"), Drop(kind="store_ref", id=ref.id)),
        bytes=volume.size_bytes,
    )


def _forget_primary(snapshot: Snapshot, volume: Volume, pool: Pool) -> Step:
    return Step(
        name=f"remove the snapshot from {pool.name}",
        actor=f"pool/{pool.id}",
        do=RemoveSnapshot(name=volume.id, snapshot=snapshot.id),
        commit=(_change(snapshot, pool_id=""),),
        final=True,
    )


def give_up_create(context: Context, snapshot_id: str) -> tuple[Effect, ...]:
    """One that never began is forgotten; one that failed on its way stays in Error."""
    snapshot = context.inventory.find(Snapshot, snapshot_id)
    if snapshot is None or snapshot.state is not SnapshotState.ALLOCATED:
        return ()
    return (Drop(kind="snapshot", id=snapshot_id),)


def check_delete(context: Context, command: DeleteSnapshot) -> None:
    """Refuse while something works on it (semantics section 5.5)."""
    snapshot = context.get(Snapshot, command.id)
    require_state(snapshot, SnapshotState.BACKED_UP, SnapshotState.ERROR, doing="deleting")


def claim_delete(context: Context, command: DeleteSnapshot) -> Claim:
    """Lock the snapshot, and its volume while its pool holds a part of it."""
    snapshot = context.get(Snapshot, command.id)
    locks: tuple[str, ...] = (f"snapshot/{snapshot.id}",)
    volume = context.inventory.find(Volume, snapshot.volume_id)
    if snapshot.pool_id and volume is not None:
        locks += volume_locks(volume)
    return Claim(kind="snapshot", id=snapshot.id, locks=locks)


def plan_delete(context: Context, command: DeleteSnapshot, snapshot_id: str) -> Plan:
    """Remove it from the pool, then from every image store, then the record."""
    snapshot = context.inventory.get(Snapshot, snapshot_id)
    begin: tuple[Effect, ...] = ()
    if snapshot.state is SnapshotState.BACKED_UP:
        begin = (_change(snapshot, "DestroyRequested"),)
    steps = [Step(name="mark the snapshot", begin=begin, final=True)]
    if snapshot.pool_id and context.inventory.find(Volume, snapshot.volume_id) is not None:
        pool = context.inventory.get(Pool, snapshot.pool_id)
        volume = context.inventory.get(Volume, snapshot.volume_id)
        steps.append(_forget_primary(snapshot, volume, pool))
    steps.extend(
        Step(
            name="remove it from the image store",
            actor=f"image_store/{ref.store_id}",
            do=RemoveImage(path=ref.path),
            commit=(Drop(kind="store_ref", id=ref.id),),
            final=True,
        )
        for ref in context.inventory.having(StoreRef, "of", snapshot.id)
    )
    gone = Drop(kind="snapshot", id=snapshot.id)
    steps.append(Step(name="forget the snapshot", commit=(gone,), final=True))
    return Plan(steps=tuple(steps))
