"""stopVirtualMachine."""

from core.model.commands.vm import StopVirtualMachine
from core.model.records import Vm
from core.model.states import VmState
from core.plans.admission import require_state
from core.plans.context import Context
from core.plans.step import Claim, Plan
from core.plans.vm.stopping import stopping


def check(context: Context, command: StopVirtualMachine) -> None:
    """Refuse what cannot be stopped; a stopped machine is."""
    vm = context.get(Vm, command.id)
    require_state(vm, VmState.RUNNING, VmState.STOPPED, doing="stopping")


def claim(context: Context, command: StopVirtualMachine) -> Claim:
    """Lock the machine."""
    return Claim(kind="vm", id=context.get(Vm, command.id).id, locks=(f"vm/{command.id}",))


def plan(context: Context, command: StopVirtualMachine, vm_id: str) -> Plan:
    """Stop it where it runs."""
    vm = context.inventory.get(Vm, vm_id)
    if vm.state is VmState.STOPPED:
        return Plan(steps=())
    return Plan(steps=(stopping(vm, forced=command.forced),))
