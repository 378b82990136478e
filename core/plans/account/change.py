"""updateAccount, deleteUser and registerUserKeys."""

from hashlib import sha256

from core.model import errors
from core.model.commands.ownership.account import (
    DeleteUser,
    RegisterUserKeys,
    UpdateAccount,
)
from core.model.records import Account, User
from core.plans.account.create import ROLES, require_grantable
from core.plans.account.named import (
    account_named,
    require_other,
    require_other_user,
    user_of,
)
from core.plans.context import Context
from core.plans.step import Claim, Drop, change

# listRoles gives the roles CloudStack's accounttypes as ids
ROLE_IDS = {str(number): role for number, role in ROLES.items()}


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
    if command.role_id is not None:
        _check_role(context, account, command.role_id)


def _check_role(context: Context, account: Account, role_id: str) -> None:
    if role_id not in ROLE_IDS:
        raise errors.Invalid(
            f"no role has the id {role_id!r}",
            object=f"account/{account.id}",
            hint="listRoles names the roles",
        )
    if ROLE_IDS[role_id] is not account.role:
        require_other(context, account, "changing the role of")
        require_grantable(context, ROLE_IDS[role_id], context.inventory.domain(account.domain_id))


def claim_update(context: Context, command: UpdateAccount) -> Claim:
    """Give it the name and the role."""
    account = account_named(context, command)
    role = account.role if command.role_id is None else ROLE_IDS[command.role_id]
    changed = change(account, name=command.new_name or account.name, role=role)
    return Claim(kind="account", id=account.id, effects=(changed,))


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
