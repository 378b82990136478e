"""Virtual machines, templates and offerings as callers see them (semantics section 2.11)."""

from core.model.inventory import Inventory
from core.model.records import (
    DiskOffering,
    Host,
    ServiceOffering,
    StoreRef,
    Template,
    Vm,
    Zone,
)
from core.model.states import RefState, TemplateState
from core.views.view import View, date, name_of, owner_of, text

GIB = 1 << 30
MIB = 1 << 20


class VmView(View, frozen=True, kw_only=True):
    """CloudStack's virtualmachine object; memory is MiB, cpuspeed MHz."""

    id: str
    name: str
    displayname: str
    state: str
    hypervisor: str
    cpunumber: int
    memory: int
    zoneid: str
    zonename: str | None = None
    account: str | None = None
    domainid: str | None = None
    domain: str | None = None
    created: str | None = None
    cpuspeed: int | None = None
    hostid: str | None = None
    hostname: str | None = None
    templateid: str | None = None
    templatename: str | None = None
    serviceofferingid: str | None = None
    serviceofferingname: str | None = None
    haenable: bool
    nic: tuple[str, ...]
    jobid: str | None = None
    jobstatus: int | None = None
    rev: int


def vm_view(inventory: Inventory, vm: Vm) -> VmView:
    """The machine with the names of its neighbours."""
    account, domain, _ = owner_of(inventory, vm.account_id, vm.domain_id)
    offering = inventory.find(ServiceOffering, vm.service_offering_id)
    return VmView(
        id=vm.id,
        name=vm.name,
        displayname=vm.name,
        state=str(vm.state),
        hypervisor=str(vm.hypervisor),
        cpunumber=vm.cpus,
        cpuspeed=offering.cpu_mhz if offering is not None else None,
        memory=vm.memory_bytes // MIB,
        zoneid=vm.zone_id,
        zonename=name_of(inventory, Zone, vm.zone_id),
        account=account,
        domainid=vm.domain_id,
        domain=domain,
        created=date(vm.created_s),
        hostid=text(vm.host_id),
        hostname=name_of(inventory, Host, vm.host_id),
        templateid=text(vm.template_id),
        templatename=name_of(inventory, Template, vm.template_id),
        serviceofferingid=vm.service_offering_id,
        serviceofferingname=offering.name if offering is not None else None,
        haenable=offering is not None and offering.offer_ha,
        nic=(),
        jobid=text(vm.job_id),
        jobstatus=0 if vm.job_id else None,
        rev=vm.rev,
    )


class TemplateView(View, frozen=True, kw_only=True):
    """CloudStack's template object. Sizes are bytes."""

    id: str
    name: str
    displaytext: str
    format: str
    hypervisor: str
    isready: bool
    status: str
    zoneid: str
    zonename: str | None = None
    account: str | None = None
    domainid: str | None = None
    domain: str | None = None
    created: str | None = None
    size: int | None = None
    physicalsize: int | None = None
    checksum: str | None = None
    url: str | None = None
    templatetype: str
    ispublic: bool
    isfeatured: bool
    isextractable: bool
    bootable: bool
    jobid: str | None = None
    jobstatus: int | None = None
    rev: int


STATUS = {
    TemplateState.NOT_DOWNLOADED: "Not downloaded",
    TemplateState.DOWNLOAD_IN_PROGRESS: "Download in progress",
    TemplateState.DOWNLOADED: "Download Complete",
    TemplateState.DOWNLOAD_ERROR: "Download error",
}


def template_view(inventory: Inventory, template: Template) -> TemplateView:
    """The template; ready when an image store has it whole."""
    account, domain, _ = owner_of(inventory, template.account_id, template.domain_id)
    refs = inventory.having(StoreRef, "of", template.id)
    status = STATUS[template.state]
    if template.failure:
        status = f"{status}: {template.failure}"
    return TemplateView(
        id=template.id,
        name=template.name,
        displaytext=template.display_text,
        format=str(template.format),
        hypervisor=str(template.hypervisor),
        isready=any(ref.state is RefState.READY for ref in refs),
        status=status,
        zoneid=template.zone_id,
        zonename=name_of(inventory, Zone, template.zone_id),
        account=account,
        domainid=template.domain_id,
        domain=domain,
        created=date(template.created_s),
        size=template.size_bytes or None,
        physicalsize=template.physical_bytes or None,
        checksum=text(template.checksum),
        url=template.url,
        templatetype="USER",
        bootable=True,
        ispublic=template.public,
        isfeatured=template.featured,
        isextractable=template.extractable,
        jobid=text(template.job_id),
        jobstatus=0 if template.job_id else None,
        rev=template.rev,
    )


class DiskOfferingView(View, frozen=True, kw_only=True):
    """CloudStack's diskoffering object; disksize is GiB."""

    id: str
    name: str
    displaytext: str
    disksize: int
    iscustomized: bool
    storagetype: str
    provisioningtype: str
    created: str | None = None
    tags: str | None = None
    miniops: int | None = None
    maxiops: int | None = None
    iscustomizediops: bool
    displayoffering: bool
    state: str


def disk_offering_view(inventory: Inventory, offering: DiskOffering) -> DiskOfferingView:
    """The disk offering."""
    return DiskOfferingView(
        id=offering.id,
        name=offering.name,
        displaytext=offering.display_text,
        disksize=offering.size_bytes // GIB,
        iscustomized=not offering.size_bytes,
        storagetype=offering.storage_type,
        provisioningtype=offering.provisioning_type,
        created=date(offering.created_s),
        tags=",".join(offering.tags) or None,
        miniops=offering.min_iops or None,
        maxiops=offering.max_iops or None,
        iscustomizediops=offering.customized_iops,
        displayoffering=True,
        state="Active",
    )


class ServiceOfferingView(View, frozen=True, kw_only=True):
    """CloudStack's serviceoffering object; memory is MiB, rootdisksize GiB."""

    id: str
    name: str
    displaytext: str
    cpunumber: int
    cpuspeed: int
    memory: int
    storagetype: str
    created: str | None = None
    storagetags: str | None = None
    rootdisksize: int
    provisioningtype: str
    diskofferingid: str | None = None
    offerha: bool
    isvolatile: bool
    iscustomized: bool
    state: str


def service_offering_view(inventory: Inventory, offering: ServiceOffering) -> ServiceOfferingView:
    """The service offering, with what its hidden disk offering says of the root disk."""
    root = inventory.get(DiskOffering, offering.disk_offering_id)
    return ServiceOfferingView(
        id=offering.id,
        name=offering.name,
        displaytext=offering.display_text,
        cpunumber=offering.cpus,
        cpuspeed=offering.cpu_mhz,
        memory=offering.memory_bytes // MIB,
        storagetype=root.storage_type,
        created=date(offering.created_s),
        storagetags=",".join(root.tags) or None,
        rootdisksize=root.size_bytes // GIB,
        provisioningtype=root.provisioning_type,
        iscustomized=False,
        state="Active",
        diskofferingid=root.id,
        offerha=offering.offer_ha,
        isvolatile=offering.volatile,
    )
