"""What accounts, projects and domains use and may use, as callers see it."""

from collections.abc import Iterable, Iterator, Sequence

from core.model.commands.command import Command
from core.model.commands.ownership.limit import ListResourceLimits, UpdateResourceCount
from core.model.inventory import Inventory
from core.model.records import Account, Domain, Project, ResourceLimit
from core.model.settings import Settings
from core.plans.context import Context
from core.plans.domain.create import domain_of
from core.plans.limit.limited_tag import limited_tags
from core.plans.limit.update import resource_named
from core.plans.quota import (
    RESOURCES,
    account_limit,
    account_used,
    domain_limit,
    domain_used,
)
from core.views.listing import Answer, Query, paged
from core.views.view import View, name_of, text

UNLIMITED = "Unlimited"
# resource: CloudStack's name of it in keys like "volumelimit"
_KEYS = {
    "vm": "vm",
    "volume": "volume",
    "snapshot": "snapshot",
    "template": "template",
    "project": "project",
    "cpu": "cpu",
    "memory": "memory",
    "primary_storage": "primarystorage",
    "secondary_storage": "secondarystorage",
}


class ResourceLimitView(View, frozen=True, kw_only=True):
    """CloudStack's resourcelimit object; storage counts in GiB, -1 is no limit."""

    resourcetype: str
    resourcetypename: str
    max: int
    tag: str | None = None
    account: str | None = None
    domainid: str | None = None
    domain: str | None = None
    domainpath: str | None = None
    projectid: str | None = None
    project: str | None = None


class ResourceCountView(View, frozen=True, kw_only=True):
    """CloudStack's resourcecount object; storage counts in bytes."""

    resourcetype: str
    resourcetypename: str
    resourcecount: int
    tag: str | None = None
    account: str | None = None
    domainid: str | None = None
    domain: str | None = None
    domainpath: str | None = None
    projectid: str | None = None
    project: str | None = None


def asks_usage(details: Sequence[str]) -> bool:
    """Whether a list with these `details` shows it; with none, as with all."""
    return not details or not {"all", "resource"}.isdisjoint(details)


def usage(
    inventory: Inventory, subject: Account | Domain, tag: str | None = None
) -> dict[str, object]:
    """Keys like volumelimit, volumetotal and volumeavailable; storage in GiB, memory in MiB.

    The limits of tags are under taggedresources, of only one with `tag`.
    """
    settings = Settings(inventory)
    keys: dict[str, object] = {}
    for resource in RESOURCES:
        shown = _shown(inventory, settings, subject, resource)
        keys |= {f"{_KEYS[resource]}{end}": value for end, value in shown.items()}
    tagged = [
        {
            "resourcetype": str(RESOURCES[resource].number),
            "resourcetypename": RESOURCES[resource].type_name,
            "tag": each,
            **_shown(inventory, settings, subject, resource, each),
        }
        for resource, each in _tagged(settings, RESOURCES, tag)
    ]
    return {**keys, "taggedresources": tagged} if tagged else keys


def _tagged(
    settings: Settings, resources: Iterable[str], tag: str | None
) -> Iterator[tuple[str, str]]:
    """Each of the resources with each tag that has limits of its own."""
    for resource in resources:
        for each in limited_tags(settings, resource):
            if tag in (None, each):
                yield resource, each


def _shown(
    inventory: Inventory,
    settings: Settings,
    subject: Account | Domain,
    resource: str,
    tag: str = "",
) -> dict[str, object]:
    limit, used = _limit_and_use(inventory, settings, subject, resource, tag)
    unit = RESOURCES[resource].unit
    return {
        "total": used / unit if unit > 1 else used,
        "limit": UNLIMITED if limit < 0 else str(limit),
        "available": UNLIMITED if limit < 0 else str(max(0, limit - used // unit)),
    }


def _limit_and_use(
    inventory: Inventory,
    settings: Settings,
    subject: Account | Domain,
    resource: str,
    tag: str = "",
) -> tuple[int, int]:
    if isinstance(subject, Domain):
        limit = domain_limit(inventory, settings, subject, resource, tag)
        return limit, domain_used(inventory, subject.id, resource, tag)
    limit = account_limit(inventory, settings, subject, resource, tag)
    return limit, account_used(inventory, subject.id, resource, tag)


def resource_limit_view(inventory: Inventory, limit: ResourceLimit) -> ResourceLimitView:
    """A limit that was set."""
    subject: Account | Domain = (
        inventory.domain(limit.scope_id)
        if limit.scope == "domain"
        else inventory.get(Account, limit.scope_id)
    )
    return _limit_view(inventory, subject, limit.resource, limit.tag)


def _limit_view(
    inventory: Inventory, subject: Account | Domain, resource: str, tag: str
) -> ResourceLimitView:
    limit, _ = _limit_and_use(inventory, Settings(inventory), subject, resource, tag)
    row = RESOURCES[resource]
    return ResourceLimitView(
        resourcetype=str(row.number),
        resourcetypename=row.type_name,
        max=limit,
        tag=text(tag),
        **_names(inventory, subject),
    )


def _names(inventory: Inventory, subject: Account | Domain) -> dict[str, str | None]:
    """Keys that say whose it is."""
    if isinstance(subject, Domain):
        return {"domainid": subject.id, "domain": subject.name, "domainpath": subject.path}
    place = _names(inventory, inventory.domain(subject.domain_id))
    if subject.project_id:
        project = name_of(inventory, Project, subject.project_id)
        return {"projectid": text(subject.project_id), "project": project, **place}
    return {"account": subject.name, **place}


def _subject(
    context: Context, command: ListResourceLimits | UpdateResourceCount
) -> Account | Domain:
    """Whose limits or counts: as named, else the caller's own account. Raises NotFound."""
    if command.project_id is not None:
        return context.owner(None, None, command.project_id)
    if command.account is not None:
        return context.owner(command.account, command.domain_id)
    if command.domain_id is not None:
        return domain_of(context, command.domain_id)
    return context.owner(None, None)


def _wanted(
    context: Context, command: ListResourceLimits | UpdateResourceCount
) -> Iterator[tuple[str, str]]:
    """Resources, each in all and under its tags; of one type or tag only if that is named."""
    resources = list(RESOURCES)
    if command.resource_type is not None:
        resources = [resource_named(command.resource_type)]
    if command.tag is None:
        yield from ((resource, "") for resource in resources)
    yield from _tagged(context.settings, resources, command.tag)


def _limits(context: Context, command: ListResourceLimits) -> Answer:
    subject = _subject(context, command)
    rows = [
        _limit_view(context.inventory, subject, resource, tag)
        for resource, tag in _wanted(context, command)
    ]
    name = command.resource_type_name
    shown = [row for row in rows if name in (None, row.resourcetypename)]
    return paged(context, command, shown)


def _counts(context: Context, command: UpdateResourceCount) -> Answer:
    """They are sums over the records, so counting again can change nothing; it shows them."""
    subject = _subject(context, command)
    settings, inventory = context.settings, context.inventory
    shown = [
        ResourceCountView(
            resourcetype=str(RESOURCES[resource].number),
            resourcetypename=RESOURCES[resource].type_name,
            resourcecount=_limit_and_use(inventory, settings, subject, resource, tag)[1],
            tag=text(tag),
            **_names(inventory, subject),
        )
        for resource, tag in _wanted(context, command)
    ]
    return paged(context, command, shown)


QUERIES: dict[type[Command], Query] = {
    ListResourceLimits: _limits,
    UpdateResourceCount: _counts,
}
