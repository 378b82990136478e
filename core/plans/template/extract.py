"""extractTemplate and extractIso."""

from core.model import errors
from core.model.commands.image.iso import ExtractIso
from core.model.commands.template import ExtractTemplate
from core.model.records import Extraction, StoreRef, Template
from core.plans.context import Context
from core.plans.extraction.link import (
    known_link,
    new_link,
    require_allowed,
    require_extractable,
    require_mode,
)
from core.plans.snapshot_source import ready_ref, zone_of
from core.plans.step import Claim, Plan, Step
from core.plans.template.access import visible

Extract = ExtractTemplate | ExtractIso


def _template(context: Context, command: Extract) -> Template:
    return visible(context, command.id, iso=isinstance(command, ExtractIso))


def _image(context: Context, command: Extract, template: Template) -> StoreRef:
    """Where an image store of the zone has it. Raises Conflict."""
    zone_id = command.zone_id or template.zone_id
    image = ready_ref(context, template.id, zone_id)
    if image is None or (zone_id and zone_of(context, image) not in ("", zone_id)):
        raise errors.Conflict(
            "no image store of the zone has the template ready",
            object=f"template/{template.id}",
            hint="listTemplates shows isready and status",
        )
    return image


def check(context: Context, command: Extract) -> None:
    """Refuse what may not be downloaded, or is not there yet."""
    require_mode(command.extract_mode)
    require_allowed(context)
    template = _template(context, command)
    require_extractable(context, template)
    if command.zone_id is not None:
        context.zone(command.zone_id)
    _image(context, command, template)


def claim(context: Context, command: Extract) -> Claim:
    """The link there is already, or the one that will be; the template is locked."""
    template = _template(context, command)
    known = known_link(context, template.id, command.zone_id or template.zone_id)
    link_id = known.id if known is not None else context.new_id()
    return Claim(kind="extraction", id=link_id, locks=(f"template/{template.id}",))


def plan(context: Context, command: Extract, link_id: str) -> Plan:
    """The image is there as it is: only the link is made."""
    if context.inventory.find(Extraction, link_id) is not None:
        return Plan(steps=())
    template = _template(context, command)
    image = _image(context, command, template)
    zone_id = command.zone_id or template.zone_id
    made = new_link(context, link_id, template, image, zone_id)
    return Plan(steps=(Step(name="make the link", commit=(made,)),))
