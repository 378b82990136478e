"""The step that sets the size of a disk, and the pool that has room for it."""

from collections.abc import Mapping

import msgspec

from core.model.records import DiskOffering, Host, Pool, Vm, Volume
from core.plans.admission import vm_of
from core.plans.context import Context
from core.plans.operation import ResizeAttachedDisk, ResizeDisk
from core.plans.placement import choose_pool, need_of
from core.plans.step import Scalar, Step, change


def resizing(
    volume: Volume,
    vm: Vm | None,
    pool_id: str,
    size_bytes: int,
    *,
    shrink: bool,
    fields: Mapping[str, Scalar],
) -> Step:
    """Where a guest has the disk open, its host resizes it; else the pool that it is on then."""
    operation = (
        ResizeDisk(name=volume.id, size_bytes=size_bytes, shrink=shrink)
        if vm is None
        else ResizeAttachedDisk(vm_id=vm.id, device_id=volume.device_id, size_bytes=size_bytes)
    )
    return Step(
        name="resize the disk",
        actor=f"pool/{pool_id}" if vm is None else f"host/{vm.host_id}",
        do=operation,
        begin=(change(volume, "ResizeRequested", target_size_bytes=size_bytes),),
        commit=(change(volume, "OperationSucceeded", **fields),),
        revert=(change(volume, "OperationFailed", target_size_bytes=0),),
        certain=False,
    )


def other_pool(context: Context, volume: Volume, offering: DiskOffering, size_bytes: int) -> Pool:
    """Another pool that has room for the volume at that size. Raises NoCapacity."""
    vm = vm_of(context, volume)
    host_id = (vm.host_id or vm.last_host_id) if vm is not None else ""
    host = context.inventory.find(Host, host_id)
    here = context.inventory.get(Pool, volume.pool_id)
    need = need_of(msgspec.structs.replace(volume, size_bytes=size_bytes), offering, host)
    if host is None:
        need = need._replace(cluster_id=here.cluster_id, hypervisor=here.hypervisor)
    return choose_pool(context, need, but=frozenset({volume.pool_id}))
