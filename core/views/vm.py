"""Virtual machines as callers see them (semantics section 2.11)."""

from collections.abc import Callable, Mapping
from typing import Any

import msgspec

from core.model.commands.command import Command
from core.model.commands.vm import ListVirtualMachines, ListVirtualMachinesMetrics
from core.model.inventory import Inventory
from core.model.records import (
    DiskOffering,
    Host,
    Pool,
    ServiceOffering,
    Template,
    Vm,
    Volume,
    Zone,
)
from core.model.states import VmState
from core.plans.context import Context
from core.plans.detail.kept import shown_details
from core.plans.vm.guest import KEY_PAIRS
from core.views.listing import Listing
from core.views.tag import TagView, tags_of
from core.views.view import View, date, name_of, owner_of, project_of, text

MIB, GIB = 1 << 20, 1 << 30
BOOT_TYPE, BOOT_MODE = "Bios", "legacy"


class VmView(View, frozen=True, kw_only=True):
    """CloudStack's virtualmachine object; memory is MiB, cpuspeed MHz."""

    id: str
    name: str
    displayname: str
    instancename: str
    group: str | None = None
    state: str
    hypervisor: str
    zoneid: str
    zonename: str | None = None
    account: str | None = None
    projectid: str | None = None
    project: str | None = None
    domainid: str | None = None
    domain: str | None = None
    created: str | None = None
    displayvm: bool
    deleteprotection: bool
    hostid: str | None = None
    hostname: str | None = None
    templateid: str | None = None
    templatename: str | None = None
    templatedisplaytext: str | None = None
    isoid: str | None = None
    isoname: str | None = None
    isodisplaytext: str | None = None
    serviceofferingid: str | None = None
    serviceofferingname: str | None = None
    cpunumber: int | None = None
    cpuspeed: int | None = None
    memory: int | None = None
    haenable: bool
    boottype: str
    bootmode: str
    keypairs: str | None = None
    userdata: str | None = None
    isdynamicallyscalable: bool
    diskofferingid: str | None = None
    diskofferingname: str | None = None
    diskkbsread: int | None = None
    diskkbswrite: int | None = None
    diskioread: int | None = None
    diskiowrite: int | None = None
    rootdeviceid: int | None = None
    rootdevicetype: str | None = None
    pooltype: str | None = None
    nic: tuple[str, ...] | None = None
    securitygroup: tuple[str, ...] | None = None
    affinitygroup: tuple[str, ...] | None = None
    details: Mapping[str, str] | None = None
    tags: tuple[TagView, ...] | None = None
    jobid: str | None = None
    jobstatus: int | None = None
    rev: int


class VmMetricsView(VmView, frozen=True, kw_only=True):
    """The machine with sizes and rates in words, and all its disks' operations per second."""

    cputotal: str
    memorytotal: str
    diskread: str | None = None
    diskwrite: str | None = None
    diskiopstotal: int | None = None


def vm_metrics_view(inventory: Inventory, vm: Vm) -> VmMetricsView:
    """What listVirtualMachinesMetrics shows."""
    view = vm_view(inventory, vm)
    fields = {name: getattr(view, name) for name in view.__struct_fields__}
    read, written = view.diskioread, view.diskiowrite
    return VmMetricsView(
        **fields,
        cputotal=f"{vm.cpus * (view.cpuspeed or 0) / 1000:.2f} Ghz",
        memorytotal=f"{vm.memory_bytes / GIB:.2f} GB",
        diskread=_mib(view.diskkbsread),
        diskwrite=_mib(view.diskkbswrite),
        diskiopstotal=read + written if read is not None and written is not None else None,
    )


def _mib(rate_kib: int | None) -> str | None:
    return f"{rate_kib / 1024:.2f} MB" if rate_kib is not None else None


def vm_view(inventory: Inventory, vm: Vm) -> VmView:
    """The machine with the names of its neighbours, its disks and its tags."""
    return msgspec.structs.replace(
        _neighbours(inventory, vm),
        **_sources(inventory, vm),
        **_disks(inventory, vm),
        **_measured(inventory, vm),
    )


def _neighbours(inventory: Inventory, vm: Vm) -> VmView:
    account, domain, _ = owner_of(inventory, vm.account_id, vm.domain_id)
    project_id, project = project_of(inventory, vm.account_id)
    offering = inventory.find(ServiceOffering, vm.service_offering_id)
    return VmView(
        id=vm.id,
        name=vm.name,
        displayname=vm.display_name or vm.name,
        instancename=vm.name,
        group=text(vm.group),
        state=str(vm.state),
        hypervisor=str(vm.hypervisor),
        zoneid=vm.zone_id,
        zonename=name_of(inventory, Zone, vm.zone_id),
        account=account,
        projectid=project_id,
        project=project,
        domainid=vm.domain_id,
        domain=domain,
        created=date(vm.created_s),
        displayvm=vm.display,
        deleteprotection=vm.delete_protection,
        hostid=text(vm.host_id),
        hostname=name_of(inventory, Host, vm.host_id),
        serviceofferingid=vm.service_offering_id,
        serviceofferingname=offering.name if offering is not None else None,
        cpunumber=vm.cpus,
        cpuspeed=offering.cpu_mhz if offering is not None else None,
        memory=vm.memory_bytes // MIB,
        haenable=offering is not None and offering.offer_ha,
        isdynamicallyscalable=vm.dynamic_scaling,
        boottype=BOOT_TYPE,
        bootmode=BOOT_MODE,
        keypairs=text(vm.details.get(KEY_PAIRS, "")),
        nic=(),
        securitygroup=(),
        affinitygroup=(),
        details=shown_details(vm),
        tags=tags_of(inventory, vm.id),
        jobid=text(vm.job_id),
        jobstatus=0 if vm.job_id else None,
        rev=vm.rev,
    )


