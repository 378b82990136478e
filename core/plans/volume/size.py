"""What resizeVolume and changeOfferingForVolume share: the aim, its rules, the way there."""

from typing import NamedTuple, Union

import msgspec

from core.model import errors
from core.model.commands.volume import ChangeOfferingForVolume, ResizeVolume
from core.model.hypervisors import ANY, HYPERVISORS, Hypervisor, Resize
from core.model.pool_types import PoolType
from core.model.records import DiskOffering, Host, Pool, ServiceOffering, Snapshot, Vm, Volume
from core.model.settings import pool_places
from core.model.states import HostState, ResourceState, VmState, VolumeState
from core.plans.admission import (
    require_no_snapshot_in_progress,
    require_no_vm_snapshots,
    require_state,
    running_vm_of,
    vm_of,
)
from core.plans.context import Context
from core.plans.operation import ResizeAttachedDisk, ResizeDisk
from core.plans.placement import choose_pool, need_of
from core.plans.room import ALLOCATED_SHARE, why_no_room
from core.plans.snapshot_source import require_backed_up
from core.plans.step import Plan, Scalar, Step, change
from core.plans.volume.move import moving, require_live_motion

RESIZE_SHARE = "pool.storage.allocated.resize.capacity.disablethreshold"
Command = Union[ResizeVolume, ChangeOfferingForVolume]


class Aim(NamedTuple):
    """What the volume is to become."""

    offering: DiskOffering
    size_bytes: int
    min_iops: int
    max_iops: int


def require_ready(context: Context, volume: Volume, *, number: int) -> None:
    """Raise unless the volume's state, snapshots and hypervisor admit another size."""
    states = (VolumeState.READY, VolumeState.ALLOCATED)
    require_state(volume, *states, doing="resizing", number=number)
    require_no_snapshot_in_progress(context, volume, number=530)
    name = hypervisor_of(context, volume)
    if name is not None and HYPERVISORS[name].resize is Resize.NEVER:
        raise errors.Unsupported(
            f"{name} does not resize volumes",
            object=f"volume/{volume.id}",
            hint="create a larger volume and copy the data",
            number=number,
        )


def hypervisor_of(context: Context, volume: Volume) -> Hypervisor | None:
    """The hypervisor that the volume is for: its machine's, its own, or its pool's."""
    vm = vm_of(context, volume)
    if vm is not None:
        return vm.hypervisor
    pool = context.inventory.find(Pool, volume.pool_id)
    names = (volume.hypervisor, pool.hypervisor if pool is not None else "")
    return next((Hypervisor(name) for name in names if name not in ("", ANY)), None)


def require_same_strictness(
    volume: Volume, old: DiskOffering, new: DiskOffering, size_bytes: int, *, number: int
) -> None:
    """Raise Invalid when the offerings differ in strictness or encryption (semantics 9.6)."""
    reason = ""
    if old.size_strict != new.size_strict:
        reason = "one of the offerings is strict about its size, the other is not"
    elif new.size_strict and size_bytes != volume.size_bytes:
        reason = "the offering is strict about its size"
    elif old.encrypt != new.encrypt:
        reason = "one of the offerings encrypts, the other does not"
    if reason:
        raise errors.Invalid(
            reason,
            object=f"disk_offering/{new.id}",
            hint="use an offering of the same kind and size",
            number=number,
        )


def require_machine_admits(
    context: Context, volume: Volume, size_bytes: int, *, new_offering: bool, number: int
) -> None:
    """Raise when the machine has VM snapshots, or its offering or state fixes its root disk."""
    vm = vm_of(context, volume)
    if vm is not None and size_bytes != volume.size_bytes:
        growing = size_bytes > volume.size_bytes
        require_no_vm_snapshots(context, vm, disks_alone=growing)
    if volume.type != "ROOT" or vm is None:
        return
    service = context.inventory.find(ServiceOffering, vm.service_offering_id)
    if service is not None and service.disk_strict:
        raise errors.Invalid(
            "the machine's service offering fixes its root disk's offering",
            object=f"volume/{volume.id}",
            hint="change the service offering instead",
            number=number,
        )
    if new_offering and vm.state is not VmState.STOPPED and size_bytes != volume.size_bytes:
        raise errors.Invalid(
            "a new offering resizes a root disk only while its machine is Stopped",
            object=f"volume/{volume.id}",
            hint="stop the machine, or give size alone",
            number=number,
        )


def require_size_possible(
    context: Context, volume: Volume, size_bytes: int, *, shrink_ok: bool, number: int
) -> None:
    """Raise unless the hypervisor can give the disk that size where it is (decision 0014)."""
    if volume.state is VolumeState.ALLOCATED or size_bytes == volume.size_bytes:
        _require_consent(volume, size_bytes, shrink_ok=shrink_ok, number=number)
        return
    name = hypervisor_of(context, volume) or Hypervisor.KVM
    vm = running_vm_of(context, volume)
    if vm is not None:
        _require_open_resize(context, volume, vm)
    _require_consent(volume, size_bytes, shrink_ok=shrink_ok, number=number)
    if size_bytes < volume.size_bytes:
        if not HYPERVISORS[name].shrink:
            raise errors.Unsupported(
                f"{name} does not shrink volumes",
                object=f"volume/{volume.id}",
                hint="create a smaller volume and copy the data",
                number=number,
            )
        _require_shrinkable(context, volume, vm, number=number)


