"""One row for every list command, and the object behind every answer."""

from collections.abc import Callable

from core.model import errors
from core.model.commands.command import Command
from core.model.commands.infrastructure import ListClusters, ListHosts, ListPods, ListZones
from core.model.commands.offering import ListDiskOfferings, ListServiceOfferings, ListTemplates
from core.model.commands.snapshot import ListSnapshots
from core.model.commands.storage import ListImageStores, ListStoragePools
from core.model.commands.vm import ListVirtualMachines
from core.model.commands.volume import ListVolumes
from core.model.inventory import Inventory
from core.model.records import (
    Cluster,
    DiskOffering,
    Host,
    ImageStore,
    Pod,
    Pool,
    Record,
    ServiceOffering,
    Snapshot,
    Template,
    Vm,
    Volume,
    Zone,
)
from core.plans.context import Context
from core.views.administration import CapacityView, ConfigurationView, JobView
from core.views.listing import Listing
from core.views.machine import (
    DiskOfferingView,
    ServiceOfferingView,
    TemplateView,
    VmView,
    disk_offering_view,
    service_offering_view,
    template_view,
    vm_view,
)
from core.views.site import (
    ClusterView,
    HostView,
    ImageStoreView,
    PodView,
    PoolView,
    ZoneView,
    cluster_view,
    host_view,
    image_store_view,
    pod_view,
    pool_view,
    zone_view,
)
from core.views.snapshot import SnapshotView, snapshot_view
from core.views.volume import VolumeView, volume_view

# key of the object in an answer: its type
VIEWS: dict[str, type] = {
    "zone": ZoneView,
    "pod": PodView,
    "cluster": ClusterView,
    "host": HostView,
    "storagepool": PoolView,
    "imagestore": ImageStoreView,
    "diskoffering": DiskOfferingView,
    "serviceoffering": ServiceOfferingView,
    "template": TemplateView,
    "virtualmachine": VmView,
    "volume": VolumeView,
    "snapshot": SnapshotView,
    "job": JobView,
    "asyncjobs": JobView,
    "configuration": ConfigurationView,
    "capacity": CapacityView,
}


def _pool_of(context: Context, volume: Volume) -> Pool | None:
    return context.inventory.find(Pool, volume.pool_id)


def _volume_in_cluster(context: Context, volume: Volume, cluster_id: str) -> bool:
    pool = _pool_of(context, volume)
    return pool is not None and pool.cluster_id == cluster_id


def _volume_in_pod(context: Context, volume: Volume, pod_id: str) -> bool:
    pool = _pool_of(context, volume)
    return pool is not None and pool.pod_id == pod_id


def _volume_on_host(context: Context, volume: Volume, host_id: str) -> bool:
    vm = context.inventory.find(Vm, volume.vm_id)
    return vm is not None and vm.host_id == host_id


def _vm_in_cluster(context: Context, vm: Vm, cluster_id: str) -> bool:
    host = context.inventory.find(Host, vm.host_id or vm.last_host_id)
    return host is not None and host.cluster_id == cluster_id


def _vm_in_pod(context: Context, vm: Vm, pod_id: str) -> bool:
    host = context.inventory.find(Host, vm.host_id or vm.last_host_id)
    return host is not None and host.pod_id == pod_id


def _vm_on_pool(context: Context, vm: Vm, pool_id: str) -> bool:
    return any(
        volume.pool_id == pool_id for volume in context.inventory.having(Volume, "vm", vm.id)
    )


def _host_is_enabled(context: Context, host: Host, wanted: str) -> bool:
    return wanted.lower() == "enabled"


def _store_serves(context: Context, store: ImageStore, zone_id: str) -> bool:
    return store.zone_id in ("", zone_id)


def _is_not_up(store: ImageStore) -> bool:
    return not store.up


def _hidden_offering(offering: DiskOffering) -> bool:
    return bool(offering.service_offering_id)


def _shared_template(template: Template) -> bool:
    return template.public or template.featured


