"""Resource limits: what is counted from the records plus what is asked must fit.

Source: semantics section 3.3. Root administrators and the ROOT domain are never limited.
Some tags of offerings have limits of their own (core.plans.limit.limited_tag); a `tag` is one of
those, "" is everything.
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
from core.plans.limit.limited_tag import Tagged, limited_tags, used_under

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


def limit_id(scope: str, scope_id: str, resource: str, tag: str = "") -> str:
    """Id of the record that holds a limit which was set."""
    whole = f"{scope}/{scope_id}/{resource}"
    return f"{whole}/{tag}" if tag else whole


def account_limit(
    inventory: Inventory, settings: Settings, account: Account, resource: str, tag: str = ""
) -> int:
    """The limit of the account in the resource's unit: its own, else the setting's; -1 is none.

    Limits of tags are none unless they are set.
    """
    if account.role is Role.ADMIN:
        return UNLIMITED
    own = inventory.find(ResourceLimit, limit_id("account", account.id, resource, tag))
    if own is not None:
        return own.maximum
    if tag:
        return UNLIMITED
    family = "project" if account.project_id else "account"
    if family == "project" and resource == "project":
        return UNLIMITED
    return settings.whole(f"max.{family}.{RESOURCES[resource].setting}")


def domain_limit(
    inventory: Inventory, settings: Settings, domain: Domain, resource: str, tag: str = ""
) -> int:
    """The limit of the domain: its own, its nearest ancestor's below ROOT, else the setting's."""
    above: Domain | None = domain
    while above is not None and above.parent_id:
        own = inventory.find(ResourceLimit, limit_id("domain", above.id, resource, tag))
        if own is not None:
            return own.maximum
        above = inventory.find(Domain, above.parent_id)
    if tag or not domain.parent_id:
        return UNLIMITED
    return settings.whole(f"max.domain.{RESOURCES[resource].setting}")


def limit_of(context: Context, account: Account, resource: str) -> int:
    """The limit of the account in the resource's unit, as it is in force now; -1 is none."""
    return account_limit(context.inventory, context.settings, account, resource)


def account_used(inventory: Inventory, account_id: str, resource: str, tag: str = "") -> int:
    """What the account uses, in bytes or pieces."""
    total = RESOURCES[resource].total
    if tag:
        return used_under(inventory, account_id, total, resource, tag)
    return inventory.total(f"account.{total}", account_id)


def domain_used(inventory: Inventory, domain_id: str, resource: str, tag: str = "") -> int:
    """What the domain and those below it use, in bytes or pieces."""
    below = inventory.subtree(domain_id)
    if tag:
        accounts = (
            account for each in below for account in inventory.having(Account, "domain", each)
        )
        return sum(account_used(inventory, account.id, resource, tag) for account in accounts)
    name = f"domain.{RESOURCES[resource].total}"
    return sum(inventory.total(name, each) for each in below)


class _Bound(NamedTuple):
    """A limit that there is, and what it limits, in bytes or pieces. family: of its setting."""

    subject: str
    family: str
    limit: int
    used: int


def _bounds(context: Context, account: Account, resource: str, tag: str) -> Iterator[_Bound]:
    """The limit of the account, then those of the domains that it is in."""
    inventory, settings, unit = context.inventory, context.settings, RESOURCES[resource].unit
    limit = account_limit(inventory, settings, account, resource, tag)
    if limit >= 0:
        family = "project" if account.project_id else "account"
        used = account_used(inventory, account.id, resource, tag)
        yield _Bound(f"account/{account.id}", family, limit * unit, used)
    for domain in _domains(inventory, account.domain_id):
        limit = domain_limit(inventory, settings, domain, resource, tag)
        if limit >= 0:
            used = domain_used(inventory, domain.id, resource, tag)
            yield _Bound(f"domain/{domain.id}", "domain", limit * unit, used)


def left_bytes(
    context: Context, account: Account, resource: str, tags: tuple[str, ...] = ()
) -> int | None:
    """How many bytes more the account, and each domain it is in, may have; None is no limit.

    tags: of the offering under which they come.
    """
    if account.role is Role.ADMIN:
        return None
    limited = limited_tags(context.settings, resource)
    left = [
        bound.limit - bound.used
        for tag in ("", *(tag for tag in tags if tag in limited))
        for bound in _bounds(context, account, resource, tag)
    ]
    return max(0, min(left)) if left else None


def require_room_for(context: Context, account: Account, came: object) -> None:
    """Raise QuotaExceeded (535) unless the account may have the image that has come.

    Several that come at a time were each told the same room; the first ones to be whole get it.
    """
    if isinstance(came, ImageInfo):
        size_bytes = came.physical_bytes or came.size_bytes
        require_quota(context, account, secondary_storage=size_bytes)


def require_quota(context: Context, account: Account, *tagged: Tagged, **asked: int) -> None:
    """Raise QuotaExceeded (535) unless the account, and each domain it is in, may have more.

    asked: how much of each resource in all; tagged: how much of that under tags of offerings.
    """
    if account.role is Role.ADMIN:
        return
    sums = {(resource, ""): amount for resource, amount in asked.items()}
    for each in tagged:
        for resource, tag, amount in each.each():
            if tag in limited_tags(context.settings, resource):
                sums[resource, tag] = sums.get((resource, tag), 0) + amount
    for (resource, tag), amount in sums.items():
        if amount > 0:
            _require(context, account, resource, tag, amount)


def _require(context: Context, account: Account, resource: str, tag: str, amount: int) -> None:
    for bound in _bounds(context, account, resource, tag):
        if bound.used + amount > bound.limit:
            raise _exceeded(bound, resource, tag, amount)


def _domains(inventory: Inventory, domain_id: str) -> Iterator[Domain]:
    """The domain and those above it, without ROOT."""
    domain = inventory.find(Domain, domain_id)
    while domain is not None and domain.parent_id:
        yield domain
        domain = inventory.find(Domain, domain.parent_id)


def _exceeded(bound: _Bound, resource: str, tag: str, amount: int) -> errors.QuotaExceeded:
    what = f"{resource} limit under the tag {tag}" if tag else f"{resource} limit"
    setting = f"max.{bound.family}.{RESOURCES[resource].setting}"
    more = f"updateResourceLimit with tag={tag}" if tag else f"updateResourceLimit or {setting}"
    return errors.QuotaExceeded(
        f"{what} of the {bound.family} is {bound.limit}, {bound.used} are used, "
        f"{amount} more are asked",
        object=bound.subject,
        hint=f"delete something, or let {more} admit more",
    )
