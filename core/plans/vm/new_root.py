"""A new root disk for a machine that exists, as reboot and restore give it (semantics 9.7)."""

from typing import NamedTuple

import msgspec

from core.model import errors
from core.model.hypervisors import Hypervisor
from core.model.records import DiskOffering, Host, Template, Vm, Volume
from core.model.states import VmState, VolumeState
from core.plans.admission import (
    require_in_service,
    require_no_snapshot_in_progress,
    require_no_vm_snapshots,
    require_volume_state,
)
from core.plans.context import Context
from core.plans.disk import creation, plugged, removal
from core.plans.operation import PluggedDisk
from core.plans.placement import choose_pool, need_of
from core.plans.snapshot_policy.delete import gone_with
from core.plans.step import Add, Drop, Effect, Step, change
from core.plans.template.seed import seeded, seeding
from core.plans.vm.start import starting
from core.plans.vm.stopping import stopping
from core.plans.vm.template import require_downloaded
from core.plans.volume.delete import held_by_snapshots, lost_for_good, require_unprotected


class Wish(NamedTuple):
    """What the new root disk is made of; `expunge`: the old one goes for good at once.

    template: None where it is blank, for a machine that boots from an ISO.
    """

    template: Template | None
    offering: DiskOffering
    size_bytes: int
    min_iops: int
    max_iops: int
    expunge: bool = False


def root_of(context: Context, vm: Vm) -> Volume:
    """The machine's root disk. Raises Conflict when it has none."""
    for volume in context.inventory.having(Volume, "vm", vm.id):
        if volume.type == "ROOT":
            return volume
    raise errors.Conflict(
        "the machine has no root disk", object=f"vm/{vm.id}", hint="attach one as device 0"
    )


def unchanged(context: Context, vm: Vm) -> Wish:
    """The same again: what a volatile machine gets at reboot. Raises NotFound, Conflict."""
    old = root_of(context, vm)
    if not (vm.template_id or vm.source_iso_id):
        raise errors.Conflict(
            "the machine was made from no template",
            object=f"vm/{vm.id}",
            hint="restoreVirtualMachine with a templateid gives it one",
        )
    return Wish(
        context.inventory.get(Template, vm.template_id) if vm.template_id else None,
        context.inventory.get(DiskOffering, old.disk_offering_id),
        old.size_bytes,
        old.min_iops,
        old.max_iops,
    )


def require_replaceable(context: Context, vm: Vm, wish: Wish) -> None:
    """Raise unless the old root disk may go and the new one can be made (semantics 9.7)."""
    old = root_of(context, vm)
    require_no_vm_snapshots(context, vm)
    require_volume_state(old, VolumeState.READY, VolumeState.ALLOCATED, doing="replacing")
    require_no_snapshot_in_progress(context, old, number=530)
    require_in_service(context, old)
    require_unprotected(old)
    if wish.template is not None:
        _require_fitting(context, vm, wish.template, wish.size_bytes)


def _require_fitting(context: Context, vm: Vm, template: Template, size_bytes: int) -> None:
    """Raise unless a disk of that size can be made of the template for the machine."""
    require_downloaded(context, template, vm.zone_id)
    if template.hypervisor is not vm.hypervisor:
        raise errors.Invalid(
            f"the template is for {template.hypervisor}, the machine for {vm.hypervisor}",
            object=f"template/{template.id}",
            hint="name a template of the machine's hypervisor",
        )
    if size_bytes < template.size_bytes:
        raise errors.Invalid(
            f"the template needs {template.size_bytes} bytes, "
            f"the root disk would have {size_bytes}",
            object=f"template/{template.id}",
            hint="give a larger rootdisksize",
        )


def replacing(context: Context, vm: Vm, wish: Wish, *, forced: bool = False) -> tuple[Step, ...]:
    """Make the new disk, let a running machine restart on it, and let go of the old one."""
    old = root_of(context, vm)
    new = _successor(context, vm, old, wish)
    recorded = Step(
        name="record the new root disk",
        begin=(Add(record=new),),
        revert=(Drop(kind="volume", id=new.id),),
    )
    going = _restart(context, vm, new, wish, forced=forced) if _runs(vm) else ()
    return (recorded, *going, *_retirement(context, vm, old, wish))


def _runs(vm: Vm) -> bool:
    return vm.state is VmState.RUNNING


def _successor(context: Context, vm: Vm, old: Volume, wish: Wish) -> Volume:
    return Volume(
        id=context.new_id(),
        created_s=context.now_s,
        name=old.name,
        account_id=vm.account_id,
        domain_id=vm.domain_id,
        zone_id=vm.zone_id,
        type="ROOT",
        size_bytes=wish.size_bytes,
        disk_offering_id=wish.offering.id,
        vm_id=vm.id,
        device_id=old.device_id,
        template_id=wish.template.id if wish.template is not None else "",
        min_iops=wish.min_iops,
        max_iops=wish.max_iops,
        attached_s=context.now_s,
        display=old.display,
    )


def _restart(
    context: Context, vm: Vm, new: Volume, wish: Wish, *, forced: bool
) -> tuple[Step, ...]:
    """The disk is made while the machine runs; if it does not start, it has its old disk."""
    host = context.inventory.get(Host, vm.host_id)
    template = wish.template
    need = need_of(new, wish.offering, host)
    if template is not None:
        need = need._replace(template_id=template.id, template_bytes=template.size_bytes)
    pool = choose_pool(context, need)
    source = seeded(template.id, pool) if template is not None else None
    stopped = msgspec.structs.replace(vm, last_host_id=host.id)
    disks = (*data_disks(context, vm), plugged(new, new.device_id, pool.id))
    return (
        *seeding(context, [(template, pool)] if template is not None else []),
        creation(new, pool, source, str(vm.hypervisor)),
        stopping(vm, forced=forced),
        starting(context, stopped, host, disks),
    )


def data_disks(context: Context, vm: Vm) -> tuple[PluggedDisk, ...]:
    """The machine's data disks in their slots."""
    return tuple(
        plugged(volume, volume.device_id, volume.pool_id)
        for volume in context.inventory.having(Volume, "vm", vm.id)
        if volume.type != "ROOT"
    )


def _made_of(vm: Vm, wish: Wish) -> tuple[Effect, ...]:
    if wish.template is None:
        return ()
    return (change(vm, template_id=wish.template.id, source_iso_id=""),)


def _retirement(context: Context, vm: Vm, old: Volume, wish: Wish) -> tuple[Step, ...]:
    """The old root disk is destroyed; VMware's, and those on no pool, are removed at once."""
    expunge = wish.expunge or vm.hypervisor is Hypervisor.VMWARE or not old.pool_id
    expunge = expunge and not held_by_snapshots(context, old)
    gone: tuple[Effect, ...] = (
        change(
            old,
            "DestroyRequested",
            destroyed_s=context.now_s,
            vm_id="",
            device_id=-1,
            attached_s=0.0,
        ),
        *gone_with(context, old),
        *_made_of(vm, wish),
    )
    letting_go = Step(name="let the old root disk go", commit=gone, final=True)
    if not expunge:
        return (letting_go,)
    destroyed = msgspec.structs.replace(old, state=VolumeState.DESTROY)
    return (letting_go, *removal(destroyed, lost_for_good(context, old)))
