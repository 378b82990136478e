"""From where images may move, and where to (semantics section 6.3)."""

from collections.abc import Sequence

from core.model import errors
from core.model.records import ImageStore
from core.plans.context import Context
from core.plans.image_store.balance import Room
from core.plans.placement import free_bytes

MOVING_PROVIDER = "NFS"
THRESHOLD = "secondary.storage.capacity.threshold"


def source_of(context: Context, store_id: str) -> ImageStore:
    """The image store that images leave. Raises NotFound and Unavailable (530), Invalid (431)."""
    source = context.inventory.find(ImageStore, store_id)
    if source is None:
        raise errors.NotFound(
            "no image store has this id",
            object=f"image_store/{store_id}",
            hint="listImageStores shows the ids",
            number=530,
        )
    require_moving_provider(source)
    require_known_room(source)
    return source


def require_moving_provider(store: ImageStore) -> None:
    """Raise Invalid (431) unless images may move from and to such a store."""
    if store.provider != MOVING_PROVIDER:
        raise errors.Invalid(
            f"images do not move between stores of {store.provider}",
            object=f"image_store/{store.id}",
            hint=f"name image stores of {MOVING_PROVIDER}",
        )


def require_known_room(store: ImageStore) -> None:
    """Raise Unavailable (530) while nobody knows how large the store is."""
    if not store.capacity_bytes:
        raise errors.Unavailable(
            "the image store has not said yet how large it is",
            object=f"image_store/{store.id}",
            hint="wait for the next look at it, or give capacitybytes with updateImageStore",
            number=530,
        )


def why_no_destination(store: ImageStore, source: ImageStore) -> str:
    """Why images of the source cannot go there, "" when they can."""
    if store.id == source.id:
        return "is the source itself"
    if not store.up:
        return "is still being added"
    if store.readonly:
        return "is read-only"
    if store.provider != MOVING_PROVIDER:
        return f"is of {store.provider}"
    return "is in another zone" if store.zone_id != source.zone_id else ""


def destinations(
    context: Context, source: ImageStore, ids: Sequence[str]
) -> tuple[ImageStore, ...]:
    """Those of the stores named that images can go to; the others are left out.

    Raises Invalid (530) when none is left, with every reason, and Unavailable (530).
    """
    found: dict[str, ImageStore] = {}
    reasons: list[str] = []
    for store_id in ids:
        store = context.inventory.find(ImageStore, store_id)
        reason = "is unknown" if store is None else why_no_destination(store, source)
        if reason or store is None:
            reasons.append(f"{store.name if store is not None else store_id} {reason}")
        else:
            found[store.id] = store
    if not found:
        raise errors.Invalid(
            "No destination valid store(s) available to migrate. "
            + ("; ".join(reasons) or "None is named"),
            object=f"image_store/{source.id}",
            hint="name other writable image stores of the same zone in destpools",
            number=530,
        )
    for store in found.values():
        require_known_room(store)
    return tuple(found.values())


def room_of(context: Context, store: ImageStore) -> Room:
    """What the store has, and what of it is free or promised to nobody."""
    return Room(store.id, free_bytes(context, store), store.capacity_bytes)


def used_share_max(context: Context) -> float:
    """How full images that move may make a store."""
    return context.settings.number(THRESHOLD)
