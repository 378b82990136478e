"""addImageStore: it is recorded, then probed, then used."""

from urllib.parse import urlsplit

from core.model import errors
from core.model.commands.image_store import AddImageStore
from core.model.records import ImageStore
from core.plans.context import Context
from core.plans.operation import ProbeStore
from core.plans.step import Add, Change, Claim, Drop, Effect, Plan, Step
from core.plans.url import ROOM, require_new_url


def check(context: Context, command: AddImageStore) -> None:
    """Refuse a store in an unknown zone."""
    if command.zone_id is not None:
        context.zone(command.zone_id)


def once(context: Context, command: AddImageStore) -> None:
    """Refuse a store whose name or URL is in use."""
    name = command.name or command.url
    for other in context.inventory.having(ImageStore, "name", name):
        raise errors.Invalid(
            "the name is in use", object=f"image_store/{other.id}", hint="give another name"
        )
    require_new_url(ImageStore, command.url, context)


def claim(context: Context, command: AddImageStore) -> Claim:
    """Record the store; it is used once it has answered."""
    store = ImageStore(
        id=context.new_id(),
        created_s=context.now_s,
        name=command.name or command.url,
        url=command.url,
        provider=command.provider,
        protocol=urlsplit(command.url).scheme,
        zone_id=command.zone_id or "",
    )
    return Claim(
        kind="image_store",
        id=store.id,
        effects=(Add(record=store),),
        locks=(f"image_store/{store.id}",),
    )


def plan(context: Context, command: AddImageStore, store_id: str) -> Plan:
    """Ask the store what room it has."""
    up = Change(kind="image_store", id=store_id, fields={"up": True}, learn=ROOM)
    step = Step(
        name="probe the image store",
        actor=f"image_store/{store_id}",
        do=ProbeStore(),
        commit=(up,),
    )
    return Plan(steps=(step,))


def give_up(context: Context, store_id: str) -> tuple[Effect, ...]:
    """A store that does not answer is not added."""
    return (Drop(kind="image_store", id=store_id),)
