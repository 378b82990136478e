"""Volumes as callers see them (semantics section 2.11)."""

from collections.abc import Callable, Mapping
from typing import Any

import msgspec

from core.model.commands.command import Command
from core.model.commands.volume import ListVolumes, ListVolumesMetrics
from core.model.inventory import Inventory
from core.model.pool_types import POOLS
from core.model.records import (
    Cluster,
    DiskOffering,
    Pod,
    Pool,
    ServiceOffering,
    Template,
    Vm,
    Volume,
    Zone,
)
from core.model.records.offering import NO_RATES
from core.model.states import VolumeState
from core.plans.context import GIB, Context
from core.plans.template.access import is_iso
from core.views.listing import Listing
from core.views.tag import TagView, tags_of
from core.views.view import View, date, name_of, owner_of, project_of, text


class VolumeView(View, frozen=True, kw_only=True):
    """CloudStack's volume object. Sizes are bytes."""

    id: str
    name: str
    type: str
    state: str
    status: str | None = None
    size: int
    zoneid: str
    zonename: str | None = None
    account: str | None = None
    domainid: str | None = None
    domain: str | None = None
    domainpath: str | None = None
    created: str | None = None
    attached: str | None = None
    storage: str | None = None
    storageid: str | None = None
    storagetype: str | None = None
    path: str | None = None
    clusterid: str | None = None
    clustername: str | None = None
    podid: str | None = None
    podname: str | None = None
    deviceid: int | None = None
    virtualmachineid: str | None = None
    vmname: str | None = None
    vmdisplayname: str | None = None
    vmstate: str | None = None
    vmtype: str | None = None
    templateid: str | None = None
    templatename: str | None = None
    isoid: str | None = None
    isoname: str | None = None
    isodisplaytext: str | None = None
    isextractable: bool | None = None
    snapshotid: str | None = None
    diskofferingid: str | None = None
    diskofferingname: str | None = None
    diskofferingdisplaytext: str | None = None
    serviceofferingid: str | None = None
    serviceofferingname: str | None = None
    provisioningtype: str | None = None
    hypervisor: str | None = None
    miniops: int | None = None
    maxiops: int | None = None
    serviceofferingdisplaytext: str | None = None
    templatedisplaytext: str | None = None
    destroyed: bool | None = None
    displayvolume: bool | None = None
    deleteprotection: bool | None = None
    encryptformat: str | None = None
    projectid: str | None = None
    project: str | None = None
    supportsstoragesnapshot: bool | None = None
    bytes_read_rate: int | None = msgspec.field(default=None, name="diskBytesReadRate")
    bytes_write_rate: int | None = msgspec.field(default=None, name="diskBytesWriteRate")
    iops_read_rate: int | None = msgspec.field(default=None, name="diskIopsReadRate")
    iops_write_rate: int | None = msgspec.field(default=None, name="diskIopsWriteRate")
    diskkbsread: int | None = None
    diskkbswrite: int | None = None
    diskioread: int | None = None
    diskiowrite: int | None = None
    physicalsize: int | None = None
    virtualsize: int | None = None
    utilization: str | None = None
    volumecheckresult: Mapping[str, str] | None = None
    volumerepairresult: Mapping[str, str] | None = None
    jobid: str | None = None
    jobstatus: int | None = None
    tags: tuple[TagView, ...] | None = None
    hasannotations: bool
    rev: int


class VolumeMetricsView(VolumeView, frozen=True, kw_only=True):
    """The volume with its size in words, and all its operations per second."""

    sizegb: str
    diskiopstotal: int | None = None


def volume_view(inventory: Inventory, volume: Volume) -> VolumeView:
    """The volume with the names of its neighbours, its state, limits, sizes and rates."""
    return msgspec.structs.replace(
        _neighbours(inventory, volume),
        **_conditions(inventory, volume),
        **_limits(inventory, volume),
        **_measured(inventory, volume),
    )


def volume_metrics_view(inventory: Inventory, volume: Volume) -> VolumeMetricsView:
    """What listVolumesMetrics shows."""
    view = volume_view(inventory, volume)
    fields = {name: getattr(view, name) for name in view.__struct_fields__}
    read, written = view.diskioread, view.diskiowrite
    return VolumeMetricsView(
        **fields,
        sizegb=f"{volume.size_bytes / GIB:.2f} GB",
        diskiopstotal=read + written if read is not None and written is not None else None,
    )


