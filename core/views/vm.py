"""Virtual machines as callers see them (semantics section 2.11)."""

from core.model.commands.command import Command
from core.model.commands.vm import ListVirtualMachines
from core.model.inventory import Inventory
from core.model.records import (
    Host,
    ServiceOffering,
    Template,
    Vm,
    Volume,
    Zone,
)
from core.plans.context import Context
from core.views.listing import Listing
from core.views.view import View, date, name_of, owner_of, text

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
    isoid: str | None = None
    isoname: str | None = None
    isodisplaytext: str | None = None
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
    iso = inventory.find(Template, vm.iso_id) if vm.iso_id else None
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
        isoid=text(vm.iso_id),
        isoname=iso.name if iso is not None else None,
        isodisplaytext=iso.display_text if iso is not None else None,
        serviceofferingid=vm.service_offering_id,
        serviceofferingname=offering.name if offering is not None else None,
        haenable=offering is not None and offering.offer_ha,
        nic=(),
        jobid=text(vm.job_id),
        jobstatus=0 if vm.job_id else None,
        rev=vm.rev,
    )


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


LISTINGS: dict[type[Command], Listing] = {
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
}
