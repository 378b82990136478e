"""Resource limits: what is counted from the records plus what is asked must fit.

Source: semantics section 3.3. Root administrators and the ROOT domain are never limited.
"""

from collections.abc import Iterator
from typing import NamedTuple

from core.driver_words import ImageInfo
from core.model import errors
from core.model.commands.command import Role
from core.model.inventory import Inventory
from core.model.records import Account, Domain, ResourceLimit
from core.model.settings import Settings
from core.plans.context import GIB, Context

MIB = 1 << 20
UNLIMITED = -1


class Resource(NamedTuple):
    """One kind of thing that is limited.

    number: CloudStack's. setting: the end of its settings' names. unit: what one of a limit is.
    total: its sum in the inventory.
    """

    number: int
    type_name: str
    setting: str
    unit: int
    total: str


RESOURCES: dict[str, Resource] = {
    "vm": Resource(0, "user_vm", "user.vms", 1, "vms"),
    "volume": Resource(2, "volume", "volumes", 1, "volumes"),
    "snapshot": Resource(3, "snapshot", "snapshots", 1, "snapshots"),
    "template": Resource(4, "template", "templates", 1, "templates"),
    "project": Resource(5, "project", "projects", 1, "projects"),
    "cpu": Resource(8, "cpu", "cpus", 1, "cpus"),
    "memory": Resource(9, "memory", "memory", MIB, "memory_bytes"),
    "primary_storage": Resource(10, "primary_storage", "primary.storage", GIB, "primary_bytes"),
    "secondary_storage": Resource(
        11, "secondary_storage", "secondary.storage", GIB, "secondary_bytes"
    ),
}


def limit_id(scope: str, scope_id: str, resource: str) -> str:
    """Id of the record that holds a limit which was set."""
    return f"{scope}/{scope_id}/{resource}"


def account_limit(inventory: Inventory, settings: Settings, account: Account, resource: str) -> int:
    """The limit of the account in the resource's unit: its own, else the setting's; -1 is none."""
    if account.role is Role.ADMIN:
        return UNLIMITED
    own = inventory.find(ResourceLimit, limit_id("account", account.id, resource))
    if own is not None:
        return own.maximum
    family = "project" if account.project_id else "account"
    if family == "project" and resource == "project":
        return UNLIMITED
    return settings.whole(f"max.{family}.{RESOURCES[resource].setting}")


def domain_limit(inventory: Inventory, settings: Settings, domain: Domain, resource: str) -> int:
    """The limit of the domain: its own, its nearest ancestor's below ROOT, else the setting's."""
    above: Domain | None = domain
    while above is not None and above.parent_id:
        own = inventory.find(ResourceLimit, limit_id("domain", above.id, resource))
        if own is not None:
            return own.maximum
        above = inventory.find(Domain, above.parent_id)
    if not domain.parent_id:
        return UNLIMITED
    return settings.whole(f"max.domain.{RESOURCES[resource].setting}")


def limit_of(context: Context, account: Account, resource: str) -> int:
    """The limit of the account in the resource's unit, as it is in force now; -1 is none."""
    return account_limit(context.inventory, context.settings, account, resource)


def account_used(inventory: Inventory, account_id: str, resource: str) -> int:
    """What the account uses, in bytes or pieces."""
    return inventory.total(f"account.{RESOURCES[resource].total}", account_id)


def domain_used(inventory: Inventory, domain_id: str, resource: str) -> int:
    """What the domain and those below it use, in bytes or pieces."""
    name = f"domain.{RESOURCES[resource].total}"
    return sum(inventory.total(name, below) for below in inventory.subtree(domain_id))


def left_bytes(context: Context, account: Account, resource: str) -> int | None:
    """How many bytes more the account, and each domain it is in, may have; None is no limit."""
    if account.role is Role.ADMIN:
        return None
    inventory, settings, unit = context.inventory, context.settings, RESOURCES[resource].unit
    rooms = [
        (account_limit(inventory, settings, account, resource), account_used, account.id),
        *(
            (domain_limit(inventory, settings, domain, resource), domain_used, domain.id)
            for domain in _domains(inventory, account.domain_id)
        ),
    ]
    left = [
        limit * unit - used(inventory, subject, resource)
        for limit, used, subject in rooms
        if limit >= 0
    ]
    return max(0, min(left)) if left else None


def require_room_for(context: Context, account: Account, came: object) -> None:
    """Raise QuotaExceeded (535) unless the account may have the image that has come.

    Several that come at a time were each told the same room; the first ones to be whole get it.
    """
    if isinstance(came, ImageInfo):
        size_bytes = came.physical_bytes or came.size_bytes
        require_quota(context, account, secondary_storage=size_bytes)


def require_quota(context: Context, account: Account, **asked: int) -> None:
    """Raise QuotaExceeded (535) unless the account, and each domain it is in, may have more."""
    if account.role is Role.ADMIN:
        return
    for resource, amount in asked.items():
        if amount > 0:
            _require(context, account, resource, amount)


def _require(context: Context, account: Account, resource: str, amount: int) -> None:
    inventory, settings, row = context.inventory, context.settings, RESOURCES[resource]
    limit = account_limit(inventory, settings, account, resource) * row.unit
    used = account_used(inventory, account.id, resource)
    if limit >= 0 and used + amount > limit:
        family = "project" if account.project_id else "account"
        raise _exceeded(f"account/{account.id}", family, resource, limit, used, amount)
    for domain in _domains(inventory, account.domain_id):
        limit = domain_limit(inventory, settings, domain, resource) * row.unit
        if limit < 0:
            continue
        used = domain_used(inventory, domain.id, resource)
        if used + amount > limit:
            raise _exceeded(f"domain/{domain.id}", "domain", resource, limit, used, amount)


def _domains(inventory: Inventory, domain_id: str) -> Iterator[Domain]:
    """The domain and those above it, without ROOT."""
    domain = inventory.find(Domain, domain_id)
    while domain is not None and domain.parent_id:
        yield domain
        domain = inventory.find(Domain, domain.parent_id)


def _exceeded(
    subject: str, family: str, resource: str, limit: int, used: int, amount: int
) -> errors.QuotaExceeded:
    return errors.QuotaExceeded(
        f"{resource} limit of the {family} is {limit}, {used} are used, {amount} more are asked",
        object=subject,
        hint=f"delete something, or let updateResourceLimit or "
        f"max.{family}.{RESOURCES[resource].setting} admit more",
    )
