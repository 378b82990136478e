"""Who may expunge and recover machines, and say where one starts."""

from core.model import errors
from core.model.commands.command import Role
from core.model.ids import is_errand
from core.model.records import Vm
from core.plans.context import Context


def require_may_expunge(context: Context, vm: Vm) -> None:
    """Raise Denied when users may not expunge or recover (allow.user.expunge.recover.vm).

    Who may delete a project may have its machines expunged: what another job does was admitted
    with it.
    """
    if is_errand(context.job_id):
        return
    if context.caller.role is Role.USER and not context.settings.flag(
        "allow.user.expunge.recover.vm", ("account", context.caller.account_id)
    ):
        raise errors.Denied(
            "users may neither expunge nor recover machines here",
            object=f"vm/{vm.id}",
            hint="destroyVirtualMachine without expunge, or ask an administrator",
            number=531,
        )


def require_may_place(context: Context) -> None:
    """Raise Denied (531) unless the caller may say where machines run."""
    if context.caller.role is not Role.ADMIN:
        raise errors.Denied(
            "only a root administrator may say where a machine starts",
            object=f"account/{context.caller.account_id}",
            hint="leave out hostid, podid, clusterid and considerlasthost",
            number=531,
        )


def require_unprotected_vm(vm: Vm) -> None:
    """Raise Conflict when the machine is protected from deletion."""
    if vm.delete_protection:
        raise errors.Conflict(
            "the machine is protected from deletion",
            object=f"vm/{vm.id}",
            hint="updateVirtualMachine deleteprotection=false first",
        )