def _conditions(inventory: Inventory, volume: Volume) -> dict[str, object]:
    project_id, project = project_of(inventory, volume.account_id)
    return {
        "destroyed": volume.state is VolumeState.DESTROY,
        "status": _status(volume),
        "displayvolume": volume.display,
        "deleteprotection": volume.delete_protection,
        "projectid": project_id,
        "project": project,
        "hypervisor": _hypervisor(inventory, volume),
        "tags": tags_of(inventory, volume.id),
        **_origin(inventory, volume),
        "serviceofferingdisplaytext": _service_text(inventory, volume),
        "volumecheckresult": volume.check_result or None,
        "volumerepairresult": volume.repair_result or None,
    }


def _origin(inventory: Inventory, volume: Volume) -> dict[str, object]:
    """The template that it was made of, or the ISO from which its machine was installed."""
    template = inventory.find(Template, volume.template_id)
    if template is None:
        return {"templateid": text(volume.template_id), "isextractable": True}
    kind = "iso" if is_iso(template) else "template"
    return {
        f"{kind}id": template.id,
        f"{kind}name": template.name,
        f"{kind}displaytext": template.display_text,
        "isextractable": template.extractable or volume.type != "ROOT",
    }


def _service_text(inventory: Inventory, volume: Volume) -> str | None:
    """The display text of the service offering that a root disk is of."""
    offering = inventory.find(DiskOffering, volume.disk_offering_id)
    service = offering.service_offering_id if offering is not None else ""
    record = inventory.find(ServiceOffering, service)
    return record.display_text if record is not None else None


_UPLOADS = {
    VolumeState.NOT_UPLOADED: "Not uploaded",
    VolumeState.UPLOAD_OP: "Upload in progress",
    VolumeState.UPLOAD_IN_PROGRESS: "Upload in progress",
    VolumeState.UPLOADED: "Uploaded",
    VolumeState.UPLOAD_ERROR: "Upload error",
    VolumeState.UPLOAD_ABANDONED: "Upload abandoned",
}


def _status(volume: Volume) -> str | None:
    """How far its upload is, and why it failed; its job shows how many bytes have come."""
    status = _UPLOADS.get(volume.state)
    return f"{status}: {volume.upload_error}" if volume.upload_error else status


def _hypervisor(inventory: Inventory, volume: Volume) -> str | None:
    """What the volume is for: its machine's hypervisor, else its own, else its pool's."""
    vm = inventory.find(Vm, volume.vm_id)
    if vm is not None:
        return str(vm.hypervisor)
    pool = inventory.find(Pool, volume.pool_id)
    return text(volume.hypervisor or (pool.hypervisor if pool is not None else ""))


def _limits(inventory: Inventory, volume: Volume) -> dict[str, object]:
    """What the disk offering promises and throttles."""
    offering = inventory.find(DiskOffering, volume.disk_offering_id)
    pool = inventory.find(Pool, volume.pool_id)
    rates = offering.rates if offering is not None else NO_RATES
    return {
        "encryptformat": "luks" if offering is not None and offering.encrypt else None,
        "supportsstoragesnapshot": pool is not None and POOLS[pool.type].storage_snapshots,
        "bytes_read_rate": rates.bytes_read or None,
        "bytes_write_rate": rates.bytes_write or None,
        "iops_read_rate": rates.iops_read or None,
        "iops_write_rate": rates.iops_write or None,
    }


def _measured(inventory: Inventory, volume: Volume) -> dict[str, object]:
    """Sizes and rates as they were last seen: KiB and operations per second."""
    measure = inventory.measures.get(volume.id)
    if measure is None:
        return {}
    physical = measure.physical_bytes
    return {
        "physicalsize": physical or None,
        "virtualsize": volume.size_bytes,
        "utilization": f"{100 * physical / volume.size_bytes:.2f}%" if physical else None,
        "diskkbsread": _whole(measure.read_bytes_per_s, 1024),
        "diskkbswrite": _whole(measure.write_bytes_per_s, 1024),
        "diskioread": _whole(measure.reads_per_s, 1),
        "diskiowrite": _whole(measure.writes_per_s, 1),
    }