def _require_consent(volume: Volume, size_bytes: int, *, shrink_ok: bool, number: int) -> None:
    if size_bytes < volume.size_bytes and not shrink_ok:
        raise errors.Invalid(
            "the volume would become smaller",
            object=f"volume/{volume.id}",
            hint="give shrinkok=true if its end may be lost",
            number=number,
        )


def _require_open_resize(context: Context, volume: Volume, vm: Vm) -> None:
    pool = context.inventory.get(Pool, volume.pool_id)
    own_driver = pool.type in (PoolType.POWERFLEX, PoolType.FIBER_CHANNEL)
    if HYPERVISORS[vm.hypervisor].resize is Resize.STOPPED or (pool.managed and not own_driver):
        raise errors.Conflict(
            "this volume is resized only while its machine is Stopped",
            object=f"vm/{vm.id}",
            hint="stop the machine first",
            number=530,
        )
    host = context.inventory.get(Host, vm.host_id)
    usable = host.state is HostState.UP and host.resource_state is ResourceState.ENABLED
    if vm.hypervisor is Hypervisor.KVM and not usable:
        raise errors.Conflict(
            f"the machine's host is {host.state} and {host.resource_state}",
            object=f"host/{host.id}",
            hint="wait until it is Up and Enabled, or stop the machine",
            number=530,
        )


def _require_shrinkable(context: Context, volume: Volume, vm: Vm | None, *, number: int) -> None:
    if vm is not None:
        raise errors.Conflict(
            "a disk that a guest has open does not shrink",
            object=f"vm/{vm.id}",
            hint="stop the machine or detach the volume",
            number=number,
        )
    for snapshot in context.inventory.having(Snapshot, "volume", volume.id):
        if snapshot.pool_id == volume.pool_id:
            raise errors.Conflict(
                f"snapshot {snapshot.id} lies inside the disk",
                object=f"volume/{volume.id}",
                hint="delete the snapshot first",
                number=530,
            )


def why_no_growth(context: Context, volume: Volume, aim: Aim) -> str:
    """Why the volume's pool cannot hold what is asked, "" when it can (semantics section 4.2)."""
    pool = context.inventory.get(Pool, volume.pool_id)
    beyond = context.settings.flag("volume.resize.allowed.beyond.allocation", *pool_places(pool))
    return why_no_room(
        context,
        pool,
        aim.size_bytes - volume.size_bytes,
        aim.min_iops - volume.min_iops,
        threshold=RESIZE_SHARE if beyond else ALLOCATED_SHARE,
    )


def new_home(context: Context, volume: Volume, aim: Aim) -> Pool:
    """Another pool that suits the aim. Raises NoCapacity, and what refuses the move."""
    vm = vm_of(context, volume)
    host = context.inventory.find(Host, vm.host_id or vm.last_host_id) if vm is not None else None
    need = need_of(_aimed(volume, aim), aim.offering, host)
    hypervisor = hypervisor_of(context, volume)
    if hypervisor is not None:
        need = need._replace(hypervisor=str(hypervisor))
    target = choose_pool(context, need, number=530)
    require_backed_up(context, volume)
    if vm is not None and vm.state is VmState.RUNNING:
        require_live_motion(context, volume, vm, target)
    return target


def _aimed(volume: Volume, aim: Aim) -> Volume:
    size = max(volume.size_bytes, aim.size_bytes)
    return msgspec.structs.replace(volume, size_bytes=size, min_iops=aim.min_iops)


def plan_for(
    context: Context, volume: Volume, aim: Aim, *, shrink_ok: bool, target: Pool | None
) -> Plan:
    """Move the disk to `target` if there is one, set its size, then what the record says.

    A disk that no guest has open is copied at its new size; one that is open grows on its new pool.
    """
    fields: dict[str, Scalar] = {
        "size_bytes": aim.size_bytes,
        "target_size_bytes": 0,
        "min_iops": aim.min_iops,
        "max_iops": aim.max_iops,
        "disk_offering_id": aim.offering.id,
    }
    if volume.state is VolumeState.ALLOCATED:
        return Plan(steps=(Step(name="set the size", commit=(change(volume, **fields),)),))
    vm = running_vm_of(context, volume)
    if target is None:
        return Plan(steps=(_in_place(volume, vm, volume.pool_id, fields, shrink_ok=shrink_ok),))
    if vm is None and aim.size_bytes >= volume.size_bytes:
        return Plan(steps=moving(context, _aimed(volume, aim), target, **fields))
    moved = moving(context, volume, target)
    last = _in_place(volume, vm, target.id, fields, shrink_ok=shrink_ok)
    return Plan(steps=(*moved, last))


def _in_place(
    volume: Volume, vm: Vm | None, pool_id: str, fields: dict[str, Scalar], *, shrink_ok: bool
) -> Step:
    size = fields["size_bytes"]
    assert isinstance(size, int)
    if size == volume.size_bytes:
        return Step(name="set the offering", commit=(change(volume, **fields),))
    operation = (
        ResizeDisk(name=volume.id, size_bytes=size, shrink=shrink_ok)
        if vm is None
        else ResizeAttachedDisk(vm_id=vm.id, device_id=volume.device_id, size_bytes=size)
    )
    return Step(
        name="resize the disk",
        actor=f"pool/{pool_id}" if vm is None else f"host/{vm.host_id}",
        do=operation,
        begin=(change(volume, "ResizeRequested", target_size_bytes=size),),
        commit=(change(volume, "OperationSucceeded", **fields),),
        revert=(change(volume, "OperationFailed", target_size_bytes=0),),
        certain=False,
    )
