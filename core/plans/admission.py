"""Checks that commands share: may this be asked now? Each answers nothing or raises the refusal."""

from core.model import errors
from core.model.commands.command import Role
from core.model.hypervisors import Hypervisor
from core.model.records import (
    KIND_OF,
    DiskOffering,
    Host,
    Pool,
    Record,
    Snapshot,
    Vm,
    VmSnapshot,
    Volume,
)
from core.model.states import (
    AllocationState,
    PoolState,
    SnapshotState,
    VmSnapshotState,
    VmState,
    VolumeState,
)
from core.model.transitions import TRANSITIONAL
from core.plans.context import GIB, Context
from core.plans.host.capability import data_volumes

SNAPSHOT_IN_PROGRESS = frozenset(
    {SnapshotState.CREATING, SnapshotState.CREATED_ON_PRIMARY, SnapshotState.BACKING_UP}
)
WAYS: dict[tuple[str, str], str] = {
    (VolumeState.ALLOCATED, VolumeState.READY): "attach it to a machine once, which creates it",
    (
        VolumeState.UPLOADED,
        VolumeState.READY,
    ): "attach it to a machine once, for which it is copied",
    (VolumeState.DESTROY, VolumeState.READY): "recoverVolume first",
    (VolumeState.NOT_UPLOADED, VolumeState.UPLOAD_ABANDONED): (
        "send its image, or wait until upload.operation.timeout has passed"
    ),
    (VolumeState.UPLOAD_ERROR, VolumeState.READY): "delete it, and upload the image again",
    (VolumeState.UPLOAD_ABANDONED, VolumeState.READY): "delete it, and upload the image again",
    (VmState.RUNNING, VmState.STOPPED): "stopVirtualMachine first",
    (VmState.RUNNING, VmState.DESTROYED): "destroyVirtualMachine first",
    (VmState.STOPPED, VmState.RUNNING): "startVirtualMachine first",
    (VmState.STOPPED, VmState.DESTROYED): "destroyVirtualMachine first",
    (VmState.DESTROYED, VmState.STOPPED): "recoverVirtualMachine first",
    (PoolState.UP, PoolState.MAINTENANCE): "enableStorageMaintenance first",
    (PoolState.UP, PoolState.DISABLED): "updateStoragePool enabled=false first",
    (PoolState.DISABLED, PoolState.UP): "updateStoragePool enabled=true first",
    (PoolState.DISABLED, PoolState.MAINTENANCE): (
        "updateStoragePool enabled=true, then enableStorageMaintenance"
    ),
    (PoolState.MAINTENANCE, PoolState.UP): "cancelStorageMaintenance first",
    (PoolState.MAINTENANCE, PoolState.DISABLED): (
        "cancelStorageMaintenance, then updateStoragePool enabled=false"
    ),
    (PoolState.ERROR_IN_MAINTENANCE, PoolState.MAINTENANCE): "enableStorageMaintenance again",
    (PoolState.ERROR_IN_MAINTENANCE, PoolState.UP): "cancelStorageMaintenance first",
}
"""What brings a thing from one state to another, where a caller can do something about it."""


def require_state(record: Record, *admitted: str, doing: str, number: int = 431) -> None:
    """Raise Conflict unless the record is in one of the states."""
    state = str(getattr(record, "state"))  # noqa: B009
    if state not in admitted:
        kind = KIND_OF[type(record)].replace("_", " ")
        raise errors.Conflict(
            f"{doing} needs a {kind} that is {' or '.join(admitted)}; this one is {state}",
            object=f"{KIND_OF[type(record)]}/{record.id}",
            hint="wait for the job that works on it"
            if getattr(record, "job_id", "")
            else _way(state, admitted),
            number=number,
        )


def _way(state: str, wanted: tuple[str, ...]) -> str:
    """To the first of the wanted states that a caller can bring it to."""
    found = (WAYS.get((state, each)) for each in wanted)
    return next((way for way in found if way), f"choose one that is {' or '.join(wanted)}")


def require_volume_state(volume: Volume, *admitted: VolumeState, doing: str) -> None:
    """Raise Conflict unless the volume is in one of the states."""
    require_state(volume, *admitted, doing=doing)


def vm_of(context: Context, volume: Volume) -> Vm | None:
    """The VM that the volume is attached to."""
    return context.inventory.find(Vm, volume.vm_id) if volume.vm_id else None


def running_vm_of(context: Context, volume: Volume) -> Vm | None:
    """The VM that has the volume open now."""
    vm = vm_of(context, volume)
    return vm if vm is not None and vm.state is VmState.RUNNING else None


def volume_locks(volume: Volume) -> tuple[str, ...]:
    """What a job on the volume must hold: it, and its VM, whose volumes go one at a time."""
    own = f"volume/{volume.id}"
    return (own, f"vm/{volume.vm_id}") if volume.vm_id else (own,)


def require_size(context: Context, size_bytes: int, *, number: int = 431) -> None:
    """Raise Invalid unless a volume may have that size: 1 GiB to storage.max.volume.size."""
    most = context.settings.whole("storage.max.volume.size") * GIB
    if not GIB <= size_bytes <= most:
        raise errors.Invalid(
            f"a volume has {GIB} to {most} bytes, not {size_bytes}",
            object="setting/storage.max.volume.size",
            hint="ask for another size",
            number=number,
        )