def _whole(rate: float | None, unit: int) -> int | None:
    return round(rate / unit) if rate is not None else None


def _neighbours(inventory: Inventory, volume: Volume) -> VolumeView:
    account, domain, path = owner_of(inventory, volume.account_id, volume.domain_id)
    offering = inventory.find(DiskOffering, volume.disk_offering_id)
    pool = inventory.find(Pool, volume.pool_id)
    vm = inventory.find(Vm, volume.vm_id)
    root_offering = offering is not None and bool(offering.service_offering_id)
    service = offering.service_offering_id if offering is not None else ""
    return VolumeView(
        id=volume.id,
        name=volume.name,
        type=volume.type,
        state=str(volume.state),
        size=volume.size_bytes,
        zoneid=volume.zone_id,
        zonename=name_of(inventory, Zone, volume.zone_id),
        account=account,
        domainid=volume.domain_id,
        domain=domain,
        domainpath=path,
        created=date(volume.created_s),
        attached=date(volume.attached_s),
        storage=pool.name if pool is not None else None,
        storageid=pool.id if pool is not None else None,
        storagetype=_storage_type(pool, offering),
        path=volume.id if pool is not None else None,
        clusterid=text(pool.cluster_id) if pool is not None else None,
        clustername=name_of(inventory, Cluster, pool.cluster_id) if pool is not None else None,
        podid=text(pool.pod_id) if pool is not None else None,
        podname=name_of(inventory, Pod, pool.pod_id) if pool is not None else None,
        deviceid=volume.device_id if vm is not None else None,
        virtualmachineid=vm.id if vm is not None else None,
        vmname=vm.name if vm is not None else None,
        vmdisplayname=(vm.display_name or vm.name) if vm is not None else None,
        vmstate=str(vm.state) if vm is not None else None,
        vmtype="User" if vm is not None else None,
        snapshotid=text(volume.snapshot_id),
        diskofferingid=None if root_offering else text(volume.disk_offering_id),
        diskofferingname=None if root_offering or offering is None else offering.name,
        diskofferingdisplaytext=None
        if root_offering or offering is None
        else offering.display_text,
        serviceofferingid=text(service),
        serviceofferingname=name_of(inventory, ServiceOffering, service),
        provisioningtype=offering.provisioning_type if offering is not None else None,
        miniops=volume.min_iops or None,
        maxiops=volume.max_iops or None,
        jobid=text(volume.job_id),
        jobstatus=0 if volume.job_id else None,
        hasannotations=False,
        rev=volume.rev,
    )


def _storage_type(pool: Pool | None, offering: DiskOffering | None) -> str | None:
    if pool is not None:
        return "local" if pool.scope == "HOST" else "shared"
    return offering.storage_type if offering is not None else None


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


def _of_service_offering(context: Context, volume: Volume, offering_id: str) -> bool:
    offering = context.inventory.find(DiskOffering, volume.disk_offering_id)
    return offering is not None and offering.service_offering_id == offering_id


def _is_encrypted(context: Context, volume: Volume, wanted: bool) -> bool:
    offering = context.inventory.find(DiskOffering, volume.disk_offering_id)
    return (offering is not None and offering.encrypt) == wanted


_INDEXES = {"storage_id": "pool", "virtual_machine_id": "vm", "disk_offering_id": "offering"}
_FIELDS = {
    "name": "name",
    "type": "type",
    "state": "state",
    "zone_id": "zone_id",
    "display_volume": "display",
}
_TESTS: dict[str, Callable[[Context, Any, Any], bool]] = {
    "cluster_id": _volume_in_cluster,
    "pod_id": _volume_in_pod,
    "host_id": _volume_on_host,
    "service_offering_id": _of_service_offering,
    "is_encrypted": _is_encrypted,
}
LISTINGS: dict[type[Command], Listing] = {
    ListVolumes: Listing(Volume, volume_view, _INDEXES, _FIELDS, _TESTS),
    ListVolumesMetrics: Listing(Volume, volume_metrics_view, _INDEXES, _FIELDS, _TESTS),
}
