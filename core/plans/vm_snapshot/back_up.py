"""createSnapshotFromVMSnapshot."""

from core.model import errors
from core.model.commands.vm_snapshot import CreateSnapshotFromVMSnapshot
from core.model.hypervisors import Hypervisor
from core.model.pool_types import POOLS
from core.model.records import Account, Pool, Snapshot, StoreRef, Vm, VmSnapshot, Volume
from core.model.states import RefState, SnapshotState, VmSnapshotState
from core.plans.admission import (
    require_in_service,
    require_no_snapshot_in_progress,
    require_state,
    running_vm_of,
    volume_locks,
)
from core.plans.context import Context
from core.plans.operation import DiskAt, RemoveImage, StoreImage
from core.plans.placement import choose_store
from core.plans.quota import require_quota
from core.plans.step import Add, Change, Claim, Drop, Effect, Plan, Step, change


def check(context: Context, command: CreateSnapshotFromVMSnapshot) -> None:
    """Refuse other machines' disks, and those that cannot be read beside their guests."""
    taken = context.get(VmSnapshot, command.vm_snapshot_id)
    volume = context.get(Volume, command.volume_id)
    require_state(taken, VmSnapshotState.READY, doing="backing up one of its disks")
    if volume.id not in taken.disks:
        raise errors.Invalid(
            "the machine's snapshot has no such disk",
            object=f"volume/{volume.id}",
            hint="listVolumes virtualmachineid= shows the machine's disks",
        )
    vm = context.inventory.get(Vm, taken.vm_id)
    if vm.hypervisor is not Hypervisor.KVM:
        raise errors.Unsupported(
            f"disks of {vm.hypervisor} machines are not taken out of their snapshots",
            object=f"vm_snapshot/{taken.id}",
            hint="createSnapshot keeps the volume as it is now",
            number=431,
        )
    require_in_service(context, volume)
    require_no_snapshot_in_progress(context, volume, number=530)
    pool = context.inventory.get(Pool, volume.pool_id)
    if running_vm_of(context, volume) and not POOLS[pool.type].storage_snapshots:
        raise errors.Conflict(
            "the snapshot is inside a disk that a running machine has open",
            object=f"volume/{volume.id}",
            hint="stop the machine first",
        )


def quota(context: Context, command: CreateSnapshotFromVMSnapshot) -> None:
    """One snapshot, and room for the whole disk at first."""
    taken = context.get(VmSnapshot, command.vm_snapshot_id)
    owner = context.inventory.get(Account, taken.account_id)
    require_quota(context, owner, snapshot=1, secondary_storage=taken.disks[command.volume_id])


def claim(context: Context, command: CreateSnapshotFromVMSnapshot) -> Claim:
    """Record the snapshot as Allocated."""
    taken = context.get(VmSnapshot, command.vm_snapshot_id)
    volume = context.get(Volume, command.volume_id)
    snapshot = Snapshot(
        id=context.new_id(),
        created_s=context.now_s,
        name=command.name or f"{taken.name}_{volume.name}",
        account_id=volume.account_id,
        domain_id=volume.domain_id,
        zone_id=volume.zone_id,
        volume_id=volume.id,
        volume_name=volume.name,
        volume_type=volume.type,
        size_bytes=taken.disks[volume.id],
        disk_offering_id=volume.disk_offering_id,
        hypervisor=volume.hypervisor or Hypervisor.KVM,
        location="SECONDARY",
        job_id=context.job_id,
    )
    return Claim(
        kind="snapshot",
        id=snapshot.id,
        effects=(Add(record=snapshot),),
        locks=volume_locks(volume),
    )


def plan(context: Context, command: CreateSnapshotFromVMSnapshot, snapshot_id: str) -> Plan:
    """An image store copies the disk as the machine's snapshot has it; always a full copy."""
    snapshot = context.inventory.get(Snapshot, snapshot_id)
    volume = context.inventory.get(Volume, snapshot.volume_id)
    ref = _image(context, snapshot, volume)
    learn = {"physical_bytes": "physical_bytes"}
    step = Step(
        name="copy the disk to the image store",
        actor=f"image_store/{ref.store_id}",
        do=StoreImage(
            path=ref.path,
            source=DiskAt(pool_id=volume.pool_id, name=volume.id, snapshot=command.vm_snapshot_id),
        ),
        undo=RemoveImage(path=ref.path),
        begin=(change(snapshot, "CreateRequested"), Add(record=ref)),
        commit=(
            Change(kind="snapshot", id=snapshot.id, event="OperationNotPerformed", learn=learn),
            Change(kind="store_ref", id=ref.id, event="OperationSuccessed", learn=learn),
        ),
        revert=(change(snapshot, "OperationFailed"), Drop(kind="store_ref", id=ref.id)),
        bytes=snapshot.size_bytes,
    )
    return Plan(steps=(step,))


def _image(context: Context, snapshot: Snapshot, volume: Volume) -> StoreRef:
    return StoreRef(
        id=context.new_id(),
        created_s=context.now_s,
        store_id=choose_store(context, snapshot.zone_id, snapshot.size_bytes).id,
        of_kind="snapshot",
        of_id=snapshot.id,
        account_id=snapshot.account_id,
        path=f"snapshots/{volume.account_id}/{volume.id}/{snapshot.id}",
        format=volume.format,
        size_bytes=snapshot.size_bytes,
        state=RefState.CREATING,
        job_id=context.job_id,
    )


def give_up(context: Context, snapshot_id: str) -> tuple[Effect, ...]:
    """One that never began is forgotten; one that failed on its way stays in Error."""
    snapshot = context.inventory.find(Snapshot, snapshot_id)
    if snapshot is None or snapshot.state is not SnapshotState.ALLOCATED:
        return ()
    return (Drop(kind="snapshot", id=snapshot_id),)
