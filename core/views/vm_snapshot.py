"""Snapshots of whole machines as callers see them."""

from core.model.commands.command import Command
from core.model.commands.vm_snapshot import ListVMSnapshot
from core.model.inventory import Inventory
from core.model.records import Vm, VmSnapshot, Zone
from core.views.listing import Listing, Views
from core.views.tag import TagView, tags_of
from core.views.view import View, date, name_of, owner_of, project_of, text


class VmSnapshotView(View, frozen=True, kw_only=True):
    """CloudStack's VM snapshot object."""

    id: str
    name: str
    displayname: str
    description: str | None = None
    state: str
    type: str
    virtualmachineid: str
    virtualmachinename: str | None = None
    hypervisor: str | None = None
    current: bool
    parent: str | None = None
    parentname: str | None = None
    zoneid: str
    zonename: str | None = None
    account: str | None = None
    domainid: str | None = None
    domain: str | None = None
    domainpath: str | None = None
    projectid: str | None = None
    project: str | None = None
    created: str | None = None
    jobid: str | None = None
    jobstatus: int | None = None
    tags: tuple[TagView, ...] | None = None
    rev: int


def vm_snapshot_view(inventory: Inventory, taken: VmSnapshot) -> VmSnapshotView:
    """The snapshot with the names of its neighbours."""
    account, domain, path = owner_of(inventory, taken.account_id, taken.domain_id)
    project_id, project = project_of(inventory, taken.account_id)
    vm = inventory.find(Vm, taken.vm_id)
    return VmSnapshotView(
        id=taken.id,
        name=taken.name,
        displayname=taken.name,
        description=text(taken.description),
        state=str(taken.state),
        type="DiskAndMemory" if taken.memory else "Disk",
        virtualmachineid=taken.vm_id,
        virtualmachinename=vm.name if vm is not None else None,
        hypervisor=str(vm.hypervisor) if vm is not None else None,
        current=taken.current,
        parent=text(taken.parent_id),
        parentname=name_of(inventory, VmSnapshot, taken.parent_id),
        zoneid=taken.zone_id,
        zonename=name_of(inventory, Zone, taken.zone_id),
        account=account,
        domainid=taken.domain_id,
        domain=domain,
        domainpath=path,
        projectid=project_id,
        project=project,
        created=date(taken.created_s),
        jobid=text(taken.job_id),
        jobstatus=0 if taken.job_id else None,
        tags=tags_of(inventory, taken.id),
        rev=taken.rev,
    )


# answers hold one as "vmsnapshot"; its list calls them "vmSnapshot"
VIEWS: Views = {VmSnapshot: ("vmsnapshot", vm_snapshot_view)}
LISTINGS: dict[type[Command], Listing] = {
    ListVMSnapshot: Listing(
        VmSnapshot,
        vm_snapshot_view,
        {"virtual_machine_id": "vm"},
        {"name": "name", "state": "state"},
    ),
}
