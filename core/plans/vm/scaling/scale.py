"""scaleVirtualMachine and changeServiceForVirtualMachine (decisions 0026 and 0045)."""

from core.model import errors
from core.model.commands.vm import ScaleVirtualMachine
from core.model.records import Account, DiskOffering, ServiceOffering, Vm, Volume
from core.model.states import VmState
from core.plans.admission import (
    promised_iops,
    require_local_storage,
    require_no_vm_snapshots,
    require_size,
    require_state,
)
from core.plans.context import Context
from core.plans.limit.limited_tag import of_disk_offering, of_service_offering
from core.plans.quota import require_quota
from core.plans.step import Claim, Plan, Step, change
from core.plans.vm.scaling.growth import growing, require_growth
from core.plans.vm.scaling.shape import shape_of
from core.plans.volume.change_offering import target_for
from core.plans.volume.size import Aim, plan_for, require_ready, require_size_possible

NUMBER = 431


def _old_offering(context: Context, vm: Vm) -> ServiceOffering:
    return context.inventory.get(ServiceOffering, vm.service_offering_id)


def _new_offering(context: Context, command: ScaleVirtualMachine, vm: Vm) -> ServiceOffering:
    return context.service_offering(command.service_offering_id, vm.zone_id)


def _changing_root(context: Context, command: ScaleVirtualMachine, vm: Vm) -> Volume | None:
    """The root disk, if it gets another disk offering with the service offering."""
    volumes = context.inventory.having(Volume, "vm", vm.id)
    root = next((volume for volume in volumes if volume.type == "ROOT"), None)
    if root is None:
        return None
    named = any(
        not context.inventory.get(DiskOffering, offering_id).service_offering_id
        for offering_id in (root.disk_offering_id, _disk_offering(context, command, vm).id)
    )
    allowed = context.settings.flag(
        "allow.diskoffering.change.during.scale.vm", ("zone", vm.zone_id)
    )
    return root if allowed or not named else None


def _disk_offering(context: Context, command: ScaleVirtualMachine, vm: Vm) -> DiskOffering:
    new = _new_offering(context, command, vm)
    return context.inventory.get(DiskOffering, new.disk_offering_id)


def _aim(context: Context, command: ScaleVirtualMachine, vm: Vm, root: Volume) -> Aim:
    """What the root disk becomes; an offering without a size leaves it as large as it is."""
    offering = _disk_offering(context, command, vm)
    iops = promised_iops(offering, command.min_iops, command.max_iops)
    return Aim(offering, offering.size_bytes or root.size_bytes, *iops)


def check(context: Context, command: ScaleVirtualMachine) -> None:
    """Refuse what cannot be scaled (semantics section 9.6, the guide's table of root sizes)."""
    vm = context.get(Vm, command.id)
    new = _new_offering(context, command, vm)
    if vm.service_offering_id == new.id and not new.customized:
        raise errors.Invalid(
            "the machine has this service offering already",
            object=f"service_offering/{new.id}",
            hint="name another",
        )
    require_state(vm, VmState.STOPPED, VmState.RUNNING, doing="scaling")
    require_no_vm_snapshots(context, vm)
    shape = shape_of(new, command.details)
    if vm.state is VmState.RUNNING:
        require_growth(context, vm, new, shape)
    root = _changing_root(context, command, vm)
    if root is not None:
        _require_alike(context, vm, new, root)
        _require_root_size(context, command, vm, root)


def _require_alike(context: Context, vm: Vm, new: ServiceOffering, root: Volume) -> None:
    """Raise Invalid when the offerings are too different for one root disk."""
    before = context.inventory.get(DiskOffering, root.disk_offering_id)
    after = context.inventory.get(DiskOffering, new.disk_offering_id)
    reason = ""
    if _old_offering(context, vm).disk_strict != new.disk_strict:
        reason = "one of the offerings is strict about the root disk's offering, the other is not"
    elif not set(before.tags) <= set(after.tags):
        reason = f"the root disk's offering has the tags {before.tags}, the new one {after.tags}"
    elif before.storage_type != after.storage_type:
        reason = f"the root disk is on {before.storage_type} storage, not {after.storage_type}"
    elif before.encrypt != after.encrypt:
        reason = "one of the offerings encrypts, the other does not"
    if reason:
        raise errors.Invalid(
            reason,
            object=f"service_offering/{new.id}",
            hint="name a service offering of the same kind",
        )


