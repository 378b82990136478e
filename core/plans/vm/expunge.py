"""expungeVirtualMachine."""

from core.model.commands.vm import ExpungeVirtualMachine
from core.model.records import Vm, Volume
from core.model.states import VmState
from core.plans.admission import require_no_snapshot_in_progress, require_state
from core.plans.context import Context
from core.plans.step import Claim, Plan
from core.plans.vm.destroy import expunge_steps
from core.plans.vm.permission import require_may_expunge, require_unprotected_vm


def check(context: Context, command: ExpungeVirtualMachine) -> None:
    """Refuse what is not destroyed (semantics section 9.8)."""
    vm = context.get(Vm, command.id)
    require_may_expunge(context, vm)
    require_state(vm, VmState.DESTROYED, VmState.ERROR, doing="expunging")
    require_unprotected_vm(vm)
    for volume in context.inventory.having(Volume, "vm", vm.id):
        require_no_snapshot_in_progress(context, volume, number=530)


def claim(context: Context, command: ExpungeVirtualMachine) -> Claim:
    """Lock the machine and its root disk."""
    vm = context.get(Vm, command.id)
    volumes = context.inventory.having(Volume, "vm", vm.id)
    locks = (f"vm/{vm.id}", *(f"volume/{volume.id}" for volume in volumes))
    return Claim(kind="vm", id=vm.id, locks=locks)


def plan(context: Context, command: ExpungeVirtualMachine, vm_id: str) -> Plan:
    """Remove the root disk and forget the machine."""
    vm = context.inventory.get(Vm, vm_id)
    volumes = list(context.inventory.having(Volume, "vm", vm_id))
    return Plan(steps=tuple(expunge_steps(context, vm, volumes)))
