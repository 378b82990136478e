"""One row for every command that only reads, from the tables of the nouns; and views of records."""

from core.model.commands.command import Command
from core.model.inventory import Inventory
from core.model.records import Extraction, Record, Template
from core.plans.template.access import is_iso
from core.views import (
    api,
    capacity,
    extraction,
    image_store,
    offering,
    setting,
    snapshot,
    snapshot_policy,
    tag,
    template,
    template_permission,
    vm,
    vm_snapshot,
    volume,
)
from core.views.browsing import importable, orphan, stored
from core.views.browsing.look import Look
from core.views.history import disk_usage, event
from core.views.listing import Listing, Query, Views
from core.views.ownership import account, detail, domain, usage
from core.views.place import choice as host_choice
from core.views.place import host, hypervisor, network, zone
from core.views.pool import access, choice, pool

LISTINGS: dict[type[Command], Listing] = {
    **zone.LISTINGS,
    **host.LISTINGS,
    **pool.LISTINGS,
    **image_store.LISTINGS,
    **offering.LISTINGS,
    **template.LISTINGS,
    **vm.LISTINGS,
    **vm_snapshot.LISTINGS,
    **volume.LISTINGS,
    **snapshot.LISTINGS,
    **tag.LISTINGS,
    **capacity.LISTINGS,
    **snapshot_policy.LISTINGS,
}
QUERIES: dict[type[Command], Query] = {
    **setting.QUERIES,
    **capacity.QUERIES,
    **account.QUERIES,
    **domain.QUERIES,
    **detail.QUERIES,
    **usage.QUERIES,
    **api.QUERIES,
    **choice.QUERIES,
    **access.QUERIES,
    **event.QUERIES,
    **disk_usage.QUERIES,
    **template_permission.QUERIES,
    **host_choice.QUERIES,
    **hypervisor.QUERIES,
    **network.QUERIES,
}
LOOKS: dict[type[Command], Look] = {
    **stored.LOOKS,
    **orphan.LOOKS,
    **importable.LOOKS,
}

# kind of record: the key and the view of it, as the first list command of its kind shows it
_VIEWS: Views = {
    **account.VIEWS,
    **domain.VIEWS,
    **extraction.VIEWS,
    **hypervisor.VIEWS,
    **image_store.VIEWS,
    **vm_snapshot.VIEWS,
}
for _command, _listing in LISTINGS.items():
    _VIEWS.setdefault(_listing.kind, (_command.returns, _listing.view))


def view_of(inventory: Inventory, record: Record) -> tuple[str, object]:
    """The key and the object of a record, as lists show it."""
    row = _VIEWS.get(type(record))
    if isinstance(record, Extraction):
        return extraction.key(inventory, record), extraction.extraction_view(inventory, record)
    if row is not None and isinstance(record, Template) and is_iso(record):
        return "iso", row[1](inventory, record)
    return (row[0], row[1](inventory, record)) if row is not None else ("success", True)
