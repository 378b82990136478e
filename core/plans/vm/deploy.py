"""deployVirtualMachine."""

from core.model import errors
from core.model.commands.vm import DeployVirtualMachine
from core.model.records import (
    DiskOffering,
    Host,
    ServiceOffering,
    Template,
    Vm,
    Volume,
)
from core.model.states import TemplateState, VmState
from core.plans.admission import (
    require_custom_size,
    require_local_storage,
    require_open_zone,
    require_size,
    require_state,
)
from core.plans.context import GIB, Context
from core.plans.quota import require_quota
from core.plans.snapshot_source import template_source
from core.plans.step import Add, Change, Claim, Effect, Plan
from core.plans.template.access import visible
from core.plans.vm.start import start_steps


def _service_offering(context: Context, command: DeployVirtualMachine) -> ServiceOffering:
    return context.service_offering(command.service_offering_id, context.zone(command.zone_id).id)


def _root_size_bytes(context: Context, command: DeployVirtualMachine, template: Template) -> int:
    """The offering's root size, else the caller's, else the template's (semantics section 9.6)."""
    offering = _service_offering(context, command)
    enforced = context.inventory.get(DiskOffering, offering.disk_offering_id).size_bytes
    if command.root_disk_size is not None and not enforced:
        require_size(context, command.root_disk_size * GIB)
    asked = enforced or (command.root_disk_size or 0) * GIB or template.size_bytes
    if asked < template.size_bytes:
        raise errors.Invalid(
            f"the template needs {template.size_bytes} bytes, the root disk would have {asked}",
            object=f"template/{template.id}",
            hint="ask for a larger rootdisksize",
        )
    return asked


def _data_size_bytes(context: Context, command: DeployVirtualMachine) -> int:
    if command.disk_offering_id is None:
        return 0
    zone_id = context.zone(command.zone_id).id
    offering = context.disk_offering(command.disk_offering_id, zone_id)
    if offering.size_bytes:
        return offering.size_bytes
    if command.size is None:
        raise errors.Invalid(
            "a customized disk offering needs a size",
            object=f"disk_offering/{offering.id}",
            hint="give size in GiB",
        )
    require_custom_size(context, command.size)
    return command.size * GIB


def _template(context: Context, command: DeployVirtualMachine) -> Template:
    return visible(context, command.template_id)


def check(context: Context, command: DeployVirtualMachine) -> None:
    """Refuse what cannot be deployed (semantics section 9.8)."""
    zone = context.zone(command.zone_id)
    require_open_zone(context, zone.id)
    template = _template(context, command)
    require_state(template, TemplateState.DOWNLOADED, doing="deploying", number=530)
    offering = _service_offering(context, command)
    root = context.inventory.get(DiskOffering, offering.disk_offering_id)
    require_local_storage(context, zone.id, root)
    template_source(context, template, zone.id)
    _root_size_bytes(context, command, template)
    if command.disk_offering_id is not None:
        require_size(context, _data_size_bytes(context, command))
    if command.host_id is not None:
        context.inventory.get(Host, command.host_id)


def quota(context: Context, command: DeployVirtualMachine) -> None:
    """The account pays a machine with its processors and memory, and its volumes."""
    data = _data_size_bytes(context, command)
    root = _root_size_bytes(context, command, _template(context, command))
    owner = context.owner(command.account, command.domain_id)
    offering = _service_offering(context, command)
    require_quota(
        context,
        owner,
        vm=1,
        cpu=offering.cpus,
        memory=offering.memory_bytes,
        volume=2 if data else 1,
        primary_storage=root + data,
    )


def claim(context: Context, command: DeployVirtualMachine) -> Claim:
    """Record the machine as Stopped, with its volumes Allocated."""
    owner = context.owner(command.account, command.domain_id)
    template = _template(context, command)
    offering = _service_offering(context, command)
    vm_id = context.new_id()
    name = command.name or command.display_name or f"VM-{vm_id}"
    vm = Vm(
        id=vm_id,
        created_s=context.now_s,
        name=name,
        account_id=owner.id,
        domain_id=owner.domain_id,
        zone_id=context.zone(command.zone_id).id,
        service_offering_id=offering.id,
        template_id=template.id,
        hypervisor=template.hypervisor,
        cpus=offering.cpus,
        memory_bytes=offering.memory_bytes,
    )
    root = _volume(
        context, vm, "ROOT", offering.disk_offering_id, _root_size_bytes(context, command, template)
    )
    effects = [Add(record=vm), Add(record=root)]
    size = _data_size_bytes(context, command)
    if command.disk_offering_id is not None:
        effects.append(Add(record=_volume(context, vm, "DATADISK", command.disk_offering_id, size)))
    return Claim(kind="vm", id=vm_id, effects=tuple(effects), locks=(f"vm/{vm_id}",))


def _volume(context: Context, vm: Vm, kind: str, offering_id: str, size_bytes: int) -> Volume:
    offering = context.get(DiskOffering, offering_id)
    return Volume(
        id=context.new_id(),
        created_s=context.now_s,
        name=f"{'ROOT' if kind == 'ROOT' else 'DATA'}-{vm.name}",
        account_id=vm.account_id,
        domain_id=vm.domain_id,
        zone_id=vm.zone_id,
        type=kind,
        size_bytes=size_bytes,
        disk_offering_id=offering_id,
        vm_id=vm.id,
        device_id=0 if kind == "ROOT" else 1,
        template_id=vm.template_id if kind == "ROOT" else "",
        min_iops=offering.min_iops,
        max_iops=offering.max_iops,
        attached_s=context.now_s,
    )


def plan(context: Context, command: DeployVirtualMachine, vm_id: str) -> Plan:
    """Start it, unless it shall stay a record."""
    if not command.start_vm:
        return Plan(steps=())
    return Plan(steps=start_steps(context, vm_id, command.host_id))


def give_up(context: Context, vm_id: str) -> tuple[Effect, ...]:
    """A machine that could not be deployed is in Error."""
    vm = context.inventory.find(Vm, vm_id)
    if vm is None or vm.state is not VmState.STOPPED:
        return ()
    return (Change(kind="vm", id=vm_id, event="OperationFailedToError"),)
