"""Who asks, and what they may see: accounts, domains, roles and ownership."""

from typing import Protocol, TypeGuard

import msgspec

from core.model import errors
from core.model.commands.command import Role
from core.model.records import Domain


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
    """Where domains are looked up."""

    def domain(self, domain_id: str) -> Domain: ...


def may_use(caller: Caller, owned: Owned, domains: Domains) -> bool:
    """Whether `caller` may: root admins all, domain admins in their tree, users their own."""
    if caller.role is Role.ADMIN or owned.account_id == caller.account_id:
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


def require_role(caller: Caller, role: Role, command: str) -> None:
    """Raise Denied (401, CloudStack's for a command outside the role) unless it suffices."""
    if caller.role < role:
        raise errors.Denied(
            f"{command} needs the role {role.name.lower()}",
            object=f"user/{caller.user_id}",
            hint="ask an administrator",
            number=401,
        )
