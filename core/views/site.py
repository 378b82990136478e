"""Zones, pods, clusters, hosts and storage as callers see them (semantics section 2.11)."""

from urllib.parse import urlsplit

from core.model.hypervisors import POOLS
from core.model.inventory import Inventory
from core.model.records import Cluster, Host, ImageStore, Pod, Pool, Zone
from core.model.settings import Settings, pool_places
from core.views.view import View, date, name_of, text


class ZoneView(View, frozen=True, kw_only=True):
    """CloudStack's zone object."""

    id: str
    name: str
    networktype: str
    allocationstate: str
    localstorageenabled: bool | None = None
    securitygroupsenabled: bool | None = None


def zone_view(inventory: Inventory, zone: Zone) -> ZoneView:
    """The zone; networking is not Forebay's."""
    return ZoneView(
        id=zone.id,
        name=zone.name,
        networktype="Basic",
        allocationstate="Enabled",
        localstorageenabled=zone.local_storage_enabled,
        securitygroupsenabled=False,
    )


class PodView(View, frozen=True, kw_only=True):
    """CloudStack's pod object."""

    id: str
    name: str
    zoneid: str
    zonename: str | None = None
    allocationstate: str


def pod_view(inventory: Inventory, pod: Pod) -> PodView:
    """The pod."""
    return PodView(
        id=pod.id,
        name=pod.name,
        zoneid=pod.zone_id,
        zonename=name_of(inventory, Zone, pod.zone_id),
        allocationstate="Enabled",
    )


class ClusterView(View, frozen=True, kw_only=True):
    """CloudStack's cluster object."""

    id: str
    name: str
    zoneid: str
    podid: str
    hypervisortype: str
    zonename: str | None = None
    podname: str | None = None
    clustertype: str
    allocationstate: str
    managedstate: str


def cluster_view(inventory: Inventory, cluster: Cluster) -> ClusterView:
    """The cluster."""
    return ClusterView(
        id=cluster.id,
        name=cluster.name,
        zoneid=cluster.zone_id,
        podid=cluster.pod_id,
        zonename=name_of(inventory, Zone, cluster.zone_id),
        podname=name_of(inventory, Pod, cluster.pod_id),
        hypervisortype=str(cluster.hypervisor),
        clustertype="CloudManaged",
        allocationstate="Enabled",
        managedstate="Managed",
    )


class HostView(View, frozen=True, kw_only=True):
    """CloudStack's host object; memory is bytes."""

    id: str
    name: str
    state: str
    type: str
    hypervisor: str
    zoneid: str
    podid: str
    clusterid: str
    resourcestate: str
    zonename: str | None = None
    podname: str | None = None
    clustername: str | None = None
    hypervisorversion: str | None = None
    cpunumber: int | None = None
    memorytotal: int | None = None
    memoryallocated: int | None = None
    created: str | None = None


def host_view(inventory: Inventory, host: Host) -> HostView:
    """The host, with the memory that its machines have."""
    return HostView(
        id=host.id,
        name=host.name,
        state=str(host.state),
        type="Routing",
        resourcestate="Enabled",
        hypervisor=str(host.hypervisor),
        hypervisorversion=text(host.version),
        zoneid=host.zone_id,
        zonename=name_of(inventory, Zone, host.zone_id),
        podid=host.pod_id,
        podname=name_of(inventory, Pod, host.pod_id),
        clusterid=host.cluster_id,
        clustername=name_of(inventory, Cluster, host.cluster_id),
        cpunumber=host.cpus,
        memorytotal=host.memory_bytes,
        memoryallocated=inventory.total("host.memory", host.id),
        created=date(host.created_s),
    )


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
    factor = 1.0
    if POOLS[pool.type].overprovisioning:
        settings = Settings(inventory)
        factor = settings.number("storage.overprovisioning.factor", *pool_places(pool))
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


class ImageStoreView(View, frozen=True, kw_only=True):
    """CloudStack's imagestore object. Sizes are bytes."""

    id: str
    name: str
    url: str
    protocol: str
    providername: str
    scope: str
    readonly: bool | None = None
    disksizetotal: int
    disksizeused: int
    zoneid: str | None = None
    zonename: str | None = None
    created: str | None = None


def image_store_view(inventory: Inventory, store: ImageStore) -> ImageStoreView:
    """The image store."""
    return ImageStoreView(
        id=store.id,
        name=store.name,
        url=store.url,
        protocol=store.protocol,
        providername=store.provider,
        scope="ZONE" if store.zone_id else "REGION",
        readonly=store.readonly,
        disksizetotal=store.capacity_bytes,
        disksizeused=store.used_bytes,
        zoneid=text(store.zone_id),
        zonename=name_of(inventory, Zone, store.zone_id),
        created=date(store.created_s),
    )
