"""Primary storage pools as callers see them (semantics section 2.11)."""

from urllib.parse import urlsplit

from core.model.commands.command import Command
from core.model.commands.pool import ListStoragePools
from core.model.inventory import Inventory
from core.model.records import (
    Cluster,
    Pod,
    Pool,
    Zone,
)
from core.model.settings import Settings
from core.plans.placement import overprovisioning_factor
from core.views.listing import Listing
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
    managed: bool | None = None
    overprovisionfactor: str | None = None
    capacityiops: int | None = None
    allocatediops: int | None = None
    tags: str | None = None


def pool_view(inventory: Inventory, pool: Pool) -> PoolView:
    """The pool, with what is allocated on it."""
    url = urlsplit(pool.url)
    factor = overprovisioning_factor(Settings(inventory), pool)
    return PoolView(
        id=pool.id,
        name=pool.name,
        type=str(pool.type),
        scope=pool.scope,
        state=str(pool.state),
        zoneid=pool.zone_id,
        zonename=name_of(inventory, Zone, pool.zone_id),
        podid=text(pool.pod_id),
        podname=name_of(inventory, Pod, pool.pod_id),
        clusterid=text(pool.cluster_id),
        clustername=name_of(inventory, Cluster, pool.cluster_id),
        ipaddress=text(url.hostname or ""),
        path=text(url.path),
        created=date(pool.created_s),
        hypervisor=text(pool.hypervisor),
        provider="DefaultPrimary",
        managed=False,
        disksizetotal=pool.capacity_bytes,
        disksizeallocated=inventory.total("pool.allocated", pool.id),
        disksizeused=pool.used_bytes,
        overprovisionfactor=f"{factor:g}",
        capacityiops=pool.capacity_iops or None,
        allocatediops=inventory.total("pool.iops", pool.id) or None,
        tags=",".join(pool.tags) or None,
    )


LISTINGS: dict[type[Command], Listing] = {
    ListStoragePools: Listing(
        Pool,
        pool_view,
        {"zone_id": "zone", "cluster_id": "cluster"},
        {"name": "name", "pod_id": "pod_id", "scope": "scope", "status": "state"},
    ),
}
