"""Hosts as callers see them (semantics section 2.11)."""

from urllib.parse import urlsplit

import msgspec

from core.model.commands.command import Command
from core.model.commands.host import ListHosts
from core.model.ids import MANAGEMENT_SERVER_ID
from core.model.inventory import Inventory
from core.model.records import Cluster, Host, Pod, Pool, Vm, Zone
from core.plans.context import Context
from core.plans.migration.destination import has_tags
from core.plans.placement import why_host_unfit
from core.plans.room import allocated_bytes
from core.views.listing import Listing
from core.views.place.zone import ARCH
from core.views.pool.access import groups_text, has_group
from core.views.view import View, date, name_of, text

KIND = "Routing"
POWER_UNKNOWN = "disabled"
"""The power state of hosts that nothing switches."""


class HostView(View, frozen=True, kw_only=True):
    """CloudStack's host object; sizes are bytes.

    The last three are of lists that ask about one machine.
    """

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
    clustertype: str
    ipaddress: str | None = None
    hypervisorversion: str | None = None
    version: str | None = None
    cpunumber: int | None = None
    memorytotal: int | None = None
    memoryallocated: int | None = None
    memoryallocatedbytes: int | None = None
    memoryallocatedpercentage: str | None = None
    disksizetotal: int | None = None
    disksizeallocated: int | None = None
    islocalstorageactive: bool | None = None
    hosttags: str | None = None
    storageaccessgroups: str | None = None
    hahost: bool | None = None
    arch: str
    managementserverid: str
    annotation: str | None = None
    created: str | None = None
    jobid: str | None = None
    jobstatus: int | None = None
    hasenoughcapacity: bool | None = None
    suitableformigration: bool | None = None
    requiresStorageMotion: bool | None = None


def host_view(inventory: Inventory, host: Host) -> HostView:
    """The host, with the memory that its machines have and the room of its own disks."""
    used = inventory.total("host.memory", host.id)
    local = list(inventory.having(Pool, "host", host.id))
    return HostView(
        id=host.id,
        name=host.name,
        state=str(host.state),
        type=KIND,
        resourcestate=str(host.resource_state),
        hypervisor=str(host.hypervisor),
        hypervisorversion=text(host.version),
        version=text(host.version),
        zoneid=host.zone_id,
        zonename=name_of(inventory, Zone, host.zone_id),
        podid=host.pod_id,
        podname=name_of(inventory, Pod, host.pod_id),
        clusterid=host.cluster_id,
        clustername=name_of(inventory, Cluster, host.cluster_id),
        clustertype="CloudManaged",
        ipaddress=urlsplit(host.url).hostname,
        cpunumber=host.cpus,
        memorytotal=host.memory_bytes,
        memoryallocated=used,
        memoryallocatedbytes=used,
        memoryallocatedpercentage=_percentage(used, host.memory_bytes),
        disksizetotal=sum(pool.capacity_bytes for pool in local),
        disksizeallocated=sum(allocated_bytes(inventory, pool) for pool in local),
        islocalstorageactive=bool(local),
        hosttags=text(",".join(host.tags)),
        storageaccessgroups=groups_text(host),
        hahost=False,
        arch=ARCH,
        managementserverid=MANAGEMENT_SERVER_ID,
        annotation=text(host.annotation),
        created=date(host.created_s),
        jobid=text(host.job_id),
        jobstatus=0 if host.job_id else None,
    )


def _percentage(used: int, total: int) -> str:
    return f"{100 * used / total if total else 0:.2f}%"


def _is_of_type(context: Context, host: Host, wanted: str) -> bool:
    return wanted.lower() == KIND.lower()


def _is_of_arch(context: Context, host: Host, wanted: str) -> bool:
    return wanted.lower() == ARCH


def _is_ours(context: Context, host: Host, server_id: str) -> bool:
    return server_id == MANAGEMENT_SERVER_ID


def _is_switched(context: Context, host: Host, wanted: bool) -> bool:
    """Forebay reaches no host past its operating system."""
    return not wanted


def _is_powered(context: Context, host: Host, wanted: str) -> bool:
    return wanted.lower() == POWER_UNKNOWN


def _is_for_ha(context: Context, host: Host, wanted: bool) -> bool:
    return not wanted


def _is_beside(context: Context, host: Host, vm_id: str) -> bool:
    """Whether it is of the cluster in which the machine runs or last ran."""
    vm = context.get(Vm, vm_id)
    home = context.inventory.find(Host, vm.host_id or vm.last_host_id)
    return home is not None and host.cluster_id == home.cluster_id


CAPACITY = (
    "cpunumber",
    "memorytotal",
    "memoryallocated",
    "memoryallocatedbytes",
    "memoryallocatedpercentage",
    "disksizetotal",
    "disksizeallocated",
)
"""Fields that `details` leaves out unless it has the word capacity, or all."""


def _cut(context: Context, command: ListHosts, view: HostView) -> HostView:
    """Beside a machine, whether the host has room for it; of the rest, what `details` asks for."""
    left_out: tuple[str, ...] = ()
    if command.details and not {"all", "capacity"} & set(command.details):
        left_out = CAPACITY
    fits: bool | None = None
    if command.virtual_machine_id is not None:
        vm = context.get(Vm, command.virtual_machine_id)
        host = context.inventory.get(Host, view.id)
        fits = has_tags(context, vm, host) and not why_host_unfit(context, host, vm.memory_bytes)
    return msgspec.structs.replace(view, **dict.fromkeys(left_out), hasenoughcapacity=fits)


LISTINGS: dict[type[Command], Listing] = {
    ListHosts: Listing(
        Host,
        host_view,
        {"zone_id": "zone", "cluster_id": "cluster"},
        {
            "name": "name",
            "pod_id": "pod_id",
            "state": "state",
            "resource_state": "resource_state",
            "hypervisor": "hypervisor",
        },
        {
            "type": _is_of_type,
            "virtual_machine_id": _is_beside,
            "ha_host": _is_for_ha,
            "arch": _is_of_arch,
            "management_server_id": _is_ours,
            "out_of_band_management_enabled": _is_switched,
            "out_of_band_management_power_state": _is_powered,
            "storage_access_group": has_group,
        },
        cut=_cut,
    ),
}
