"""Hypervisors, and what their versions can do, as callers see them."""

from core.model.commands.command import Command
from core.model.commands.host import ListHypervisorCapabilities, ListHypervisors
from core.model.hypervisors import (
    HYPERVISORS,
    Hypervisor,
    data_volumes_max,
    has_storage_motion,
)
from core.model.inventory import Inventory
from core.model.records import Cluster, HypervisorCapability, Zone
from core.plans.context import Context
from core.plans.host.capability import said
from core.plans.hypervisor import named_hypervisor
from core.views.listing import Answer, Query, Views, paged
from core.views.view import View


class HypervisorView(View, frozen=True, kw_only=True):
    """CloudStack's hypervisor object."""

    name: str


class CapabilityView(View, frozen=True, kw_only=True):
    """CloudStack's hypervisorCapabilities object."""

    id: str
    hypervisor: str
    hypervisorversion: str
    maxdatavolumeslimit: int
    storagemotionenabled: bool
    vmsnapshotenabled: bool


def _hypervisors(context: Context, command: ListHypervisors) -> Answer:
    names = [str(name) for name in HYPERVISORS]
    if command.zone_id is not None:
        zone = context.inventory.get(Zone, command.zone_id)
        clusters = context.inventory.having(Cluster, "zone", zone.id)
        names = sorted({str(cluster.hypervisor) for cluster in clusters})
    rows = [HypervisorView(name=name) for name in names]
    return {"count": len(rows), command.returns: rows}


def _row(inventory: Inventory, hypervisor: Hypervisor, version: str) -> CapabilityView:
    told = said(inventory, hypervisor, version)
    most, motion = told.data_volumes, told.storage_motion
    return CapabilityView(
        id=told.id,
        hypervisor=str(hypervisor),
        hypervisorversion=version,
        maxdatavolumeslimit=data_volumes_max(hypervisor, version) if most is None else most,
        storagemotionenabled=has_storage_motion(hypervisor, version) if motion is None else motion,
        vmsnapshotenabled=HYPERVISORS[hypervisor].vm_snapshot,
    )


def capability_view(inventory: Inventory, told: HypervisorCapability) -> CapabilityView:
    """The version that the administrator has said something of."""
    name, _, version = told.id.partition("/")
    return _row(inventory, Hypervisor(name), version)


def _capabilities(context: Context, command: ListHypervisorCapabilities) -> Answer:
    """Raises Invalid for a hypervisor that there is not."""
    asked = named_hypervisor(command.hypervisor) if command.hypervisor is not None else None
    keyword = (command.keyword or "").lower()
    rows = [
        _row(context.inventory, name, version)
        for name, row in HYPERVISORS.items()
        if asked in (None, name) and keyword in name.lower()
        for version in row.data_volumes
    ]
    if command.id is not None:
        rows = [row for row in rows if row.id == command.id]
    return paged(context, command, rows)


VIEWS: Views = {HypervisorCapability: ("hypervisorCapabilities", capability_view)}
QUERIES: dict[type[Command], Query] = {
    ListHypervisors: _hypervisors,
    ListHypervisorCapabilities: _capabilities,
}
