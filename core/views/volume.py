"""Volumes as callers see them (semantics section 2.11)."""

from core.model.commands.command import Command
from core.model.commands.volume import ListVolumes
from core.model.inventory import Inventory
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
from core.plans.context import Context
from core.views.listing import Listing
from core.views.view import View, date, name_of, owner_of, text


class VolumeView(View, frozen=True, kw_only=True):
    """CloudStack's volume object. Sizes are bytes."""

    id: str
    name: str
    type: str
    state: str
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
    physicalsize: int | None = None
    virtualsize: int | None = None
    jobid: str | None = None
    jobstatus: int | None = None
    tags: tuple[str, ...] | None = None
    rev: int


def volume_view(inventory: Inventory, volume: Volume) -> VolumeView:
    """The volume with the names of its neighbours."""
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
        vmdisplayname=vm.name if vm is not None else None,
        vmstate=str(vm.state) if vm is not None else None,
        vmtype="User" if vm is not None else None,
        templateid=text(volume.template_id),
        templatename=name_of(inventory, Template, volume.template_id),
        snapshotid=text(volume.snapshot_id),
        diskofferingid=None if root_offering else text(volume.disk_offering_id),
        diskofferingname=None if root_offering or offering is None else offering.name,
        diskofferingdisplaytext=None
        if root_offering or offering is None
        else offering.display_text,
        serviceofferingid=text(service),
        serviceofferingname=name_of(inventory, ServiceOffering, service),
        provisioningtype=offering.provisioning_type if offering is not None else None,
        hypervisor=str(vm.hypervisor) if vm is not None else None,
        miniops=volume.min_iops or None,
        maxiops=volume.max_iops or None,
        jobid=text(volume.job_id),
        jobstatus=0 if volume.job_id else None,
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


LISTINGS: dict[type[Command], Listing] = {
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
}
