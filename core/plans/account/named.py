"""Accounts and users that a command names by their ids."""

from core.model import errors
from core.model.access import may_use
from core.model.inventory import unknown
from core.model.records import Account, User
from core.plans.context import AsOwned, Context


def account_of(context: Context, account_id: str) -> Account:
    """The account, if the caller may act for it. Raises NotFound."""
    account = context.inventory.get(Account, account_id)
    if not may_use(context.caller, AsOwned(account), context.inventory):
        raise unknown(Account, account_id)
    return account


def user_of(context: Context, user_id: str) -> User:
    """The user, if the caller may act for its account. Raises NotFound."""
    user = context.inventory.get(User, user_id)
    account = context.inventory.get(Account, user.account_id)
    if not may_use(context.caller, AsOwned(account), context.inventory):
        raise unknown(User, user_id)
    return user


def require_other(context: Context, account: Account, doing: str) -> None:
    """Raise Invalid when the account is the caller's own."""
    if account.id == context.caller.account_id:
        raise errors.Invalid(
            f"{doing} your own account is not possible",
            object=f"account/{account.id}",
            hint="let another administrator do it",
        )
