"""updateAccount, enableAccount, disableAccount, deleteUser and registerUserKeys."""

from hashlib import sha256

from core.model import errors
from core.model.commands.ownership.account import (
    DeleteUser,
    DisableAccount,
    EnableAccount,
    RegisterUserKeys,
    UpdateAccount,
)
from core.model.records import Account, User
from core.plans.account.named import account_of, require_other, user_of
from core.plans.context import Context
from core.plans.step import Claim, Drop, change


def check_update(context: Context, command: UpdateAccount) -> None:
    """Refuse a name that another account of the domain has."""
    account = account_of(context, command.id)
    for other in context.inventory.having(Account, "domain", account.domain_id):
        if other.name == command.new_name and other.id != account.id:
            raise errors.Invalid(
                f"the domain has an account {command.new_name!r}",
                object=f"account/{other.id}",
                hint="choose another name",
            )


def claim_update(context: Context, command: UpdateAccount) -> Claim:
    """Give it the name."""
    account = account_of(context, command.id)
    renamed = change(account, name=command.new_name)
    return Claim(kind="account", id=account.id, effects=(renamed,))


def check_enable(context: Context, command: EnableAccount) -> None:
    """Refuse accounts that the caller may not act for."""
    account_of(context, command.id)


def claim_enable(context: Context, command: EnableAccount) -> Claim:
    """Let it work again."""
    account = account_of(context, command.id)
    return Claim(kind="account", id=account.id, effects=(change(account, state="enabled"),))


def check_disable(context: Context, command: DisableAccount) -> None:
    """Refuse the caller's own account."""
    require_other(context, account_of(context, command.id), "locking or disabling")


def claim_disable(context: Context, command: DisableAccount) -> Claim:
    """Let it change nothing, or not even look."""
    account = account_of(context, command.id)
    state = "locked" if command.lock else "disabled"
    return Claim(kind="account", id=account.id, effects=(change(account, state=state),))


def check_delete_user(context: Context, command: DeleteUser) -> None:
    """Refuse the caller, and an account's last user."""
    user = user_of(context, command.id)
    if user.id == context.caller.user_id:
        raise errors.Invalid(
            "you cannot remove yourself",
            object=f"user/{user.id}",
            hint="let another administrator do it",
        )
    if len(context.inventory.having(User, "account", user.account_id)) == 1:
        raise errors.Invalid(
            "it is the account's last user",
            object=f"user/{user.id}",
            hint="deleteAccount removes it with the account",
        )


def claim_delete_user(context: Context, command: DeleteUser) -> Claim:
    """Forget the user."""
    user = user_of(context, command.id)
    return Claim(kind="user", id=user.id, effects=(Drop(kind="user", id=user.id),))


def check_keys(context: Context, command: RegisterUserKeys) -> None:
    """Refuse users that the caller may not act for."""
    user_of(context, command.id)


def claim_keys(context: Context, command: RegisterUserKeys) -> Claim:
    """Draw new keys; the old ones are void at once. The token itself is not kept."""
    user = user_of(context, command.id)
    secrets = {
        "token": context.new_secret(),
        "apikey": context.new_secret(),
        "secretkey": context.new_secret(),
    }
    drawn = change(
        user,
        token_sha256=sha256(secrets["token"].encode()).hexdigest(),
        api_key=secrets["apikey"],
        secret_key=secrets["secretkey"],
    )
    return Claim(kind="user", id=user.id, effects=(drawn,), answer={"userkeys": secrets})


def user_gone(context: Context, account: Account) -> tuple[Drop, ...]:
    """All users of an account go."""
    users = context.inventory.having(User, "account", account.id)
    return tuple(Drop(kind="user", id=user.id) for user in users)
