"""Who asks, and what they may see: accounts, domains, roles and ownership."""

from typing import Protocol, TypeGuard

import msgspec

from core.model import errors
from core.model.commands.command import Role
from core.model.inventory import Inventory
from core.model.records import Account, DiskOffering, Domain, ServiceOffering, User


class Caller(msgspec.Struct, frozen=True, kw_only=True):
    """An authenticated user, as every command is given one."""

    user_id: str
    account_id: str
    domain_id: str
    role: Role
    username: str


class Owned(Protocol):
    """Anything that belongs to an account."""

    @property
    def account_id(self) -> str: ...
    @property
    def domain_id(self) -> str: ...


def is_owned(record: object) -> TypeGuard[Owned]:
    """Whether the record belongs to an account."""
    return hasattr(record, "account_id") and hasattr(record, "domain_id")


class Domains(Protocol):
    """Where domains, and the members of projects, are looked up."""

    def domain(self, domain_id: str) -> Domain: ...
    def members(self, account_id: str) -> tuple[str, ...]: ...


def may_use(caller: Caller, owned: Owned, domains: Domains) -> bool:
    """Whether `caller` may: root admins all, domain admins in their tree, users their own.

    What belongs to a project belongs to its members.
    """
    if caller.role is Role.ADMIN or owned.account_id == caller.account_id:
        return True
    if caller.account_id in domains.members(owned.account_id):
        return True
    if caller.role is not Role.DOMAIN_ADMIN:
        return False
    return is_below(owned.domain_id, caller.domain_id, domains)


def is_below(domain_id: str, ancestor_id: str, domains: Domains) -> bool:
    """Whether a domain is `ancestor_id` or somewhere below it."""
    while domain_id:
        if domain_id == ancestor_id:
            return True
        domain_id = domains.domain(domain_id).parent_id
    return False


def is_offered(
    caller: Caller,
    offering: DiskOffering | ServiceOffering,
    domains: Domains,
    zone_id: str | None = None,
) -> bool:
    """Whether `caller` may use it: it is active, offered to its domain, and in the zone."""
    if zone_id is not None and offering.zone_ids and zone_id not in offering.zone_ids:
        return False
    if caller.role is Role.ADMIN:
        return True
    return offering.active and (
        not offering.domain_ids
        or any(is_below(caller.domain_id, each, domains) for each in offering.domain_ids)
    )


def require_standing(caller: Caller, inventory: Inventory, doing: str, *, reads: bool) -> None:
    """Raise Denied (531) when user or account is disabled, or is locked and would change things.

    401 when either is gone, or the account has a lower role than when the caller came in.
    """
    account = inventory.find(Account, caller.account_id)
    user = inventory.find(User, caller.user_id)
    if account is None or user is None:
        raise errors.Denied(
            "the user was deleted",
            object=f"user/{caller.user_id}",
            hint="log in as another",
            number=401,
        )
    if account.role < caller.role:
        raise errors.Denied(
            "the role of your account has changed",
            object=f"account/{account.id}",
            hint="log in again",
            number=401,
        )
    found: tuple[tuple[str, Account | User], ...] = (("account", account), ("user", user))
    for kind, each in found:
        if each.state == "enabled" or (each.state == "locked" and reads):
            continue
        raise errors.Denied(
            f"the {kind} is {each.state}: {doing} is not possible",
            object=f"{kind}/{each.id}",
            hint=f"ask an administrator to enable{kind.capitalize()}",
        )


def require_role(caller: Caller, role: Role, command: str) -> None:
    """Raise Denied (401, CloudStack's for a command outside the role) unless it suffices."""
    if caller.role < role:
        raise errors.Denied(
            f"{command} needs the role {role.name.lower()}",
            object=f"user/{caller.user_id}",
            hint="ask an administrator",
            number=401,
        )
