"""resizeVolume."""

from core.model import errors
from core.model.commands.volume import ResizeVolume
from core.model.records import Account, DiskOffering, Pool, Volume
from core.model.settings import pool_places
from core.model.states import VmState, VolumeState
from core.plans.admission import (
    promised_iops,
    require_custom_size,
    require_no_snapshot_in_progress,
    require_resizable,
    require_size,
    require_state,
    running_vm_of,
    vm_of,
    volume_locks,
)
from core.plans.context import GIB, Context
from core.plans.operation import ResizeAttachedDisk, ResizeDisk
from core.plans.placement import ALLOCATED_SHARE, why_no_room
from core.plans.quota import require_quota
from core.plans.step import Claim, Plan, Scalar, Step, change

PARAMETER = 432


RESIZE_SHARE = "pool.storage.allocated.resize.capacity.disablethreshold"


def _invalid(message: str, volume: Volume, hint: str) -> errors.Invalid:
    """Parameter errors of resizeVolume have the number 432 (semantics section 9.6)."""
    return errors.Invalid(message, object=f"volume/{volume.id}", hint=hint, number=PARAMETER)


def _offerings(
    context: Context, command: ResizeVolume, volume: Volume
) -> tuple[DiskOffering, DiskOffering]:
    """The volume's disk offering now, and afterwards. Raises Invalid when their tags differ."""
    old = context.inventory.get(DiskOffering, volume.disk_offering_id)
    if command.disk_offering_id is None:
        return old, old
    new = context.disk_offering(command.disk_offering_id)
    if set(new.tags) != set(old.tags):
        raise _invalid(
            f"the new offering has the tags {new.tags}, the old one {old.tags}",
            volume,
            "use an offering with the same tags",
        )
    return old, new


def _new_size_bytes(context: Context, command: ResizeVolume, volume: Volume) -> int:
    _, offering = _offerings(context, command, volume)
    if command.disk_offering_id is not None and offering.size_bytes:
        return offering.size_bytes
    if command.size is None:
        if command.min_iops is None or command.disk_offering_id is not None:
            raise _invalid("size or a fixed disk offering is needed", volume, "give size in GiB")
        return volume.size_bytes
    if not offering.size_bytes:
        require_custom_size(context, command.size, number=PARAMETER)
    return command.size * GIB


def _new_iops(context: Context, command: ResizeVolume, volume: Volume) -> tuple[int, int]:
    """Operations per second afterwards: as they are, unless they or the offering change."""
    _, offering = _offerings(context, command, volume)
    if command.disk_offering_id is None and command.min_iops is None:
        return volume.min_iops, volume.max_iops
    return promised_iops(offering, command.min_iops, command.max_iops, number=PARAMETER)


def check(context: Context, command: ResizeVolume) -> None:
    """Refuse what cannot be resized (semantics section 9.6)."""
    volume = context.get(Volume, command.id)
    require_state(
        volume, VolumeState.READY, VolumeState.ALLOCATED, doing="resizing", number=PARAMETER
    )
    require_no_snapshot_in_progress(context, volume, number=530)
    vm = vm_of(context, volume)
    if vm is not None:
        require_resizable(vm, volume, number=PARAMETER)
    size = _new_size_bytes(context, command, volume)
    require_size(context, size, number=PARAMETER)
    if volume.type == "ROOT":
        _check_root(context, command, volume, size)
    if size < volume.size_bytes:
        _check_shrink(volume, command)
    min_iops, _ = _new_iops(context, command, volume)
    if volume.pool_id:
        _require_room(context, volume, size - volume.size_bytes, min_iops - volume.min_iops)


def _check_root(context: Context, command: ResizeVolume, volume: Volume, size_bytes: int) -> None:
    old, _ = _offerings(context, command, volume)
    if old.size_bytes:
        raise _invalid(
            "the service offering fixes the size of the root disk",
            volume,
            "change the service offering instead",
        )
    vm = vm_of(context, volume)
    is_open = vm is not None and vm.state is not VmState.STOPPED
    if is_open and command.disk_offering_id is not None and size_bytes != volume.size_bytes:
        raise _invalid(
            "a new offering resizes a root disk only while its machine is Stopped",
            volume,
            "stop the machine, or give size alone",
        )


def _check_shrink(volume: Volume, command: ResizeVolume) -> None:
    if not command.shrink_ok:
        raise _invalid(
            "the volume would become smaller", volume, "give shrinkok=true if its end may be lost"
        )
    if volume.state is not VolumeState.ALLOCATED and volume.format == "QCOW2":
        raise errors.Unsupported(
            "a QCOW2 disk does not shrink",
            object=f"volume/{volume.id}",
            hint="create a smaller volume and copy the data",
        )


def _require_room(context: Context, volume: Volume, more_bytes: int, more_iops: int) -> None:
    """The resize test of semantics section 4.2."""
    pool = context.inventory.get(Pool, volume.pool_id)
    beyond = context.settings.flag("volume.resize.allowed.beyond.allocation", *pool_places(pool))
    threshold = RESIZE_SHARE if beyond else ALLOCATED_SHARE
    reason = why_no_room(context, pool, more_bytes, more_iops, threshold=threshold)
    if reason:
        raise errors.NoCapacity(
            f"the pool has no room to grow it: {reason}",
            object=f"pool/{pool.id}",
            hint="migrate the volume to another pool first",
            number=530,
        )


def quota(context: Context, command: ResizeVolume) -> None:
    """Refuse what the account has no limit left for."""
    volume = context.get(Volume, command.id)
    more = _new_size_bytes(context, command, volume) - volume.size_bytes
    owner = context.inventory.get(Account, volume.account_id)
    require_quota(context, owner, primary_storage=max(0, more))


def claim(context: Context, command: ResizeVolume) -> Claim:
    """Lock the volume and its machine."""
    volume = context.get(Volume, command.id)
    return Claim(kind="volume", id=volume.id, locks=volume_locks(volume))


def plan(context: Context, command: ResizeVolume, volume_id: str) -> Plan:
    """Change the record of an Allocated volume, the disk of a Ready one, where it is open."""
    volume = context.inventory.get(Volume, volume_id)
    size = _new_size_bytes(context, command, volume)
    fields: dict[str, Scalar] = {"size_bytes": size, "target_size_bytes": 0}
    fields["min_iops"], fields["max_iops"] = _new_iops(context, command, volume)
    if command.disk_offering_id is not None:
        fields["disk_offering_id"] = command.disk_offering_id
    if volume.state is VolumeState.ALLOCATED:
        return Plan(steps=(Step(name="set the size", commit=(change(volume, **fields),)),))
    vm = running_vm_of(context, volume)
    operation = (
        ResizeDisk(name=volume.id, size_bytes=size, shrink=command.shrink_ok)
        if vm is None
        else ResizeAttachedDisk(vm_id=vm.id, device_id=volume.device_id, size_bytes=size)
    )
    step = Step(
        name="resize the disk",
        actor=f"pool/{volume.pool_id}" if vm is None else f"host/{vm.host_id}",
        do=operation,
        begin=(change(volume, "ResizeRequested", target_size_bytes=size),),
        commit=(change(volume, "OperationSucceeded", **fields),),
        revert=(change(volume, "OperationFailed", target_size_bytes=0),),
        certain=False,
    )
    return Plan(steps=(step,))
