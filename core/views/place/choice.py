"""Which hosts a running machine could move to, and whether its volumes must move too."""

from collections.abc import Iterator

from msgspec.structs import replace

from core.model import errors
from core.model.commands.command import Command
from core.model.commands.migration import FindHostsForMigration
from core.model.hypervisors import HYPERVISORS, Hypervisor
from core.model.records import Host, Vm
from core.plans.context import Context
from core.plans.host.capability import moves_disks
from core.plans.migration.carrying import require_carried, require_carrying, targets_on
from core.plans.migration.destination import (
    disks_of,
    has_tags,
    pool_of,
    require_destination,
    require_migrating,
    require_without_local_storage,
)
from core.plans.placement import is_closed, reaches
from core.views.listing import Answer, Query, paged
from core.views.place.host import HostView, host_view


def _for_migration(context: Context, command: FindHostsForMigration) -> Answer:
    """Every other host that could take it; the suitable first, then by name.

    Raises as migrateVirtualMachine does for a machine that cannot move at all.
    """
    vm = context.get(Vm, command.virtual_machine_id)
    require_migrating(context, vm)
    here = context.inventory.get(Host, vm.host_id)
    able = moves_disks(context, here.hypervisor, here.version)
    carries = HYPERVISORS[vm.hypervisor].carries and able
    if not carries:
        require_without_local_storage(context, vm)
    keyword = (command.keyword or "").lower()
    rows = [
        _row(context, vm, host)
        for host in _others(context, here, carries=carries)
        if keyword in host.name.lower()
    ]
    rows.sort(key=lambda row: (not row.suitableformigration, row.name, row.id))
    return paged(context, command, rows)


def _others(context: Context, here: Host, *, carries: bool) -> Iterator[Host]:
    """Of the zone where machines take disks along, but on KVM and elsewhere of the cluster."""
    whole_zone = carries and here.hypervisor is not Hypervisor.KVM
    mark, key = ("zone", here.zone_id) if whole_zone else ("cluster", here.cluster_id)
    for host in context.inventory.having(Host, mark, key):
        if host.id != here.id and host.hypervisor is here.hypervisor:
            yield host


def _row(context: Context, vm: Vm, host: Host) -> HostView:
    bound = any(not reaches(host, pool_of(context, one)) for one in disks_of(context, vm))
    fits = has_tags(context, vm, host) and not is_closed(context, host)
    fits = fits and _admits(context, vm, host, with_disks=bound)
    return replace(
        host_view(context.inventory, host),
        suitableformigration=fits,
        hasenoughcapacity=fits,
        requiresStorageMotion=bound,
    )


def _admits(context: Context, vm: Vm, host: Host, *, with_disks: bool) -> bool:
    """Whether the machine could go there now; volumes out of reach would go along."""
    try:
        require_destination(context, vm, host)
        if with_disks:
            require_carrying(context, vm)
            require_carried(context, vm, host, targets_on(context, vm, host, {}))
    except errors.ForebayError:
        return False
    return True


QUERIES: dict[type[Command], Query] = {FindHostsForMigration: _for_migration}