# templatefilter: which templates that the caller may see it leaves
TEMPLATE_FILTERS: dict[str, Callable[[Context, Template], bool]] = {
    "featured": lambda _, template: template.featured,
    "community": lambda _, template: template.public and not template.featured,
    "self": lambda context, template: template.account_id == context.caller.account_id,
    "selfexecutable": lambda context, template: template.account_id == context.caller.account_id,
    "shared": lambda context, template: template.account_id != context.caller.account_id,
    "sharedexecutable": lambda context, template: template.account_id != context.caller.account_id,
    "executable": lambda _, __: True,
    "all": lambda _, __: True,
}


def _template_passes(context: Context, template: Template, wanted: str) -> bool:
    passes = TEMPLATE_FILTERS.get(wanted.lower())
    if passes is None:
        raise errors.Invalid(
            f"{wanted!r} is no templatefilter", hint=f"one of {', '.join(TEMPLATE_FILTERS)}"
        )
    return passes(context, template)


LISTINGS: dict[type[Command], Listing] = {
    ListZones: Listing(Zone, zone_view, fields={"name": "name"}),
    ListPods: Listing(Pod, pod_view, {"zone_id": "zone"}, {"name": "name"}),
    ListClusters: Listing(
        Cluster,
        cluster_view,
        {"zone_id": "zone", "pod_id": "pod"},
        {"name": "name", "hypervisor": "hypervisor"},
    ),
    ListHosts: Listing(
        Host,
        host_view,
        {"zone_id": "zone", "cluster_id": "cluster"},
        {"name": "name", "pod_id": "pod_id", "state": "state", "hypervisor": "hypervisor"},
        {"resource_state": _host_is_enabled},
    ),
    ListStoragePools: Listing(
        Pool,
        pool_view,
        {"zone_id": "zone", "cluster_id": "cluster"},
        {"name": "name", "pod_id": "pod_id", "scope": "scope", "status": "state"},
    ),
    ListImageStores: Listing(
        ImageStore,
        image_store_view,
        {"name": "name"},
        {"provider": "provider", "protocol": "protocol", "readonly": "readonly"},
        {"zone_id": _store_serves},
        hidden=_is_not_up,
    ),
    ListDiskOfferings: Listing(
        DiskOffering,
        disk_offering_view,
        {},
        {"name": "name", "storage_type": "storage_type"},
        hidden=_hidden_offering,
    ),
    ListServiceOfferings: Listing(ServiceOffering, service_offering_view, {}, {"name": "name"}),
    ListTemplates: Listing(
        Template,
        template_view,
        {},
        {"name": "name", "zone_id": "zone_id", "hypervisor": "hypervisor"},
        {"template_filter": _template_passes},
        shared=_shared_template,
    ),
    ListVirtualMachines: Listing(
        Vm,
        vm_view,
        {"host_id": "host", "template_id": "template"},
        {
            "name": "name",
            "state": "state",
            "zone_id": "zone_id",
            "service_offering_id": "service_offering_id",
        },
        {"cluster_id": _vm_in_cluster, "pod_id": _vm_in_pod, "storage_id": _vm_on_pool},
    ),
    ListVolumes: Listing(
        Volume,
        volume_view,
        {"storage_id": "pool", "virtual_machine_id": "vm", "disk_offering_id": "offering"},
        {"name": "name", "type": "type", "state": "state", "zone_id": "zone_id"},
        {
            "cluster_id": _volume_in_cluster,
            "pod_id": _volume_in_pod,
            "host_id": _volume_on_host,
        },
    ),
    ListSnapshots: Listing(
        Snapshot,
        snapshot_view,
        {"volume_id": "volume"},
        {
            "name": "name",
            "zone_id": "zone_id",
            "snapshot_type": "type",
            "interval_type": "type",
        },
    ),
}


def view_of(inventory: Inventory, record: Record) -> tuple[str, object]:
    """The key and the object of a record, as lists show it."""
    for command, listing in LISTINGS.items():
        if type(record) is listing.kind:
            return command.returns, listing.view(inventory, record)
    return "success", True
