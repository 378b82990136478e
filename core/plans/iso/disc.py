"""Where the ISO in a machine's drive lies."""

from core.model import errors
from core.model.records import Template, Vm
from core.plans.context import Context
from core.plans.operation import ImageAt
from core.plans.template.copies import ready_refs, zone_within


def iso_at(context: Context, iso: Template, zone_id: str) -> ImageAt:
    """Its image in that zone. Raises Unavailable (530)."""
    for ref in ready_refs(context, iso):
        if zone_within(context, ref, iso) == zone_id:
            return ImageAt(store_id=ref.store_id, path=ref.path)
    raise errors.Unavailable(
        f"the ISO is {iso.state}, not ready in the machine's zone",
        object=f"template/{iso.id}",
        hint="listIsos shows isready and the zones; copyIso brings it to another",
        number=530,
    )


def disc_of(context: Context, vm: Vm) -> ImageAt | None:
    """What a machine starts with in its drive; an empty one when its ISO is not to be had."""
    iso = context.inventory.find(Template, vm.iso_id) if vm.iso_id else None
    if iso is None:
        return None
    try:
        return iso_at(context, iso, vm.zone_id)
    except errors.Unavailable:
        return None
