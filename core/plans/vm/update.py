"""updateVirtualMachine."""

from core.model.commands.vm import UpdateVirtualMachine
from core.model.records import Vm
from core.plans.context import Context
from core.plans.step import Claim, Scalar, change


def check(context: Context, command: UpdateVirtualMachine) -> None:
    """Refuse foreign machines."""
    context.get(Vm, command.id)


def claim(context: Context, command: UpdateVirtualMachine) -> Claim:
    """Set the fields that are given."""
    vm = context.get(Vm, command.id)
    given: dict[str, Scalar] = {
        "name": command.name,
        "display_name": command.display_name,
        "group": command.group,
        "display": command.display_vm,
    }
    fields = {field: value for field, value in given.items() if value is not None}
    effects = (change(vm, **fields),) if fields else ()
    return Claim(kind="vm", id=vm.id, effects=effects)
