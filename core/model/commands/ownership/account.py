"""Commands about accounts and their users."""

from typing import Annotated, ClassVar

from msgspec import Meta

from core.model.commands.command import (
    Command,
    Id,
    ListCommand,
    Mode,
    Name,
    OwnedListCommand,
    Role,
    Text,
)

AccountType = Annotated[int, Meta(ge=0, le=2, description="0 user, 1 root admin, 2 domain admin")]


class CreateAccount(Command, frozen=True, kw_only=True):
    """Create an account with its first user; registerUserKeys lets that user in."""

    role: ClassVar[Role] = Role.DOMAIN_ADMIN
    returns: ClassVar[str] = "account"

    username: Name
    email: Name
    first_name: Name
    last_name: Name
    password: Annotated[Text, Meta(description="not kept: users come in with keys")] = ""
    account: Name | None = None
    account_type: AccountType = 0
    domain_id: Id | None = None
    timezone: Name | None = None


class UpdateAccount(Command, frozen=True, kw_only=True):
    """Give an account another name."""

    role: ClassVar[Role] = Role.DOMAIN_ADMIN
    returns: ClassVar[str] = "account"

    id: Id
    new_name: Name


class EnableAccount(Command, frozen=True, kw_only=True):
    """Let a locked or disabled account work again."""

    role: ClassVar[Role] = Role.DOMAIN_ADMIN
    returns: ClassVar[str] = "account"

    id: Id


class DisableAccount(Command, frozen=True, kw_only=True):
    """Let an account change nothing (lock=true), or not even look."""

    role: ClassVar[Role] = Role.DOMAIN_ADMIN
    returns: ClassVar[str] = "account"

    id: Id
    lock: bool


class DeleteAccount(Command, frozen=True, kw_only=True):
    """Delete an account with its users and everything that it owns."""

    role: ClassVar[Role] = Role.DOMAIN_ADMIN
    mode: ClassVar[Mode] = Mode.JOB

    id: Id


class ListAccounts(OwnedListCommand, frozen=True, kw_only=True):
    """List accounts, with what they use and may use."""

    returns: ClassVar[str] = "account"

    id: Id | None = None
    name: Name | None = None
    state: Name | None = None
    account_type: AccountType | None = None


class CreateUser(Command, frozen=True, kw_only=True):
    """Add a user to an account."""

    role: ClassVar[Role] = Role.DOMAIN_ADMIN
    returns: ClassVar[str] = "user"

    account: Name
    username: Name
    email: Name
    first_name: Name
    last_name: Name
    password: Annotated[Text, Meta(description="not kept: users come in with keys")] = ""
    domain_id: Id | None = None
    timezone: Name | None = None


class DeleteUser(Command, frozen=True, kw_only=True):
    """Remove a user; the account keeps its things."""

    role: ClassVar[Role] = Role.DOMAIN_ADMIN

    id: Id


class ListUsers(OwnedListCommand, frozen=True, kw_only=True):
    """List users."""

    returns: ClassVar[str] = "user"

    id: Id | None = None
    username: Name | None = None


class RegisterUserKeys(Command, frozen=True, kw_only=True):
    """Draw new keys for a user: those of the signed API, and the token of this one."""

    returns: ClassVar[str] = "userkeys"

    id: Id


class GetUserKeys(Command, frozen=True, kw_only=True):
    """Show the keys of a user; the token is shown only when it is drawn."""

    mode: ClassVar[Mode] = Mode.QUERY
    returns: ClassVar[str] = "userkeys"

    id: Id


class ListRoles(ListCommand, frozen=True, kw_only=True):
    """List the roles that there are."""

    returns: ClassVar[str] = "role"

    id: Id | None = None
    name: Name | None = None
