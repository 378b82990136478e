"""Capacity, and alerts about it, as callers see them (semantics section 2.11)."""

from collections.abc import Iterator
from typing import Any, NamedTuple

from core.model import errors
from core.model.commands.capacity import ListAlerts, ListCapacity
from core.model.commands.command import Command, Role
from core.model.inventory import Inventory
from core.model.pool_types import PoolType
from core.model.records import (
    Alert,
    Cluster,
    Host,
    ImageStore,
    Pod,
    Pool,
    Zone,
)
from core.plans.context import Context
from core.plans.room import allocated_bytes, total_bytes
from core.views.listing import Answer, Listing, Query, paged
from core.views.view import View, date, name_of, text


class CapacityView(View, frozen=True, kw_only=True):
    """CloudStack's capacity object. Sizes are bytes."""

    type: int
    name: str
    zoneid: str
    capacitytotal: int
    capacityused: int
    percentused: str
    zonename: str | None = None
    podid: str | None = None
    podname: str | None = None
    clusterid: str | None = None
    clustername: str | None = None
    capacityallocated: int | None = None
    tag: str | None = None


MEMORY, USED, ALLOCATED, SECONDARY, LOCAL = 0, 2, 3, 6, 9
NAMES = {
    MEMORY: "MEMORY",
    USED: "STORAGE",
    ALLOCATED: "STORAGE_ALLOCATED",
    SECONDARY: "SECONDARY_STORAGE",
    LOCAL: "LOCAL_STORAGE",
}
USAGE = "usage"


class Amount(NamedTuple):
    """What there is of one type (CloudStack's number) in one place, and how much of it is used."""

    type: int
    zone_id: str
    pod_id: str
    cluster_id: str
    total: int
    used: int


def _capacity(context: Context, command: ListCapacity) -> Answer:
    """Raises Invalid for an unknown order, or one by usage within a cluster (431)."""
    by_usage = _is_by_usage(command)
    amounts = list(_pools(context, command.tag))
    if command.tag is None:
        amounts.extend((*_stores(context), *_memory(context)))
    rows = [row for row in _rows(context, amounts, command.tag) if _is_asked(command, row)]
    if by_usage:
        rows.sort(key=lambda row: -float(row.percentused))
    return paged(context, command, rows)


def _is_by_usage(command: ListCapacity) -> bool:
    if command.sort_by is None:
        return False
    if command.sort_by.lower() != USAGE:
        raise errors.Invalid(f"{command.sort_by!r} is no order", hint=f"sortby={USAGE}")
    if command.cluster_id is not None:
        raise errors.Invalid(
            "a cluster's capacities are not compared with others", hint="leave clusterid out"
        )
    return True


def _is_asked(command: ListCapacity, row: CapacityView) -> bool:
    asked = {
        "type": command.type,
        "zoneid": command.zone_id,
        "podid": command.pod_id,
        "clusterid": command.cluster_id,
    }
    found = (command.keyword or "").lower() in row.name.lower()
    return found and all(
        value is None or getattr(row, name) == value for name, value in asked.items()
    )


def _pools(context: Context, tag: str | None) -> Iterator[Amount]:
    """What is used and what is allocated; a cluster of datastores is counted by these."""
    for pool in context.inventory.all(Pool):
        if pool.type is PoolType.DATASTORE_CLUSTER or (tag is not None and tag not in pool.tags):
            continue
        place = (pool.zone_id, pool.pod_id, pool.cluster_id)
        allocated = allocated_bytes(context.inventory, pool)
        if pool.scope == "HOST":
            yield Amount(LOCAL, *place, total_bytes(context, pool), allocated)
            continue
        yield Amount(ALLOCATED, *place, total_bytes(context, pool), allocated)
        yield Amount(USED, *place, pool.capacity_bytes, pool.used_bytes)


def _stores(context: Context) -> Iterator[Amount]:
    for store in context.inventory.all(ImageStore):
        if store.up:
            yield Amount(SECONDARY, store.zone_id, "", "", store.capacity_bytes, store.used_bytes)


def _memory(context: Context) -> Iterator[Amount]:
    for host in context.inventory.all(Host):
        used = context.inventory.total("host.memory", host.id)
        place = (host.zone_id, host.pod_id, host.cluster_id)
        yield Amount(MEMORY, *place, host.memory_bytes, used)


def _rows(context: Context, amounts: list[Amount], tag: str | None) -> Iterator[CapacityView]:
    """One for each type and place, in the order of types."""
    sums: dict[tuple[int, str, str, str], list[int]] = {}
    for amount in amounts:
        row = sums.setdefault(amount[:4], [0, 0])
        row[0] += amount.total
        row[1] += amount.used
    for place in sorted(sums, key=lambda place: place[0]):
        total, used = sums[place]
        yield _row(context.inventory, Amount(*place, total, used), tag)


# field of Amount that names a place: what its parts have is added up
_PARTS: dict[str, dict[str, Any]] = {
    "zone_id": {"pod_id": "", "cluster_id": ""},
    "pod_id": {"cluster_id": ""},
    "cluster_id": {},
}


def capacities(context: Context, field: str, place_id: str) -> tuple[CapacityView, ...]:
    """What a zone, pod or cluster has, one row for each type; root administrators may know."""
    if context.caller.role is not Role.ADMIN:
        return ()
    amounts = (*_pools(context, None), *_stores(context), *_memory(context))
    whole = [
        amount._replace(**_PARTS[field]) for amount in amounts if getattr(amount, field) == place_id
    ]
    return tuple(_rows(context, whole, None))


def _row(inventory: Inventory, amount: Amount, tag: str | None) -> CapacityView:
    return CapacityView(
        type=amount.type,
        name=NAMES[amount.type],
        zoneid=amount.zone_id,
        zonename=name_of(inventory, Zone, amount.zone_id),
        podid=text(amount.pod_id),
        podname=name_of(inventory, Pod, amount.pod_id),
        clusterid=text(amount.cluster_id),
        clustername=name_of(inventory, Cluster, amount.cluster_id),
        capacitytotal=amount.total,
        capacityused=amount.used,
        capacityallocated=amount.used,
        percentused=f"{100 * amount.used / amount.total if amount.total else 0:.2f}",
        tag=tag,
    )


class AlertView(View, frozen=True, kw_only=True):
    """CloudStack's alert, and what it does not tell: where, and since when it is over."""

    id: str
    type: int
    name: str
    description: str
    sent: str | None = None
    resolved: str | None = None
    zoneid: str | None = None
    zonename: str | None = None
    clusterid: str | None = None
    clustername: str | None = None


def alert_view(inventory: Inventory, alert: Alert) -> AlertView:
    """The alert."""
    return AlertView(
        id=alert.id,
        type=alert.type,
        name=alert.name,
        description=alert.description,
        sent=date(alert.created_s),
        resolved=date(alert.resolved_s),
        zoneid=text(alert.zone_id),
        zonename=name_of(inventory, Zone, alert.zone_id),
        clusterid=text(alert.cluster_id),
        clustername=name_of(inventory, Cluster, alert.cluster_id),
    )


def _is_archived(alert: Alert) -> bool:
    return alert.archived


LISTINGS: dict[type[Command], Listing] = {
    ListAlerts: Listing(
        Alert, alert_view, fields={"name": "name", "type": "type"}, hidden=_is_archived
    ),
}
QUERIES: dict[type[Command], Query] = {ListCapacity: _capacity}