def _require_root_size(
    context: Context, command: ScaleVirtualMachine, vm: Vm, root: Volume
) -> None:
    """Raise unless the root disk can have the new size, which is never less."""
    aim = _aim(context, command, vm, root)
    require_local_storage(context, vm.zone_id, aim.offering)
    if aim.size_bytes < root.size_bytes:
        raise errors.Invalid(
            f"the root disk has {root.size_bytes} bytes, the offering's {aim.size_bytes}; "
            "no service offering shrinks it",
            object=f"service_offering/{command.service_offering_id}",
            hint="name one with a larger root disk, or with none",
        )
    if aim.size_bytes > root.size_bytes and vm.state is VmState.RUNNING:
        raise errors.Conflict(
            "a new service offering resizes a root disk only while its machine is Stopped",
            object=f"vm/{vm.id}",
            hint="stop the machine, or resizeVolume first",
        )
    if aim.size_bytes > root.size_bytes:
        require_size(context, aim.size_bytes)
        require_ready(context, root, number=NUMBER)
        require_size_possible(context, root, aim.size_bytes, shrink_ok=False, number=NUMBER)
    target_for(context, root, aim, auto_migrate=command.auto_migrate)


def quota(context: Context, command: ScaleVirtualMachine) -> None:
    """The account pays what is more: processors, memory, and room for the root disk."""
    vm = context.get(Vm, command.id)
    offering = _new_offering(context, command, vm)
    shape = shape_of(offering, command.details)
    tagged = of_service_offering(context, vm, offering, shape.cpus, shape.memory_bytes)
    root, growth = _changing_root(context, command, vm), 0
    if root is not None:
        aim = _aim(context, command, vm, root)
        growth = aim.size_bytes - root.size_bytes
        tagged += of_disk_offering(context, root, aim.offering, aim.size_bytes)
    require_quota(
        context,
        context.inventory.get(Account, vm.account_id),
        *tagged,
        cpu=max(0, shape.cpus - vm.cpus),
        memory=max(0, shape.memory_bytes - vm.memory_bytes),
        primary_storage=max(0, growth),
    )


def claim(context: Context, command: ScaleVirtualMachine) -> Claim:
    """Lock the machine and its volumes."""
    vm = context.get(Vm, command.id)
    volumes = context.inventory.having(Volume, "vm", vm.id)
    locks = (f"vm/{vm.id}", *(f"volume/{volume.id}" for volume in volumes))
    return Claim(kind="vm", id=vm.id, locks=locks)


def plan(context: Context, command: ScaleVirtualMachine, vm_id: str) -> Plan:
    """Let the root disk move where it must, then the machine grow; records alone come last."""
    vm = context.inventory.get(Vm, vm_id)
    steps = _following(context, command, vm)
    new = _new_offering(context, command, vm)
    shape = shape_of(new, command.details)
    if vm.state is VmState.RUNNING:
        grown = growing(context, vm, new, shape)
        moves = any(step.do is not None for step in steps)
        return Plan(steps=(*steps, *grown) if moves else (*grown, *steps))
    scaled = change(
        vm, service_offering_id=new.id, cpus=shape.cpus, memory_bytes=shape.memory_bytes
    )
    recorded = Step(name="set the service offering", commit=(scaled,), final=True)
    return Plan(steps=(*steps, recorded))


def _following(context: Context, command: ScaleVirtualMachine, vm: Vm) -> tuple[Step, ...]:
    """What makes the root disk one of the new offering's."""
    root = _changing_root(context, command, vm)
    if root is None:
        return ()
    aim = _aim(context, command, vm, root)
    had = (root.disk_offering_id, root.size_bytes, root.min_iops, root.max_iops)
    if had == (aim.offering.id, *aim[1:]):
        return ()
    target = target_for(context, root, aim, auto_migrate=command.auto_migrate)
    return plan_for(context, root, aim, shrink_ok=False, target=target).steps
