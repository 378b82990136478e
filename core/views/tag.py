"""Tags as callers see them."""

from core.model.commands.command import Command
from core.model.commands.ownership.tag import ListTags
from core.model.inventory import Inventory
from core.model.records import KINDS, Tag
from core.plans.context import Context
from core.plans.tag.resource import tagged_type, type_of
from core.views.listing import Listing
from core.views.view import View, owner_of


class TagView(View, frozen=True, kw_only=True):
    """CloudStack's tag object."""

    key: str
    value: str
    resourcetype: str
    resourceid: str
    account: str | None = None
    domainid: str | None = None
    domain: str | None = None


def _type_name(inventory: Inventory, tag: Tag) -> str:
    """CloudStack's name of what it is on."""
    return type_of(inventory.get(KINDS[tag.of_kind], tag.of_id)).name


def tag_view(inventory: Inventory, tag: Tag) -> TagView:
    """The tag."""
    account, domain, _ = owner_of(inventory, tag.account_id, tag.domain_id)
    return TagView(
        key=tag.key,
        value=tag.value,
        resourcetype=_type_name(inventory, tag),
        resourceid=tag.of_id,
        account=account,
        domainid=tag.domain_id,
        domain=domain,
    )


def tags_of(inventory: Inventory, record_id: str) -> tuple[TagView, ...] | None:
    """The tags of a thing, by key; None when it has none."""
    tags = inventory.having(Tag, "of", record_id)
    if not tags:
        return None
    return tuple(tag_view(inventory, tag) for tag in sorted(tags, key=lambda tag: tag.key))


def _of_type(context: Context, tag: Tag, name: str) -> bool:
    return _type_name(context.inventory, tag) == tagged_type(name).name


LISTINGS: dict[type[Command], Listing] = {
    ListTags: Listing(
        Tag,
        tag_view,
        {"resource_id": "of", "key": "key"},
        {"value": "value"},
        {"resource_type": _of_type},
    ),
}
