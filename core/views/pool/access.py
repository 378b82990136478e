"""Storage access groups as callers see them."""

from collections.abc import Iterable

from core.model.commands.command import Command
from core.model.commands.pool import ListStorageAccessGroups
from core.model.records import Cluster, Host, Pod, Pool, Zone
from core.plans.context import Context
from core.views.listing import Answer, Query, paged
from core.views.view import View

Thing = Zone | Pod | Cluster | Host | Pool


def has_group(context: Context, thing: Thing, group: str) -> bool:
    """Whether the thing has the storage access group itself."""
    return group in thing.access_groups


def groups_text(thing: Thing) -> str | None:
    """The groups that the thing has itself, as CloudStack writes them."""
    return ",".join(thing.access_groups) or None


class AccessGroupView(View, frozen=True, kw_only=True):
    """CloudStack's storageaccessgroup object; what has the group, by name."""

    name: str
    zones: tuple[str, ...]
    pods: tuple[str, ...]
    clusters: tuple[str, ...]
    hosts: tuple[str, ...]
    storagepools: tuple[str, ...]


def _groups(context: Context, command: ListStorageAccessGroups) -> Answer:
    inventory, keyword = context.inventory, (command.keyword or "").lower()
    places: dict[str, Iterable[Thing]] = {
        "zones": inventory.all(Zone),
        "pods": inventory.all(Pod),
        "clusters": inventory.all(Cluster),
        "hosts": inventory.all(Host),
        "storagepools": inventory.all(Pool),
    }
    having: dict[str, dict[str, list[str]]] = {}
    for key, things in places.items():
        for thing in things:
            for name in thing.access_groups:
                having.setdefault(name, {}).setdefault(key, []).append(thing.name)
    rows = [
        AccessGroupView(name=name, **{key: tuple(sorted(found.get(key, ()))) for key in places})
        for name, found in sorted(having.items())
        if command.name in (None, name) and keyword in name.lower()
    ]
    return paged(context, command, rows)


QUERIES: dict[type[Command], Query] = {ListStorageAccessGroups: _groups}
