"""addImageStore: it is recorded, then probed, then used."""

from urllib.parse import urlsplit

from core.model import errors
from core.model.commands.image_store import AddImageStore
from core.model.image_providers import IMAGE_PROVIDERS
from core.model.records import ImageStore
from core.plans.context import Context
from core.plans.image_store.name import require_new_name
from core.plans.operation import ProbeStore
from core.plans.step import Add, Change, Claim, Drop, Effect, Plan, Step
from core.plans.url import ROOM, require_new_url


def check(context: Context, command: AddImageStore) -> None:
    """Refuse an unknown zone, and a provider that does not exist or does not reach so far."""
    if command.zone_id is not None:
        context.zone(command.zone_id)
    scopes = IMAGE_PROVIDERS.get(command.provider)
    if scopes is None:
        raise errors.Invalid(
            f"no provider is called {command.provider!r}",
            object=f"image_provider/{command.provider}",
            hint=f"one of {', '.join(IMAGE_PROVIDERS)}",
        )
    scope = "ZONE" if command.zone_id is not None else "REGION"
    if scope not in scopes:
        raise errors.Invalid(
            f"stores of {command.provider} do not serve a {scope.lower()}",
            object=f"image_provider/{command.provider}",
            hint="give zoneid" if scope == "REGION" else "leave zoneid out",
        )


def once(context: Context, command: AddImageStore) -> None:
    """Refuse a name or URL in use, and a provider that the other stores don't have."""
    require_new_name(context, command.name or command.url)
    require_new_url(ImageStore, command.url, context)
    for other in context.inventory.all(ImageStore):
        if other.provider != command.provider:
            raise errors.Invalid(
                f"all image stores have one provider, and {other.name} has {other.provider}",
                object=f"image_store/{other.id}",
                hint=f"add a store of {other.provider}, or remove the others first",
            )


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
        details=dict(command.details or {}),
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
