"""A link to download goes, and with it the copy that was made for it."""

from core.model.commands.internal import RemoveLink
from core.model.records import Extraction, StoreRef
from core.plans.context import Context
from core.plans.operation import RemoveImage
from core.plans.step import Change, Claim, Drop, Plan, Step


def check(context: Context, command: RemoveLink) -> None:
    """Raise NotFound for a link that there is not."""
    context.inventory.get(Extraction, command.id)


def claim(context: Context, command: RemoveLink) -> Claim:
    """Lock the link: its copy may be on its way to another image store."""
    link = context.inventory.get(Extraction, command.id)
    return Claim(
        kind="extraction",
        id=link.id,
        locks=(f"extraction/{link.id}",),
    )


def plan(context: Context, command: RemoveLink, link_id: str) -> Plan:
    """First its copy, then the link."""
    return Plan(steps=link_removal(context, context.inventory.get(Extraction, link_id)))


def link_removal(context: Context, link: Extraction) -> tuple[Step, ...]:
    """Steps that remove the link and its own copy; an image that others use stays."""
    copies = context.inventory.having(StoreRef, "of", link.id)
    gone = Drop(kind="extraction", id=link.id)
    return (
        *(image_removal(ref) for ref in copies),
        Step(name="forget the link", commit=(gone,), final=True),
    )


def image_removal(ref: StoreRef) -> Step:
    """Remove an image from its store for good."""
    return Step(
        name="remove the image",
        actor=f"image_store/{ref.store_id}",
        do=RemoveImage(path=ref.path),
        begin=(Change(kind="store_ref", id=ref.id, event="DestroyRequested"),),
        commit=(Drop(kind="store_ref", id=ref.id),),
        final=True,
    )