def _sources(inventory: Inventory, vm: Vm) -> dict[str, object]:
    """The template that it was made from, and the ISO in its drive."""
    template = inventory.find(Template, vm.template_id or vm.source_iso_id)
    iso = inventory.find(Template, vm.iso_id)
    return {
        "templateid": text(vm.template_id or vm.source_iso_id),
        "templatename": template.name if template is not None else None,
        "templatedisplaytext": template.display_text if template is not None else None,
        "isoid": text(vm.iso_id),
        "isoname": iso.name if iso is not None else None,
        "isodisplaytext": iso.display_text if iso is not None else None,
    }


def _disks(inventory: Inventory, vm: Vm) -> dict[str, object]:
    """Where its root disk is, and the offering of its first data disk."""
    volumes = sorted(inventory.having(Volume, "vm", vm.id), key=lambda volume: volume.device_id)
    root = next((volume for volume in volumes if volume.type == "ROOT"), None)
    data = next((volume for volume in volumes if volume.type != "ROOT"), None)
    pool = inventory.find(Pool, root.pool_id) if root is not None else None
    offering = inventory.find(DiskOffering, data.disk_offering_id) if data is not None else None
    return {
        "rootdeviceid": root.device_id if root is not None else None,
        "rootdevicetype": "ROOT" if root is not None else None,
        "pooltype": str(pool.type) if pool is not None else None,
        "diskofferingid": offering.id if offering is not None else None,
        "diskofferingname": offering.name if offering is not None else None,
    }


def _measured(inventory: Inventory, vm: Vm) -> dict[str, object]:
    """What its disks did together when they were last seen: KiB and operations per second."""
    found = (inventory.measures.get(one.id) for one in inventory.having(Volume, "vm", vm.id))
    seen = [each for each in found if each is not None and each.read_bytes_per_s is not None]
    if not seen:
        return {}
    return {
        "diskkbsread": round(sum(each.read_bytes_per_s or 0 for each in seen) / 1024),
        "diskkbswrite": round(sum(each.write_bytes_per_s or 0 for each in seen) / 1024),
        "diskioread": round(sum(each.reads_per_s or 0 for each in seen)),
        "diskiowrite": round(sum(each.writes_per_s or 0 for each in seen)),
    }


GROUPS: Mapping[str, tuple[str, ...]] = {
    "group": ("group",),
    "nics": ("nic",),
    "stats": ("diskkbsread", "diskkbswrite", "diskioread", "diskiowrite"),
    "secgrp": ("securitygroup",),
    "tmpl": ("templateid", "templatename", "templatedisplaytext"),
    "servoff": (
        "serviceofferingid",
        "serviceofferingname",
        "cpunumber",
        "cpuspeed",
        "memory",
    ),
    "diskoff": ("diskofferingid", "diskofferingname"),
    "backoff": (),
    "iso": ("isoid", "isoname", "isodisplaytext"),
    "volume": ("rootdeviceid", "rootdevicetype", "pooltype"),
    "affgrp": ("affinitygroup",),
}
"""Which fields come with which word of `details`; all others always do."""


def cut(context: Context, command: ListVirtualMachines, view: VmView) -> VmView:
    """What `details` asks for: with no word, or all, everything; with min, what is always there.

    User data is told only to who asks for it.
    """
    if command.user_data:
        vm = context.inventory.get(Vm, view.id)
        view = msgspec.structs.replace(view, userdata=text(vm.user_data))
    asked = set(command.details)
    if not asked or "all" in asked:
        return view
    left_out = [field for word in GROUPS if word not in asked for field in GROUPS[word]]
    return msgspec.structs.replace(view, **dict.fromkeys(left_out))


def _in_cluster(context: Context, vm: Vm, cluster_id: str) -> bool:
    host = context.inventory.find(Host, vm.host_id or vm.last_host_id)
    return host is not None and host.cluster_id == cluster_id


def _in_pod(context: Context, vm: Vm, pod_id: str) -> bool:
    host = context.inventory.find(Host, vm.host_id or vm.last_host_id)
    return host is not None and host.pod_id == pod_id


def _on_pool(context: Context, vm: Vm, pool_id: str) -> bool:
    volumes = context.inventory.having(Volume, "vm", vm.id)
    return any(volume.pool_id == pool_id for volume in volumes)


def _in_state(context: Context, vm: Vm, state: str) -> bool:
    """Whether it is in that state; "Present" is all that is neither destroyed nor on its way."""
    if state.lower() == "present":
        return vm.state not in (VmState.DESTROYED, VmState.EXPUNGING)
    return vm.state.lower() == state.lower()


def _is_available(context: Context, vm: Vm, wanted: bool) -> bool:
    offering = context.inventory.find(ServiceOffering, vm.service_offering_id)
    return (offering is not None and offering.offer_ha) == wanted


_INDEXES = {"host_id": "host", "template_id": "template", "iso_id": "iso"}
_FIELDS = {
    "name": "name",
    "zone_id": "zone_id",
    "service_offering_id": "service_offering_id",
    "hypervisor": "hypervisor",
    "display_vm": "display",
}
_TESTS: Mapping[str, Callable[[Context, Any, Any], bool]] = {
    "state": _in_state,
    "cluster_id": _in_cluster,
    "pod_id": _in_pod,
    "storage_id": _on_pool,
    "ha_enable": _is_available,
}
LISTINGS: dict[type[Command], Listing] = {
    ListVirtualMachines: Listing(Vm, vm_view, _INDEXES, _FIELDS, _TESTS, cut=cut),
    ListVirtualMachinesMetrics: Listing(Vm, vm_metrics_view, _INDEXES, _FIELDS, _TESTS, cut=cut),
}
