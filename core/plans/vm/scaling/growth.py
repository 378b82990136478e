"""Giving a running machine more processors and memory (decision 0045)."""

import msgspec

from core.model import errors
from core.model.hypervisors import HYPERVISORS, Hypervisor
from core.model.records import Host, ServiceOffering, Template, Vm
from core.plans.context import Context
from core.plans.migration.destination import (
    choose_neighbour,
    has_tags,
    require_migrating,
    require_without_local_storage,
)
from core.plans.migration.handing_over import handing_over
from core.plans.operation import ScaleVm
from core.plans.placement import why_host_unfit
from core.plans.step import Step, change
from core.plans.vm.scaling.shape import Shape

SETTING = "enable.dynamic.scale.vm"
NONE = Shape(0, 0)


def room_to_grow(context: Context, vm: Vm, host: Host) -> Shape:
    """The most that the machine may have until it stops, if it starts now; zeroes are no more.

    KVM prepares for growth only where the offering is customized, and only up to that one's limits.
    """
    offering = context.inventory.get(ServiceOffering, vm.service_offering_id)
    if _why_fixed(context, vm, offering):
        return NONE
    cpus, memory_bytes = host.cpus, host.memory_bytes
    if vm.hypervisor is Hypervisor.KVM:
        cpus, memory_bytes = offering.max_cpus or cpus, offering.max_memory_bytes or memory_bytes
    return Shape(max(vm.cpus, cpus), max(vm.memory_bytes, memory_bytes))


def _why_fixed(context: Context, vm: Vm, offering: ServiceOffering) -> str:
    """What keeps the machine as large as it started, "" when nothing does."""
    if not HYPERVISORS[vm.hypervisor].scales:
        return f"{vm.hypervisor} does not scale running machines"
    if not vm.dynamic_scaling:
        return "it is not meant to be scaled while it runs"
    if vm.hypervisor is Hypervisor.KVM and not offering.customized:
        return "a KVM machine grows only if it started with a customized service offering"
    return why_not_meant(context, vm)


def why_not_meant(context: Context, vm: Vm) -> str:
    """Why the machine's template, offering or zone keep it from growing, "" when they don't."""
    template = context.inventory.find(Template, vm.template_id or vm.source_iso_id)
    if template is None or not template.dynamically_scalable:
        return "its template is not dynamically scalable"
    offering = context.inventory.get(ServiceOffering, vm.service_offering_id)
    if not offering.dynamic_scaling:
        return "its service offering is not meant to be scaled while machines run"
    if not context.settings.flag(SETTING, ("zone", vm.zone_id)):
        return f"{SETTING} is false in the zone"
    return ""


def require_growth(context: Context, vm: Vm, new: ServiceOffering, shape: Shape) -> None:
    """Raise unless the running machine can be given that much (CloudStack's order)."""
    old = context.inventory.get(ServiceOffering, vm.service_offering_id)
    if not HYPERVISORS[vm.hypervisor].scales:
        raise errors.Unsupported(
            f"{vm.hypervisor} does not scale running machines",
            object=f"vm/{vm.id}",
            hint="stop the machine first",
            number=431,
        )
    before = (vm.cpus, vm.memory_bytes, old.cpu_mhz)
    after = (*shape, new.cpu_mhz)
    if before == after or any(less < had for less, had in zip(after, before, strict=True)):
        raise errors.Invalid(
            "a running machine only gets more processors, speed or memory, and nothing less",
            object=f"service_offering/{new.id}",
            hint="name a larger service offering, or stop the machine first",
        )
    if not context.settings.flag(SETTING, ("zone", vm.zone_id)):
        raise errors.Denied(
            "machines of this zone are not scaled while they run",
            object=f"zone/{vm.zone_id}",
            hint=f"stop the machine, or have an administrator set {SETTING}",
        )
    _require_prepared(context, vm, old, shape)
    home_for(context, vm, new, shape)


def _require_prepared(context: Context, vm: Vm, old: ServiceOffering, shape: Shape) -> None:
    """Raise where the machine did not start with so much room."""
    reason = _why_fixed(context, vm, old)
    if not reason and (vm.cpus_max, vm.memory_max_bytes) == NONE:
        reason = "it started when it could not yet be scaled"
    elif not reason and (shape.cpus > vm.cpus_max or shape.memory_bytes > vm.memory_max_bytes):
        reason = f"it started with room for {vm.cpus_max} and {vm.memory_max_bytes} bytes of memory"
    if reason:
        raise errors.Conflict(
            f"the machine cannot be given so much while it runs: {reason}",
            object=f"vm/{vm.id}",
            hint="stop the machine first",
            number=530,
        )


def home_for(context: Context, vm: Vm, new: ServiceOffering, shape: Shape) -> Host:
    """Its host if that has room for more, else another of the cluster. Raises NoCapacity (530)."""
    here = context.inventory.get(Host, vm.host_id)
    scaled = scaled_to(vm, new, shape)
    more_bytes = shape.memory_bytes - vm.memory_bytes
    if has_tags(context, scaled, here) and not why_host_unfit(context, here, more_bytes):
        return here
    require_migrating(context, vm)
    require_without_local_storage(context, vm)
    return choose_neighbour(context, scaled)


def scaled_to(vm: Vm, new: ServiceOffering, shape: Shape) -> Vm:
    """The machine as it is to become."""
    return msgspec.structs.replace(
        vm, service_offering_id=new.id, cpus=shape.cpus, memory_bytes=shape.memory_bytes
    )


def growing(context: Context, vm: Vm, new: ServiceOffering, shape: Shape) -> tuple[Step, ...]:
    """Reserve what is more, go where it is, and take it."""
    home = home_for(context, vm, new, shape)
    reserved = Step(
        name="reserve processors and memory",
        begin=(change(vm, cpus=shape.cpus, memory_bytes=shape.memory_bytes),),
        revert=(change(vm, cpus=vm.cpus, memory_bytes=vm.memory_bytes),),
    )
    scaling = Step(
        name="scale the machine",
        actor=f"host/{home.id}",
        do=ScaleVm(vm_id=vm.id, cpus=shape.cpus, memory_bytes=shape.memory_bytes),
        commit=(change(vm, service_offering_id=new.id),),
        certain=False,
    )
    going = () if home.id == vm.host_id else (handing_over(context, vm, home),)
    return (reserved, *going, scaling)
