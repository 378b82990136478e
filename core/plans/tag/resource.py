"""Things that can have tags or details, under the names that CloudStack has for their types."""

from typing import NamedTuple

from core.model import errors
from core.model.access import is_owned
from core.model.commands.command import Role
from core.model.inventory import unknown
from core.model.records import (
    Account,
    DiskOffering,
    Pool,
    Project,
    Record,
    ServiceOffering,
    Snapshot,
    SnapshotPolicy,
    Template,
    User,
    Vm,
    VmSnapshot,
    Volume,
    Zone,
)
from core.plans.account.named import account_of, user_of
from core.plans.context import Context
from core.plans.template.access import is_iso, visible


class ResourceType(NamedTuple):
    """CloudStack's name of a kind of thing, and whether such things may have tags, and details."""

    name: str
    kind: type[Record]
    tagged: bool
    detailed: bool


ISO = ResourceType("ISO", Template, tagged=True, detailed=False)
RESOURCE_TYPES = (
    ResourceType("UserVm", Vm, tagged=True, detailed=True),
    ResourceType("Volume", Volume, tagged=True, detailed=True),
    ResourceType("Template", Template, tagged=True, detailed=True),
    ISO,
    ResourceType("Snapshot", Snapshot, tagged=True, detailed=False),
    ResourceType("SnapshotPolicy", SnapshotPolicy, tagged=True, detailed=True),
    ResourceType("VMSnapshot", VmSnapshot, tagged=True, detailed=False),
    ResourceType("Project", Project, tagged=True, detailed=False),
    ResourceType("Account", Account, tagged=True, detailed=False),
    ResourceType("User", User, tagged=True, detailed=True),
    ResourceType("Zone", Zone, tagged=False, detailed=True),
    ResourceType("Storage", Pool, tagged=False, detailed=True),
    ResourceType("DiskOffering", DiskOffering, tagged=False, detailed=True),
    ResourceType("ServiceOffering", ServiceOffering, tagged=False, detailed=True),
)


def tagged_type(name: str) -> ResourceType:
    """The type of that name, in any case. Raises Invalid when its things have no tags."""
    return _named(name, [each for each in RESOURCE_TYPES if each.tagged], "tags")


def detailed_type(name: str) -> ResourceType:
    """The type of that name, in any case. Raises Invalid when its things have no details."""
    return _named(name, [each for each in RESOURCE_TYPES if each.detailed], "details")


def _named(name: str, among: list[ResourceType], what: str) -> ResourceType:
    for each in among:
        if each.name.lower() == name.lower():
            return each
    names = ", ".join(each.name for each in among)
    raise errors.Invalid(f"things of type {name!r} have no {what}", hint=f"one of {names}")


def type_of(record: Record) -> ResourceType:
    """What CloudStack calls a thing that can have tags or details."""
    if isinstance(record, Template) and is_iso(record):
        return ISO
    return next(each for each in RESOURCE_TYPES if each.kind is type(record))


def find_thing(context: Context, type: ResourceType, thing_id: str) -> Record:
    """The thing, if the caller sees it. Raises NotFound; Denied for higher accounts and users."""
    if type.kind is Account:
        return account_of(context, thing_id)
    if type.kind is User:
        return user_of(context, thing_id)
    if type.kind is Template:
        return visible(context, thing_id, iso=type is ISO)
    if type.kind is DiskOffering:
        return context.disk_offering(thing_id)
    if type.kind is ServiceOffering:
        return context.service_offering(thing_id)
    if type.kind is Pool and context.caller.role is not Role.ADMIN:
        raise unknown(Pool, thing_id)
    return context.get(type.kind, thing_id)


class Owner(NamedTuple):
    """The account that a thing belongs to, and that account's domain."""

    account_id: str
    domain_id: str


def owner_of(context: Context, thing: Record) -> Owner | None:
    """Whose the thing is; None when it belongs to the site. An account belongs to itself."""
    if is_owned(thing):
        return Owner(thing.account_id, thing.domain_id)
    if isinstance(thing, User):
        thing = context.inventory.get(Account, thing.account_id)
    return Owner(thing.id, thing.domain_id) if isinstance(thing, Account) else None
