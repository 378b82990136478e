"""Zones, pods, clusters and system VMs as callers see them (semantics section 2.11)."""

from collections.abc import Callable, Mapping
from typing import TypeVar

import msgspec

from core.model.commands.command import Command, Role
from core.model.commands.zone import ListClusters, ListPods, ListSystemVms, ListZones
from core.model.inventory import Inventory
from core.model.records import (
    Cluster,
    Pod,
    SystemVm,
    Zone,
)
from core.model.states import AllocationState
from core.plans.context import Context
from core.plans.detail.kept import shown_details
from core.views.capacity import CapacityView, capacities
from core.views.listing import Listing, is_tagged
from core.views.pool.access import groups_text, has_group
from core.views.view import View, date, name_of, text

CLUSTER_TYPE, MANAGED, ARCH = "CloudManaged", "Managed", "x86_64"


class ZoneView(View, frozen=True, kw_only=True):
    """CloudStack's zone object."""

    id: str
    name: str
    networktype: str
    allocationstate: str
    localstorageenabled: bool
    securitygroupsenabled: bool
    type: str
    dns1: str | None = None
    dns2: str | None = None
    internaldns1: str | None = None
    internaldns2: str | None = None
    ip6dns1: str | None = None
    ip6dns2: str | None = None
    domain: str | None = None
    guestcidraddress: str | None = None
    sortkey: int
    resourcedetails: Mapping[str, str] | None = None
    capacity: tuple[CapacityView, ...] | None = None
    storageaccessgroups: str | None = None


def zone_view(inventory: Inventory, zone: Zone) -> ZoneView:
    """The zone; networking is not Forebay's."""
    return ZoneView(
        id=zone.id,
        name=zone.name,
        networktype=zone.network_type,
        allocationstate=str(zone.allocation_state),
        localstorageenabled=zone.local_storage_enabled,
        securitygroupsenabled=False,
        type="Core",
        dns1=text(zone.dns1),
        dns2=text(zone.dns2),
        internaldns1=text(zone.internal_dns1),
        internaldns2=text(zone.internal_dns2),
        ip6dns1=text(zone.ip6_dns1),
        ip6dns2=text(zone.ip6_dns2),
        domain=text(zone.domain),
        guestcidraddress=text(zone.guest_cidr),
        sortkey=zone.sort_key,
        resourcedetails=shown_details(zone),
        storageaccessgroups=groups_text(zone),
    )


class PodView(View, frozen=True, kw_only=True):
    """CloudStack's pod object."""

    id: str
    name: str
    zoneid: str
    zonename: str | None = None
    allocationstate: str
    gateway: str | None = None
    netmask: str | None = None
    startip: tuple[str, ...] | None = None
    endip: tuple[str, ...] | None = None
    capacity: tuple[CapacityView, ...] | None = None
    storageaccessgroups: str | None = None


def pod_view(inventory: Inventory, pod: Pod) -> PodView:
    """The pod."""
    return PodView(
        id=pod.id,
        name=pod.name,
        zoneid=pod.zone_id,
        zonename=name_of(inventory, Zone, pod.zone_id),
        allocationstate=str(pod.allocation_state),
        gateway=text(pod.gateway),
        netmask=text(pod.netmask),
        startip=(pod.start_ip,) if pod.start_ip else None,
        endip=(pod.end_ip,) if pod.end_ip else None,
        storageaccessgroups=groups_text(pod),
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
    arch: str
    capacity: tuple[CapacityView, ...] | None = None
    storageaccessgroups: str | None = None


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
        clustertype=CLUSTER_TYPE,
        allocationstate=str(cluster.allocation_state),
        managedstate=MANAGED,
        arch=ARCH,
        storageaccessgroups=groups_text(cluster),
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


def _sort_key(zone: Zone) -> int:
    return zone.sort_key


V = TypeVar("V", ZoneView, PodView, ClusterView)


def _with_capacities(
    field: str,
) -> Callable[[Context, ListZones | ListPods | ListClusters, V], V]:
    """Cuts that show what places have, to who asks for it."""

    def cut(context: Context, command: ListZones | ListPods | ListClusters, view: V) -> V:
        if not command.show_capacities:
            return view
        return msgspec.structs.replace(view, capacity=capacities(context, field, view.id))

    return cut


def _is_seen(context: Context, zone: Zone) -> bool:
    """Root administrators see all; nobody else can do anything in a Disabled one."""
    return context.caller.role is Role.ADMIN or zone.allocation_state is AllocationState.ENABLED


def _is_available(context: Context, zone: Zone, wanted: bool) -> bool:
    return not wanted or zone.allocation_state is AllocationState.ENABLED


def _is_of_type(context: Context, cluster: Cluster, wanted: str) -> bool:
    return wanted.lower() == CLUSTER_TYPE.lower()


def _is_of_arch(context: Context, cluster: Cluster, wanted: str) -> bool:
    return wanted.lower() == ARCH


def _is_of_domain(context: Context, zone: Zone, domain_id: str) -> bool:
    """Zones are everyone's, so none is of one domain."""
    context.inventory.domain(domain_id)
    return False


def _is_managed(context: Context, cluster: Cluster, wanted: str) -> bool:
    return wanted.lower() == MANAGED.lower()


LISTINGS: dict[type[Command], Listing] = {
    ListZones: Listing(
        Zone,
        zone_view,
        fields={"name": "name", "network_type": "network_type"},
        tests={
            "available": _is_available,
            "domain_id": _is_of_domain,
            "tags": is_tagged,
            "storage_access_group": has_group,
        },
        seen=_is_seen,
        order=_sort_key,
        cut=_with_capacities("zone_id"),
    ),
    ListPods: Listing(
        Pod,
        pod_view,
        {"zone_id": "zone"},
        {"name": "name", "allocation_state": "allocation_state"},
        {"storage_access_group": has_group},
        cut=_with_capacities("pod_id"),
    ),
    ListClusters: Listing(
        Cluster,
        cluster_view,
        {"zone_id": "zone", "pod_id": "pod"},
        {"name": "name", "hypervisor": "hypervisor", "allocation_state": "allocation_state"},
        {
            "cluster_type": _is_of_type,
            "managed_state": _is_managed,
            "arch": _is_of_arch,
            "storage_access_group": has_group,
        },
        cut=_with_capacities("cluster_id"),
    ),
    ListSystemVms: Listing(
        SystemVm,
        system_vm_view,
        {"zone_id": "zone"},
        {"name": "name", "state": "state"},
        {"system_vm_type": _is_system_vm_type},
    ),
}
