"""Capacity, and alerts about it, as callers see them (semantics section 2.11)."""

from core.model.commands.capacity import ListAlerts, ListCapacity
from core.model.commands.command import Command
from core.model.inventory import Inventory
from core.model.pool_types import PoolType
from core.model.records import (
    Alert,
    Cluster,
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
    """CloudStack's capacity object: type 3 primary, 6 secondary, 9 local. Sizes are bytes."""

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


PRIMARY, SECONDARY, LOCAL = 3, 6, 9


NAMES = {PRIMARY: "STORAGE_ALLOCATED", SECONDARY: "SECONDARY_STORAGE", LOCAL: "LOCAL_STORAGE"}


def _capacity(context: Context, command: ListCapacity) -> Answer:
    keyword = (command.keyword or "").lower()
    rows = [*_primary(context), *_secondary(context)]
    asked = {
        "type": command.type,
        "zoneid": command.zone_id,
        "podid": command.pod_id,
        "clusterid": command.cluster_id,
    }
    shown = [
        row
        for row in rows
        if keyword in row.name.lower()
        and all(value is None or getattr(row, name) == value for name, value in asked.items())
    ]
    return paged(context, command, shown)


def _primary(context: Context) -> list[CapacityView]:
    """One row for each zone and cluster: what may be allocated and what is."""
    sums: dict[tuple[int, str, str, str], list[int]] = {}
    for pool in context.inventory.all(Pool):
        if pool.type is PoolType.DATASTORE_CLUSTER:
            continue  # its datastores are counted
        kind = LOCAL if pool.scope == "HOST" else PRIMARY
        row = sums.setdefault((kind, pool.zone_id, pool.pod_id, pool.cluster_id), [0, 0])
        row[0] += total_bytes(context, pool)
        row[1] += allocated_bytes(context.inventory, pool)
    return [_row(context.inventory, place, total, used) for place, (total, used) in sums.items()]


def _secondary(context: Context) -> list[CapacityView]:
    sums: dict[tuple[int, str, str, str], list[int]] = {}
    for store in context.inventory.all(ImageStore):
        if not store.up:
            continue
        row = sums.setdefault((SECONDARY, store.zone_id, "", ""), [0, 0])
        row[0] += store.capacity_bytes
        row[1] += store.used_bytes
    return [_row(context.inventory, place, total, used) for place, (total, used) in sums.items()]


def _row(
    inventory: Inventory, place: tuple[int, str, str, str], total: int, used: int
) -> CapacityView:
    kind, zone_id, pod_id, cluster_id = place
    return CapacityView(
        type=kind,
        name=NAMES[kind],
        zoneid=zone_id,
        zonename=name_of(inventory, Zone, zone_id),
        podid=text(pod_id),
        podname=name_of(inventory, Pod, pod_id),
        clusterid=text(cluster_id),
        clustername=name_of(inventory, Cluster, cluster_id),
        capacitytotal=total,
        capacityused=used,
        capacityallocated=used,
        percentused=f"{100 * used / total if total else 0:.2f}",
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
