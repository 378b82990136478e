"""Links to download as callers see them (semantics section 2.11)."""

import msgspec

from core.model.inventory import Inventory
from core.model.records import KINDS, Extraction, Template, Zone
from core.plans.template.access import is_iso
from core.views.listing import Views
from core.views.view import View, date, name_of


class ExtractView(View, frozen=True, kw_only=True):
    """CloudStack's extract object; `id` is what can be downloaded."""

    id: str
    name: str | None = None
    extract_id: str = msgspec.field(name="extractId")
    extract_mode: str = msgspec.field(name="extractMode")
    url: str
    state: str
    storagetype: str
    zoneid: str
    zonename: str | None = None
    accountid: str
    created: str | None = None
    expires: str | None = None
    rev: int


def extraction_view(inventory: Inventory, link: Extraction) -> ExtractView:
    """The link, and how long it is good."""
    return ExtractView(
        id=link.of_id,
        name=name_of(inventory, KINDS[link.of_kind], link.of_id),
        extract_id=link.id,
        extract_mode=link.mode,
        url=link.url,
        state="DOWNLOAD_URL_CREATED",
        storagetype="secondary",
        zoneid=link.zone_id,
        zonename=name_of(inventory, Zone, link.zone_id),
        accountid=link.account_id,
        created=date(link.created_s),
        expires=date(link.expires_s),
        rev=link.rev,
    )


def key(inventory: Inventory, link: Extraction) -> str:
    """Under which the answer has it: the name of what can be downloaded."""
    template = inventory.find(Template, link.of_id)
    return "iso" if template is not None and is_iso(template) else link.of_kind


VIEWS: Views = {Extraction: ("extraction", extraction_view)}
