"""One row for every command that only reads, from the tables of the nouns; and views of records."""

from core.model.commands.command import Command
from core.model.inventory import Inventory
from core.model.records import Extraction, Record
from core.views import (
    api,
    capacity,
    extraction,
    image_store,
    offering,
    place,
    setting,
    snapshot,
    snapshot_policy,
    tag,
    template,
    vm,
    volume,
)
from core.views.browsing import orphan, stored
from core.views.browsing.look import Look
from core.views.listing import Listing, Query, Views
from core.views.ownership import account, domain, usage
from core.views.pool import choice, pool

LISTINGS: dict[type[Command], Listing] = {
    **place.LISTINGS,
    **pool.LISTINGS,
    **image_store.LISTINGS,
    **offering.LISTINGS,
    **template.LISTINGS,
    **vm.LISTINGS,
    **volume.LISTINGS,
    **snapshot.LISTINGS,
    **tag.LISTINGS,
    **snapshot_policy.LISTINGS,
}
QUERIES: dict[type[Command], Query] = {
    **setting.QUERIES,
    **capacity.QUERIES,
    **account.QUERIES,
    **domain.QUERIES,
    **usage.QUERIES,
    **api.QUERIES,
    **choice.QUERIES,
}
LOOKS: dict[type[Command], Look] = {
    **stored.LOOKS,
    **orphan.LOOKS,
}

# kind of record: the key and the view of it, as the first list command of its kind shows it
_VIEWS: Views = {
    **account.VIEWS,
    **domain.VIEWS,
    **extraction.VIEWS,
}
for _command, _listing in LISTINGS.items():
    _VIEWS.setdefault(_listing.kind, (_command.returns, _listing.view))


def view_of(inventory: Inventory, record: Record) -> tuple[str, object]:
    """The key and the object of a record, as lists show it."""
    row = _VIEWS.get(type(record))
    if isinstance(record, Extraction):
        return record.of_kind, extraction.extraction_view(inventory, record)
    return (row[0], row[1](inventory, record)) if row is not None else ("success", True)
