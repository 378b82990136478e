"""Disk and service offerings as callers see them (semantics section 2.11)."""

from core.model.commands.command import Command
from core.model.commands.offering import ListDiskOfferings, ListServiceOfferings
from core.model.inventory import Inventory
from core.model.records import (
    DiskOffering,
    ServiceOffering,
)
from core.views.listing import Listing
from core.views.view import View, date
from core.views.vm import MIB

GIB = 1 << 30


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


def _hidden_offering(offering: DiskOffering) -> bool:
    return bool(offering.service_offering_id)


LISTINGS: dict[type[Command], Listing] = {
    ListDiskOfferings: Listing(
        DiskOffering,
        disk_offering_view,
        {},
        {"name": "name", "storage_type": "storage_type"},
        hidden=_hidden_offering,
    ),
    ListServiceOfferings: Listing(ServiceOffering, service_offering_view, {}, {"name": "name"}),
}
