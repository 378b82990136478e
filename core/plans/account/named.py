"""Accounts and users that a command names."""

from typing import Protocol

from core.model import errors
from core.model.access import may_use
from core.model.inventory import unknown
from core.model.records import Account, User
from core.plans.context import AsOwned, Context


class NamesAccount(Protocol):
    """A command that names an account by its id, or by its name and domain."""

    @property
    def id(self) -> str | None: ...
    @property
    def account(self) -> str | None: ...
    @property
    def domain_id(self) -> str | None: ...


def account_named(context: Context, command: NamesAccount) -> Account:
    """The account, if the caller may act for it. Raises NotFound, Invalid, Denied."""
    if (command.id is None) == (command.account is None):
        raise errors.Invalid(
            "an account is named by its id, or by account and domainid",
            hint="give id or account, not both",
        )
    if command.id is not None:
        return account_of(context, command.id)
    return account_of(context, context.owner(command.account, command.domain_id).id)


def account_of(context: Context, account_id: str) -> Account:
    """The account, if the caller may act for it. Raises NotFound; Denied where it ranks higher."""
    account = context.inventory.get(Account, account_id)
    if not may_use(context.caller, AsOwned(account), context.inventory):
        raise unknown(Account, account_id)
    _require_rank(context, account)
    return account


def user_of(context: Context, user_id: str) -> User:
    """The user, if the caller may act for its account. Raises NotFound, Denied."""
    user = context.inventory.get(User, user_id)
    account = context.inventory.get(Account, user.account_id)
    if not may_use(context.caller, AsOwned(account), context.inventory):
        raise unknown(User, user_id)
    _require_rank(context, account)
    return user


def _require_rank(context: Context, account: Account) -> None:
    """Who could change a higher account, or read its keys, would have its rights."""
    if account.role > context.caller.role:
        raise errors.Denied(
            "the account has a higher role than you",
            object=f"account/{account.id}",
            hint="ask a root administrator",
        )


def require_other(context: Context, account: Account, doing: str) -> None:
    """Raise Invalid when the account is the caller's own."""
    if account.id == context.caller.account_id:
        raise errors.Invalid(
            f"{doing} your own account is not possible",
            object=f"account/{account.id}",
            hint="let another administrator do it",
        )


def require_other_user(context: Context, user: User, doing: str) -> None:
    """Raise Invalid when the user is the caller."""
    if user.id == context.caller.user_id:
        raise errors.Invalid(
            f"{doing} yourself is not possible",
            object=f"user/{user.id}",
            hint="let another administrator do it",
        )
