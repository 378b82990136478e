"""Accounts and users are enabled, locked (they only look) or disabled (not even that)."""

from core.model import errors
from core.model.commands.ownership.account import (
    DisableAccount,
    DisableUser,
    EnableAccount,
    EnableUser,
    LockAccount,
    LockUser,
)
from core.model.commands.vm import StopVirtualMachine
from core.model.records import Account, Vm
from core.model.states import VmState
from core.plans.account.named import (
    account_named,
    account_of,
    require_other,
    require_other_user,
    user_of,
)
from core.plans.context import Context
from core.plans.operation import CancelJobs, RunJobs, errand
from core.plans.step import Claim, Plan, Step, change

ENABLED, LOCKED, DISABLED = "enabled", "locked", "disabled"


def check_enable(context: Context, command: EnableAccount) -> None:
    """Refuse accounts that the caller may not act for."""
    account_named(context, command)


def claim_enable(context: Context, command: EnableAccount) -> Claim:
    """Let it work again."""
    account = account_named(context, command)
    return Claim(kind="account", id=account.id, effects=(change(account, state=ENABLED),))


def _to_lock(context: Context, command: LockAccount) -> Account:
    return account_of(context, context.owner(command.account, command.domain_id).id)


def check_lock(context: Context, command: LockAccount) -> None:
    """Refuse the caller's own account, and one that is disabled."""
    account = _to_lock(context, command)
    require_other(context, account, "locking")
    if account.state == DISABLED:
        raise errors.Conflict(
            "the account is disabled, which is more than locked",
            object=f"account/{account.id}",
            hint="enableAccount first",
            number=431,
        )


def claim_lock(context: Context, command: LockAccount) -> Claim:
    """Let it only look."""
    account = _to_lock(context, command)
    return Claim(kind="account", id=account.id, effects=(change(account, state=LOCKED),))


def check_disable(context: Context, command: DisableAccount) -> None:
    """Refuse the caller's own account."""
    require_other(context, account_named(context, command), "locking or disabling")


def claim_disable(context: Context, command: DisableAccount) -> Claim:
    """Lock the account's record; its state changes first in the plan."""
    account = account_named(context, command)
    return Claim(kind="account", id=account.id, locks=(f"account/{account.id}",))


def plan_disable(context: Context, command: DisableAccount, account_id: str) -> Plan:
    """From the first step on it may not work; disabled, its machines stop side by side."""
    account = context.inventory.get(Account, account_id)
    state = LOCKED if command.lock else DISABLED
    closing = Step(
        name=f"the account is {state}",
        begin=(change(account, state=state),),
        revert=(change(account, state=account.state),),
    )
    machines = context.inventory.having(Vm, "account", account.id)
    running = [vm for vm in machines if vm.state is VmState.RUNNING]
    if command.lock or not running:
        return Plan(steps=(closing,))
    stopping = Step(
        name=f"stop {len(running)} machines",
        actor="jobs",
        do=RunJobs(errands=tuple(errand(StopVirtualMachine(id=vm.id)) for vm in running)),
        undo=CancelJobs(count=len(running)),
    )
    return Plan(steps=(closing, stopping))


def check_user(context: Context, command: EnableUser) -> None:
    """Refuse users that the caller may not act for."""
    user_of(context, command.id)


def check_other_user(context: Context, command: LockUser | DisableUser) -> None:
    """Refuse the caller."""
    require_other_user(context, user_of(context, command.id), "locking or disabling")


def claim_enable_user(context: Context, command: EnableUser) -> Claim:
    """Let the user work again."""
    return _with_state(context, command.id, ENABLED)


def claim_lock_user(context: Context, command: LockUser) -> Claim:
    """Let the user only look."""
    return _with_state(context, command.id, LOCKED)


def claim_disable_user(context: Context, command: DisableUser) -> Claim:
    """Let the user not even look."""
    return _with_state(context, command.id, DISABLED)


def _with_state(context: Context, user_id: str, state: str) -> Claim:
    user = user_of(context, user_id)
    return Claim(kind="user", id=user.id, effects=(change(user, state=state),))


def plan_disable_user(context: Context, command: DisableUser, user_id: str) -> Plan:
    """Nothing more is to be done."""
    return Plan(steps=())
