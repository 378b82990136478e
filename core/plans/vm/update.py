"""updateVirtualMachine."""

from collections.abc import Mapping

import msgspec

from core.model import errors
from core.model.commands.command import Role
from core.model.commands.vm import UpdateVirtualMachine
from core.model.records import Vm
from core.plans.context import Context
from core.plans.detail.kept import replaced
from core.plans.step import Claim, Replace
from core.plans.vm.guest import require_user_data
from core.plans.vm.scaling.growth import why_not_meant


def check(context: Context, command: UpdateVirtualMachine) -> None:
    """Refuse foreign machines, users who would hide one, and growth that cannot be."""
    vm = context.get(Vm, command.id)
    if command.display_vm is not None and context.caller.role is not Role.ADMIN:
        raise errors.Denied(
            "only a root administrator may give displayvm",
            object=f"vm/{vm.id}",
            hint="leave it out",
            number=531,
        )
    require_user_data(context, command.user_data)
    reason = why_not_meant(context, vm) if command.is_dynamically_scalable else ""
    if reason:
        raise errors.Invalid(
            f"the machine cannot be dynamically scalable: {reason}",
            object=f"vm/{vm.id}",
            hint="leave isdynamicallyscalable out, or change what keeps it from that",
        )


def claim(context: Context, command: UpdateVirtualMachine) -> Claim:
    """Set the fields that are given."""
    vm = context.get(Vm, command.id)
    asked: dict[str, object] = {
        "name": command.name,
        "display_name": command.display_name,
        "group": command.group,
        "display": command.display_vm,
        "delete_protection": command.delete_protection,
        "dynamic_scaling": command.is_dynamically_scalable,
        "user_data": command.user_data,
        "details": _details(vm, command),
    }
    given = {field: value for field, value in asked.items() if value is not None}
    updated = msgspec.structs.replace(vm, rev=vm.rev + 1, **given)
    return Claim(kind="vm", id=vm.id, effects=(Replace(record=updated),) if given else ())


def _details(vm: Vm, command: UpdateVirtualMachine) -> Mapping[str, str] | None:
    if command.cleanup_details:
        return replaced(vm, {})
    return None if command.details is None else replaced(vm, command.details)
