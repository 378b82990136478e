"""Commands about accounts and their users."""

from collections.abc import Mapping
from typing import Annotated, ClassVar, Literal

from msgspec import Meta

from core.model.commands.command import (
    Command,
    Id,
    ListCommand,
    Mode,
    Name,
    NetworkDomain,
    OwnedListCommand,
    Role,
    ShowIcon,
    TagShown,
    Text,
)

AccountType = Annotated[int, Meta(ge=0, le=2, description="0 user, 1 root admin, 2 domain admin")]
RoleId = Annotated[Id, Meta(description="of listRoles")]
Key = Annotated[str, Meta(min_length=16, max_length=255)]


class CreateAccount(Command, frozen=True, kw_only=True):
    """Create an account with its first user; registerUserKeys lets that user in.

    roleid: takes the place of accounttype. accountid, userid: the ids that the two shall have.
    """

    role: ClassVar[Role] = Role.DOMAIN_ADMIN
    returns: ClassVar[str] = "account"

    username: Name
    email: Name
    first_name: Name
    last_name: Name
    password: Annotated[Text, Meta(description="not kept: users come in with keys")] = ""
    account: Name | None = None
    account_type: AccountType = 0
    role_id: RoleId | None = None
    domain_id: Id | None = None
    timezone: Name | None = None
    network_domain: NetworkDomain | None = None
    account_details: Mapping[Name, Text] | None = None
    account_id: Id | None = None
    user_id: Id | None = None


class UpdateAccount(Command, frozen=True, kw_only=True):
    """Change an account, named by id or by account and domain; only what is given changes.

    accountdetails take the place of those that it has.
    """

    role: ClassVar[Role] = Role.DOMAIN_ADMIN
    returns: ClassVar[str] = "account"

    id: Id | None = None
    account: Name | None = None
    domain_id: Id | None = None
    new_name: Name | None = None
    role_id: RoleId | None = None
    network_domain: NetworkDomain | None = None
    account_details: Mapping[Name, Text] | None = None


class EnableAccount(Command, frozen=True, kw_only=True):
    """Let a locked or disabled account work again; its machines stay as they are."""

    role: ClassVar[Role] = Role.DOMAIN_ADMIN
    returns: ClassVar[str] = "account"

    id: Id | None = None
    account: Name | None = None
    domain_id: Id | None = None


class DisableAccount(Command, frozen=True, kw_only=True):
    """Let an account change nothing (lock=true), or not even look; then its machines stop."""

    role: ClassVar[Role] = Role.DOMAIN_ADMIN
    mode: ClassVar[Mode] = Mode.JOB
    returns: ClassVar[str] = "account"

    lock: bool
    id: Id | None = None
    account: Name | None = None
    domain_id: Id | None = None


class LockAccount(Command, frozen=True, kw_only=True):
    """Let an account look, and change nothing; its machines go on."""

    role: ClassVar[Role] = Role.DOMAIN_ADMIN
    returns: ClassVar[str] = "account"

    account: Name
    domain_id: Id


class DeleteAccount(Command, frozen=True, kw_only=True):
    """Delete an account with its users and everything that it owns."""

    role: ClassVar[Role] = Role.DOMAIN_ADMIN
    mode: ClassVar[Mode] = Mode.JOB

    id: Id


class ListAccounts(OwnedListCommand, frozen=True, kw_only=True):
    """List accounts, with what they use and may use."""

    returns: ClassVar[str] = "account"

    id: Id | None = None
    details: tuple[Literal["all", "resource", "min"], ...] = ()
    name: Name | None = None
    state: Name | None = None
    account_type: AccountType | None = None
    is_cleanup_required: bool | None = None
    api_key_access: Name | None = None
    show_icon: ShowIcon = False
    tag: TagShown | None = None


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


class UpdateUser(Command, frozen=True, kw_only=True):
    """Change what is known of a user; keys are given both or none."""

    returns: ClassVar[str] = "user"

    id: Id
    username: Name | None = None
    email: Name | None = None
    first_name: Name | None = None
    last_name: Name | None = None
    timezone: Name | None = None
    user_api_key: Key | None = None
    user_secret_key: Key | None = None


class EnableUser(Command, frozen=True, kw_only=True):
    """Let a locked or disabled user work again."""

    role: ClassVar[Role] = Role.DOMAIN_ADMIN
    returns: ClassVar[str] = "user"

    id: Id


class LockUser(Command, frozen=True, kw_only=True):
    """Let a user look, and change nothing; the account's other users go on."""

    role: ClassVar[Role] = Role.DOMAIN_ADMIN
    returns: ClassVar[str] = "user"

    id: Id


class DisableUser(Command, frozen=True, kw_only=True):
    """Let a user not even look; the account's other users go on."""

    role: ClassVar[Role] = Role.DOMAIN_ADMIN
    mode: ClassVar[Mode] = Mode.JOB
    returns: ClassVar[str] = "user"

    id: Id


class GetUser(Command, frozen=True, kw_only=True):
    """Show the user who has an API key."""

    role: ClassVar[Role] = Role.ADMIN
    mode: ClassVar[Mode] = Mode.QUERY
    returns: ClassVar[str] = "user"

    user_api_key: Key


class DeleteUser(Command, frozen=True, kw_only=True):
    """Remove a user; the account keeps its things."""

    role: ClassVar[Role] = Role.DOMAIN_ADMIN

    id: Id


class ListUsers(OwnedListCommand, frozen=True, kw_only=True):
    """List users."""

    returns: ClassVar[str] = "user"

    id: Id | None = None
    username: Name | None = None
    state: Name | None = None
    account_type: AccountType | None = None


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
