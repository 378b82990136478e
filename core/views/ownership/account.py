"""Accounts, users and roles as callers see them (semantics section 2.11, clients section 2)."""

from collections.abc import Iterator
from functools import partial

from core.model import errors
from core.model.access import is_below, may_use
from core.model.commands.command import Command, Role
from core.model.commands.ownership.account import (
    GetUser,
    GetUserKeys,
    ListAccounts,
    ListRoles,
    ListUsers,
)
from core.model.inventory import Inventory
from core.model.records import Account, Domain, User, Vm
from core.model.states import VmState
from core.plans.account.create import ROLES
from core.plans.account.named import user_of
from core.plans.context import AsOwned, Context
from core.views.listing import Answer, Query, Views, page_of, paged
from core.views.ownership.usage import asks_usage, usage
from core.views.view import View, date, name_of, owner_of, text

TYPES = {role: number for number, role in ROLES.items()}
API_KEY_ACCESS = "Inherit"
"""Whether an account's users may come in with keys: as everywhere, which is that they may."""
ROLE_NAMES = {Role.USER: "User", Role.DOMAIN_ADMIN: "Domain Admin", Role.ADMIN: "Root Admin"}
ROLE_TYPES = {Role.USER: "User", Role.DOMAIN_ADMIN: "DomainAdmin", Role.ADMIN: "Admin"}


class UserView(View, frozen=True, kw_only=True):
    """CloudStack's user object."""

    id: str
    username: str
    accountid: str
    account: str | None = None
    accounttype: int
    rolename: str
    roletype: str
    state: str
    domainid: str
    domain: str | None = None
    email: str | None = None
    firstname: str | None = None
    lastname: str | None = None
    timezone: str | None = None
    usersource: str
    apikey: str | None = None
    created: str | None = None


class RoleView(View, frozen=True, kw_only=True):
    """CloudStack's role object; the roles are fixed, their ids are CloudStack's accounttypes."""

    id: str
    name: str
    type: str
    isdefault: bool | None = None


def user_view(inventory: Inventory, user: User) -> UserView:
    """The user, without secrets."""
    account = inventory.get(Account, user.account_id)
    return UserView(
        id=user.id,
        username=user.username,
        accountid=account.id,
        account=account.name,
        accounttype=TYPES[account.role],
        rolename=ROLE_NAMES[account.role],
        roletype=ROLE_TYPES[account.role],
        state=user.state,
        domainid=account.domain_id,
        domain=name_of(inventory, Domain, account.domain_id),
        email=text(user.email),
        firstname=text(user.first_name),
        lastname=text(user.last_name),
        timezone=text(user.timezone),
        usersource="native",
        apikey=text(user.api_key),
        created=date(user.created_s),
    )


def account_view(
    inventory: Inventory, account: Account, tag: str | None = None
) -> dict[str, object]:
    """CloudStack's account object, with what it uses and may use, in all and under tags."""
    return {**_brief(inventory, account), **usage(inventory, account, tag)}


def _brief(inventory: Inventory, account: Account) -> dict[str, object]:
    _, domain, path = owner_of(inventory, account.id, account.domain_id)
    users = inventory.having(User, "account", account.id)
    machines = inventory.having(Vm, "account", account.id)
    stopped = sum(vm.state is not VmState.RUNNING for vm in machines)
    return {
        "id": account.id,
        "name": account.name,
        "accounttype": TYPES[account.role],
        "roleid": str(TYPES[account.role]),
        "rolename": ROLE_NAMES[account.role],
        "roletype": ROLE_TYPES[account.role],
        "state": account.state,
        "domainid": account.domain_id,
        "domain": domain,
        "domainpath": path,
        "apikeyaccess": API_KEY_ACCESS,
        "iscleanuprequired": False,
        **_kept(account),
        "created": date(account.created_s),
        "vmrunning": len(machines) - stopped,
        "vmstopped": stopped,
        "user": [user_view(inventory, user) for user in users],
    }


def _kept(account: Account) -> dict[str, object]:
    """What was given when it was made, and means nothing to Forebay."""
    kept = {"networkdomain": account.network_domain, "accountdetails": account.details}
    return {key: value for key, value in kept.items() if value}


def _accounts_seen(context: Context, command: ListAccounts | ListUsers) -> Iterator[Account]:
    """Those that the caller may act for: its own unless more is asked for."""
    wide = command.list_all or command.domain_id is not None or command.id is not None
    for account in context.inventory.all(Account):
        if account.project_id or not _is_in(context, command, account):
            continue
        own = account.id == context.caller.account_id
        administers = context.caller.role is not Role.USER and (wide or command.account)
        if own or (administers and may_use(context.caller, AsOwned(account), context.inventory)):
            yield account


def _is_in(context: Context, command: ListAccounts | ListUsers, account: Account) -> bool:
    if command.account not in (None, account.name):
        return False
    if command.domain_id is None:
        return True
    recursive = command.is_recursive and is_below(
        account.domain_id, command.domain_id, context.inventory
    )
    return account.domain_id == command.domain_id or recursive


def _accounts(context: Context, command: ListAccounts) -> Answer:
    keyword = (command.keyword or "").lower()
    shown = [
        account
        for account in _accounts_seen(context, command)
        if command.id in (None, account.id)
        and command.name in (None, account.name)
        and command.state in (None, account.state)
        and command.account_type in (None, TYPES[account.role])
        and not command.is_cleanup_required
        and (command.api_key_access or API_KEY_ACCESS).lower() == API_KEY_ACCESS.lower()
        and keyword in account.name.lower()
    ]
    first, size = page_of(context, command)
    view = partial(account_view, tag=command.tag) if asks_usage(command.details) else _brief
    page = [view(context.inventory, account) for account in shown[first : first + size]]
    return {"count": len(shown), command.returns: page}


def _users(context: Context, command: ListUsers) -> Answer:
    keyword = (command.keyword or "").lower()
    shown = [
        user_view(context.inventory, user)
        for account in _accounts_seen(context, command)
        for user in context.inventory.having(User, "account", account.id)
        if command.id in (None, user.id)
        and command.username in (None, user.username)
        and command.state in (None, user.state)
        and command.account_type in (None, TYPES[account.role])
        and keyword in user.username.lower()
    ]
    return paged(context, command, shown)


def _by_key(context: Context, command: GetUser) -> Answer:
    """The user. Raises NotFound."""
    for user in context.inventory.having(User, "api_key", command.user_api_key):
        return {"user": user_view(context.inventory, user)}
    raise errors.NotFound("no user has this API key", hint="listUsers shows the keys of users")


def _keys(context: Context, command: GetUserKeys) -> Answer:
    user = user_of(context, command.id)
    return {"userkeys": {"apikey": user.api_key, "secretkey": user.secret_key}}


def _roles(context: Context, command: ListRoles) -> Answer:
    shown = [
        RoleView(id=str(TYPES[role]), name=ROLE_NAMES[role], type=ROLE_TYPES[role], isdefault=True)
        for role in Role
        if command.id in (None, str(TYPES[role])) and command.name in (None, ROLE_NAMES[role])
    ]
    return paged(context, command, shown)


QUERIES: dict[type[Command], Query] = {
    ListAccounts: _accounts,
    ListUsers: _users,
    GetUser: _by_key,
    GetUserKeys: _keys,
    ListRoles: _roles,
}
VIEWS: Views = {Account: ("account", account_view), User: ("user", user_view)}
