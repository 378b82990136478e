"""updateUser."""

from core.model import errors
from core.model.commands.ownership.account import UpdateUser
from core.model.records import Account, User
from core.plans.account.create import require_new_username
from core.plans.account.named import user_of
from core.plans.context import Context
from core.plans.step import Claim, change


def check(context: Context, command: UpdateUser) -> None:
    """Refuse a name or an API key that another user has, and one key without the other."""
    user = user_of(context, command.id)
    if command.username not in (None, user.username):
        assert command.username is not None
        domain_id = context.inventory.get(Account, user.account_id).domain_id
        require_new_username(context, command.username, domain_id)
    if (command.user_api_key is None) != (command.user_secret_key is None):
        raise errors.Invalid(
            "userapikey and usersecretkey belong together",
            object=f"user/{user.id}",
            hint="give both or none; registerUserKeys draws them",
        )
    if command.user_api_key is not None:
        _require_new_key(context, user, command.user_api_key)


def _require_new_key(context: Context, user: User, api_key: str) -> None:
    if any(other.id != user.id for other in context.inventory.having(User, "api_key", api_key)):
        raise errors.Invalid(
            "another user has this API key",
            object=f"user/{user.id}",
            hint="registerUserKeys draws one that nobody has",
        )


def claim(context: Context, command: UpdateUser) -> Claim:
    """Change what is given."""
    user = user_of(context, command.id)
    changed = change(
        user,
        username=command.username or user.username,
        email=command.email or user.email,
        first_name=command.first_name or user.first_name,
        last_name=command.last_name or user.last_name,
        timezone=command.timezone or user.timezone,
        api_key=command.user_api_key or user.api_key,
        secret_key=command.user_secret_key or user.secret_key,
    )
    return Claim(kind="user", id=user.id, effects=(changed,))
