"""Primary storage pools as callers see them (semantics section 2.11)."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any
from urllib.parse import parse_qs, urlsplit

from msgspec.structs import replace

from core.model.commands.command import Command
from core.model.commands.pool import ListStoragePools, ListStoragePoolsMetrics
from core.model.inventory import Inventory
from core.model.pool_types import POOLS
from core.model.records import Cluster, Host, Pod, Pool, Zone
from core.model.settings import Settings
from core.plans.context import Context
from core.plans.detail.kept import shown_details
from core.plans.placement import reaches
from core.plans.pool.pool_url import MOUNT_OPTIONS
from core.plans.pool.rules import ACCELERATION
from core.plans.room import allocated_bytes, overprovisioning_factor
from core.views.listing import Listing
from core.views.pool.access import groups_text, has_group
from core.views.pool.metrics import Figures, figures
from core.views.view import View, date, name_of, text


class PoolView(View, frozen=True, kw_only=True):
    """CloudStack's storagepool object. Sizes are bytes."""

    id: str
    name: str
    type: str
    scope: str
    state: str
    zoneid: str
    disksizetotal: int
    disksizeallocated: int
    disksizeused: int
    zonename: str | None = None
    podid: str | None = None
    podname: str | None = None
    clusterid: str | None = None
    clustername: str | None = None
    ipaddress: str | None = None
    path: str | None = None
    created: str | None = None
    hypervisor: str | None = None
    provider: str
    managed: bool
    overprovisionfactor: str | None = None
    capacitybytes: int | None = None
    capacityiops: int | None = None
    allocatediops: int | None = None
    tags: str | None = None
    istagarule: bool
    storageaccessgroups: str | None = None
    nfsmountopts: str | None = None
    storagecustomstats: Mapping[str, str] | None = None
    storagecapabilities: Mapping[str, str] | None = None
    details: Mapping[str, str] | None = None
    suitableformigration: bool | None = None
    hasannotations: bool
    jobid: str | None = None
    jobstatus: int | None = None


class PoolMetricsView(PoolView, frozen=True, kw_only=True):
    """CloudStack's storagepool object with figures: texts of GiB, and thresholds passed."""

    disksizeusedgb: str
    disksizetotalgb: str
    disksizeallocatedgb: str
    disksizeunallocatedgb: str
    storageusagethreshold: bool
    storageusagedisablethreshold: bool
    storageallocatedthreshold: bool
    storageallocateddisablethreshold: bool


def place_on_server(pool: Pool) -> tuple[str, str]:
    """The server of the pool's URL and the path there; of LINSTOR, the resource group."""
    url = urlsplit(pool.url)
    group = parse_qs(url.query).get("resourcegroup")
    return url.hostname or "", group[0] if group else url.path


def _fields(inventory: Inventory, pool: Pool) -> dict[str, Any]:
    server, path = place_on_server(pool)
    factor = overprovisioning_factor(Settings(inventory), pool)
    return {
        "id": pool.id,
        "name": pool.name,
        "type": str(pool.type),
        "scope": pool.scope,
        "state": str(pool.state),
        "zoneid": pool.zone_id,
        "zonename": name_of(inventory, Zone, pool.zone_id),
        "podid": text(pool.pod_id),
        "podname": name_of(inventory, Pod, pool.pod_id),
        "clusterid": text(pool.cluster_id),
        "clustername": name_of(inventory, Cluster, pool.cluster_id),
        "ipaddress": text(server),
        "path": text(path),
        "created": date(pool.created_s),
        "hypervisor": text(pool.hypervisor),
        "provider": pool.provider,
        "managed": pool.managed,
        "disksizetotal": pool.capacity_bytes,
        "disksizeallocated": allocated_bytes(inventory, pool),
        "disksizeused": pool.used_bytes,
        "overprovisionfactor": f"{factor:g}",
        "capacitybytes": pool.capacity_bytes if pool.managed else None,
        "capacityiops": pool.capacity_iops or None,
        "allocatediops": inventory.total("pool.iops", pool.id) or None,
        "tags": ",".join(pool.tags) or None,
        "istagarule": pool.tag_rule,
        "storageaccessgroups": groups_text(pool),
        "nfsmountopts": pool.details.get(MOUNT_OPTIONS),
        "storagecapabilities": _capabilities(pool) or None,
        "details": shown_details(pool),
        "hasannotations": False,
        "jobid": text(pool.job_id),
        "jobstatus": 0 if pool.job_id else None,
    }


def _capabilities(pool: Pool) -> dict[str, str]:
    own = {"STORAGE_SYSTEM_SNAPSHOT": "true"} if POOLS[pool.type].keeps_snapshots else {}
    accelerated = pool.details.get(ACCELERATION)
    return own | ({ACCELERATION: accelerated} if accelerated is not None else {})


def pool_view(
    inventory: Inventory, pool: Pool, *, suitable_for_migration: bool | None = None
) -> PoolView:
    """The pool, with what is allocated on it."""
    return PoolView(
        **_fields(inventory, pool),
        suitableformigration=suitable_for_migration,
    )


def pool_metrics_view(inventory: Inventory, pool: Pool) -> PoolMetricsView:
    """The pool with its figures."""
    found: Figures = figures(inventory, pool)
    return PoolMetricsView(**_fields(inventory, pool), **found._asdict())


def _custom(command: ListStoragePools, pool: Pool) -> Mapping[str, str] | None:
    """What storage with nodes tells beside its room, if that is asked for."""
    if not command.storage_custom_stats or not pool.nodes:
        return None
    return {"nodes": ",".join(pool.nodes), "replicas": str(pool.replicas)}


def _rows(
    context: Context, command: ListStoragePools, pool: Pool
) -> Sequence[Callable[[], PoolView]]:
    custom = _custom(command, pool)
    return [lambda: replace(pool_view(context.inventory, pool), storagecustomstats=custom)]


def _metrics_rows(
    context: Context, command: ListStoragePoolsMetrics, pool: Pool
) -> Sequence[Callable[[], PoolView]]:
    custom = _custom(command, pool)
    return [lambda: replace(pool_metrics_view(context.inventory, pool), storagecustomstats=custom)]


def _is_at(context: Context, pool: Pool, server: str) -> bool:
    return place_on_server(pool)[0] == server


def _has_path(context: Context, pool: Pool, path: str) -> bool:
    return place_on_server(pool)[1] == path


def _is_reached(context: Context, pool: Pool, host_id: str) -> bool:
    return reaches(context.inventory.get(Host, host_id), pool)


_INDEXES = {"zone_id": "zone", "cluster_id": "cluster"}
_FIELDS = {"name": "name", "pod_id": "pod_id", "scope": "scope", "status": "state"}
_WORDS = {
    "scope": ("HOST", "CLUSTER", "ZONE", "REGION", "GLOBAL"),
    "status": (
        *("Initial", "Initialized", "Creating", "Attaching", "Up", "PrepareForMaintenance"),
        *("ErrorInMaintenance", "CancelMaintenance", "Maintenance", "Disabled", "Removed"),
    ),
}
_TESTS = {
    "ip_address": _is_at,
    "path": _has_path,
    "host_id": _is_reached,
    "storage_access_group": has_group,
}
LISTINGS: dict[type[Command], Listing] = {
    ListStoragePools: Listing(Pool, pool_view, _INDEXES, _FIELDS, _TESTS, rows=_rows, words=_WORDS),
    ListStoragePoolsMetrics: Listing(
        Pool, pool_metrics_view, _INDEXES, _FIELDS, _TESTS, rows=_metrics_rows, words=_WORDS
    ),
}
