"""updateAccount, deleteUser and registerUserKeys."""

from hashlib import sha256

import msgspec

from core.model import errors
from core.model.commands.ownership.account import (
    DeleteUser,
    RegisterUserKeys,
    UpdateAccount,
)
from core.model.records import Account, User
from core.plans.account.create import ROLE_IDS, require_grantable, require_role_id
from core.plans.account.named import (
    account_named,
    require_other,
    require_other_user,
    user_of,
)
from core.plans.context import Context
from core.plans.detail.kept import require_few
from core.plans.step import Claim, Drop, Replace, change


def check_update(context: Context, command: UpdateAccount) -> None:
    """Refuse a name that another account of the domain has, and roles out of reach."""
    account = account_named(context, command)
    for other in context.inventory.having(Account, "domain", account.domain_id):
        if other.name == command.new_name and other.id != account.id:
            raise errors.Invalid(
                f"the domain has an account {command.new_name!r}",
                object=f"account/{other.id}",
                hint="choose another name",
            )
    require_few(command.account_details or {})
    if command.role_id is not None:
        _check_role(context, account, command.role_id)


def _check_role(context: Context, account: Account, role_id: str) -> None:
    require_role_id(role_id, f"account/{account.id}")
    if ROLE_IDS[role_id] is not account.role:
        require_other(context, account, "changing the role of")
        require_grantable(context, ROLE_IDS[role_id], context.inventory.domain(account.domain_id))


def claim_update(context: Context, command: UpdateAccount) -> Claim:
    """Set the fields that are given."""
    account = account_named(context, command)
    given: dict[str, object] = {
        "name": command.new_name,
        "role": None if command.role_id is None else ROLE_IDS[command.role_id],
        "network_domain": command.network_domain,
        "details": command.account_details,
    }
    fields = {field: value for field, value in given.items() if value is not None}
    changed = msgspec.structs.replace(account, rev=account.rev + 1, **fields)
    return Claim(kind="account", id=account.id, effects=(Replace(record=changed),))


def check_delete_user(context: Context, command: DeleteUser) -> None:
    """Refuse the caller, and an account's last user."""
    user = user_of(context, command.id)
    require_other_user(context, user, "removing")
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
