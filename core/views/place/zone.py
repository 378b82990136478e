"""Zones, pods, clusters and system VMs as callers see them (semantics section 2.11)."""

from core.model.commands.command import Command
from core.model.commands.zone import ListClusters, ListPods, ListSystemVms, ListZones
from core.model.inventory import Inventory
from core.model.records import (
    Cluster,
    Pod,
    SystemVm,
    Zone,
)
from core.plans.context import Context
from core.views.listing import Listing
from core.views.view import View, date, name_of


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


SYSTEM_VM_TYPE = "secondarystoragevm"


class SystemVmView(View, frozen=True, kw_only=True):
    """CloudStack's systemvm object."""

    id: str
    name: str
    systemvmtype: str
    state: str
    zoneid: str
    zonename: str | None = None
    created: str | None = None


def system_vm_view(inventory: Inventory, vm: SystemVm) -> SystemVmView:
    """The system VM; there are none but those of secondary storage."""
    return SystemVmView(
        id=vm.id,
        name=vm.name,
        systemvmtype=SYSTEM_VM_TYPE,
        state=str(vm.state),
        zoneid=vm.zone_id,
        zonename=name_of(inventory, Zone, vm.zone_id),
        created=date(vm.created_s),
    )


def _is_system_vm_type(context: Context, vm: SystemVm, type: str) -> bool:
    return type.lower() == SYSTEM_VM_TYPE


LISTINGS: dict[type[Command], Listing] = {
    ListZones: Listing(Zone, zone_view, fields={"name": "name"}),
    ListPods: Listing(Pod, pod_view, {"zone_id": "zone"}, {"name": "name"}),
    ListClusters: Listing(
        Cluster,
        cluster_view,
        {"zone_id": "zone", "pod_id": "pod"},
        {"name": "name", "hypervisor": "hypervisor"},
    ),
    ListSystemVms: Listing(
        SystemVm,
        system_vm_view,
        {"zone_id": "zone"},
        {"name": "name", "state": "state"},
        {"system_vm_type": _is_system_vm_type},
    ),
}
