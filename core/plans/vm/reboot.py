"""rebootVirtualMachine."""

import msgspec

from core.model.commands.vm import RebootVirtualMachine
from core.model.records import Host, ServiceOffering, Vm, Volume
from core.model.states import VmState
from core.plans.admission import require_in_service, require_state
from core.plans.context import Context
from core.plans.disk import plugged
from core.plans.step import Claim, Plan
from core.plans.vm.new_root import replacing, require_replaceable, unchanged
from core.plans.vm.start import starting
from core.plans.vm.stopping import stopping


def _is_volatile(context: Context, vm: Vm) -> bool:
    offering = context.inventory.find(ServiceOffering, vm.service_offering_id)
    return offering is not None and offering.volatile


def check(context: Context, command: RebootVirtualMachine) -> None:
    """Refuse what does not run, or cannot come back (semantics section 9.7)."""
    vm = context.get(Vm, command.id)
    require_state(vm, VmState.RUNNING, doing="rebooting")
    for volume in context.inventory.having(Volume, "vm", vm.id):
        require_in_service(context, volume)
    if _is_volatile(context, vm):
        require_replaceable(context, vm, unchanged(context, vm))


def claim(context: Context, command: RebootVirtualMachine) -> Claim:
    """Lock the machine and its volumes."""
    vm = context.get(Vm, command.id)
    volumes = context.inventory.having(Volume, "vm", vm.id)
    locks = (f"vm/{vm.id}", *(f"volume/{volume.id}" for volume in volumes))
    return Claim(kind="vm", id=vm.id, locks=locks)


def plan(context: Context, command: RebootVirtualMachine, vm_id: str) -> Plan:
    """Stop it and start it on the same host; a volatile machine begins from its template."""
    vm = context.inventory.get(Vm, vm_id)
    if _is_volatile(context, vm):
        wish = unchanged(context, vm)
        return Plan(steps=replacing(context, vm, wish, forced=command.forced))
    host = context.inventory.get(Host, vm.host_id)
    volumes = context.inventory.having(Volume, "vm", vm.id)
    disks = tuple(plugged(volume, volume.device_id, volume.pool_id) for volume in volumes)
    stopped = msgspec.structs.replace(vm, last_host_id=host.id)
    return Plan(
        steps=(stopping(vm, forced=command.forced), starting(context, stopped, host, disks))
    )
