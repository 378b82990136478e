"""revertSnapshot."""

from core.driver_words import DiskSpec
from core.model import errors
from core.model.commands.snapshot import RevertSnapshot
from core.model.hypervisors import HYPERVISORS, Hypervisor
from core.model.pool_types import POOLS, DiskFormat
from core.model.records import Account, Pool, Snapshot, Vm, Volume
from core.model.states import SnapshotState, VmState, VolumeState
from core.plans.admission import (
    require_state,
    require_volume_state,
    vm_of,
    vm_snapshots_of,
    volume_locks,
)
from core.plans.context import Context
from core.plans.limit.limited_tag import of_growth
from core.plans.operation import AnyOperation, ReplaceDisk, RevertDisk
from core.plans.quota import require_quota
from core.plans.snapshot.delete import require_ungrouped
from core.plans.snapshot.hypervisor import hypervisor_of
from core.plans.snapshot_source import (
    lost_with_disk,
    ready_ref,
    require_backed_up,
    snapshot_source,
)
from core.plans.step import Claim, Effect, Plan, Step, change, reading


def check(context: Context, command: RevertSnapshot) -> None:
    """Refuse what cannot be as it was (semantics section 5.5)."""
    snapshot = context.get(Snapshot, command.id)
    require_state(snapshot, SnapshotState.BACKED_UP, doing="reverting to it")
    require_ungrouped(snapshot)
    volume = context.get(Volume, snapshot.volume_id)
    require_volume_state(volume, VolumeState.READY, doing="reverting")
    vm = vm_of(context, volume)
    if vm is not None:
        _check_machine(context, vm)
    snapshot_source(context, snapshot)
    _check_way(context, snapshot, volume)


def _check_machine(context: Context, vm: Vm) -> None:
    require_state(vm, VmState.STOPPED, doing="reverting a volume")
    if vm_snapshots_of(context, vm.id):
        raise errors.Conflict(
            "the machine has snapshots of its own",
            object=f"vm/{vm.id}",
            hint="deleteVMSnapshot first, or revertToVMSnapshot",
        )


def _check_way(context: Context, snapshot: Snapshot, volume: Volume) -> None:
    """KVM reverts QCOW2 disks from anywhere, others only where their storage has the snapshot."""
    pool = context.inventory.get(Pool, volume.pool_id)
    hypervisor = hypervisor_of(context, volume)
    able = hypervisor is None or HYPERVISORS[hypervisor].revert
    in_file = volume.format is DiskFormat.QCOW2
    in_storage = POOLS[pool.type].storage_snapshots and snapshot.pool_id == pool.id
    if not able or not (in_file or in_storage):
        raise errors.Unsupported(
            f"a {volume.format} disk of {hypervisor or Hypervisor.KVM} on {pool.type} "
            "is not reverted",
            object=f"volume/{volume.id}",
            hint="createVolume makes a volume from the snapshot",
            number=530,
        )
    if snapshot.pool_id != pool.id:
        require_backed_up(context, volume)


def quota(context: Context, command: RevertSnapshot) -> None:
    """A volume that was shrunk since counts as large as it was."""
    snapshot = context.get(Snapshot, command.id)
    volume = context.get(Volume, snapshot.volume_id)
    owner = context.inventory.get(Account, volume.account_id)
    more = max(0, snapshot.size_bytes - volume.size_bytes)
    tagged = of_growth(context, volume, snapshot.size_bytes)
    require_quota(context, owner, tagged, primary_storage=more)


def claim(context: Context, command: RevertSnapshot) -> Claim:
    """Lock the volume and its machine; the snapshot is only read."""
    snapshot = context.get(Snapshot, command.id)
    volume = context.get(Volume, snapshot.volume_id)
    locks = (reading(f"snapshot/{snapshot.id}"), *volume_locks(volume))
    return Claim(kind="snapshot", id=snapshot.id, locks=locks)


def plan(context: Context, command: RevertSnapshot, snapshot_id: str) -> Plan:
    """Inside the disk where the pool has the snapshot, else a copy of its image takes its place."""
    snapshot = context.inventory.get(Snapshot, snapshot_id)
    volume = context.inventory.get(Volume, snapshot.volume_id)
    size = snapshot.size_bytes
    lost: tuple[Effect, ...] = ()
    do: AnyOperation = RevertDisk(name=volume.id, snapshot=snapshot.id)
    if snapshot.pool_id != volume.pool_id:
        disk = DiskSpec(name=volume.id, size_bytes=size, format=volume.format)
        do = ReplaceDisk(disk=disk, source=snapshot_source(context, snapshot))
        lost = lost_with_disk(context, volume)
    step = Step(
        name="revert the disk",
        actor=f"pool/{volume.pool_id}",
        do=do,
        begin=(change(volume, "RevertSnapshotRequested", target_size_bytes=size),),
        commit=(
            change(
                volume,
                "OperationSucceeded",
                size_bytes=size,
                target_size_bytes=0,
                chain_ended=True,
            ),
            *lost,
        ),
        revert=(change(volume, "OperationFailed", target_size_bytes=0),),
        certain=False,
        bytes=size if ready_ref(context, snapshot.id) is not None else 0,
    )
    return Plan(steps=(step,))