def require_custom_size(context: Context, size_gib: int, *, number: int = 431) -> None:
    """Raise Invalid unless a custom offering admits the size."""
    least = context.settings.whole("custom.diskoffering.size.min")
    most = context.settings.whole("custom.diskoffering.size.max")
    if not least <= size_gib <= most:
        raise errors.Invalid(
            f"a custom size is {least} to {most} GiB, not {size_gib}",
            object="setting/custom.diskoffering.size.max",
            hint="ask for another size",
            number=number,
        )


def promised_iops(
    offering: DiskOffering, least: int | None, most: int | None, *, number: int = 431
) -> tuple[int, int]:
    """Operations per second of a volume: the offering's, or the caller's where it lets him choose.

    Raises Invalid when the caller's contradict each other.
    """
    if not offering.customized_iops:
        return offering.min_iops, offering.max_iops
    asked = least or 0, most or 0
    if any(asked) and not 0 < asked[0] <= asked[1]:
        raise errors.Invalid(
            f"miniops {asked[0]} and maxiops {asked[1]} don't fit",
            object=f"disk_offering/{offering.id}",
            hint="0 < miniops <= maxiops",
            number=number,
        )
    return asked


def require_no_snapshot_in_progress(context: Context, volume: Volume, *, number: int = 431) -> None:
    """Raise Conflict while a snapshot of the volume is being taken or backed up."""
    for snapshot in context.inventory.having(Snapshot, "volume", volume.id):
        if snapshot.state in SNAPSHOT_IN_PROGRESS:
            raise errors.Conflict(
                f"snapshot {snapshot.id} of the volume is {snapshot.state}",
                object=f"volume/{volume.id}",
                hint=f"wait for job {snapshot.job_id}",
                number=number,
            )


def vm_snapshots_of(context: Context, vm_id: str) -> list[VmSnapshot]:
    """The snapshots of a whole machine, oldest first; failed ones hold nothing and don't count."""
    taken = context.inventory.having(VmSnapshot, "vm", vm_id)
    return [snapshot for snapshot in taken if snapshot.state is not VmSnapshotState.ERROR]


def require_no_vm_snapshot_in_progress(context: Context, vm: Vm) -> None:
    """Raise Conflict (530) while a snapshot of the whole machine is worked on."""
    for taken in context.inventory.having(VmSnapshot, "vm", vm.id):
        if taken.state in TRANSITIONAL["vm_snapshot"]:
            raise errors.Conflict(
                f"snapshot {taken.id} of the whole machine is {taken.state}",
                object=f"vm/{vm.id}",
                hint=f"wait for job {taken.job_id}",
                number=530,
            )


def require_no_vm_snapshots(context: Context, vm: Vm, *, disks_alone: bool = False) -> None:
    """Raise Conflict when the machine has VM snapshots, which hold the disks it has now.

    disks_alone: those of KVM machines without their memory don't stand in the way.
    """
    holding = vm_snapshots_of(context, vm.id)
    if disks_alone and vm.hypervisor is Hypervisor.KVM:
        holding = [snapshot for snapshot in holding if snapshot.memory]
    if holding:
        raise errors.Conflict(
            "the machine has VM snapshots",
            object=f"vm/{vm.id}",
            hint="delete its VM snapshots first",
        )


def require_open_zone(context: Context, zone_id: str) -> None:
    """Raise Denied (531) when the zone is Disabled; root administrators may go on."""
    zone = context.zone(zone_id)
    if zone.allocation_state is AllocationState.DISABLED and context.caller.role is not Role.ADMIN:
        raise errors.Denied(
            "the zone is Disabled",
            object=f"zone/{zone_id}",
            hint="use another zone, or ask an administrator to enable it",
        )


def require_local_storage(context: Context, zone_id: str, offering: DiskOffering) -> None:
    """Raise Invalid when the offering is local and the zone does not allow local storage."""
    if offering.storage_type == "local" and not context.zone(zone_id).local_storage_enabled:
        raise errors.Invalid(
            "the zone does not allow local storage",
            object=f"zone/{zone_id}",
            hint="use a shared disk offering",
        )


def require_usable_pool(pool: Pool) -> None:
    """Raise Conflict unless new volumes may go to the pool."""
    if pool.state is not PoolState.UP:
        raise errors.Conflict(
            f"the pool is {pool.state}",
            object=f"pool/{pool.id}",
            hint="choose a pool that is Up",
        )


OUT_OF_SERVICE = frozenset(
    {PoolState.PREPARE_FOR_MAINTENANCE, PoolState.ERROR_IN_MAINTENANCE, PoolState.MAINTENANCE}
)


def require_in_service(context: Context, volume: Volume) -> None:
    """Raise Conflict (530) while the volume's pool is in maintenance: nobody may use its disk."""
    pool = context.inventory.find(Pool, volume.pool_id) if volume.pool_id else None
    if pool is not None and pool.state in OUT_OF_SERVICE:
        raise errors.Conflict(
            f"the volume's pool {pool.name} is {pool.state}",
            object=f"pool/{pool.id}",
            hint="cancelStorageMaintenance brings the pool back",
            number=530,
        )


def data_volume_limit(context: Context, vm: Vm) -> int:
    """The most data volumes that the VM may have (semantics section 8.1)."""
    host = context.inventory.find(Host, vm.host_id or vm.last_host_id)
    return data_volumes(context, vm.hypervisor, host.version if host is not None else "")
