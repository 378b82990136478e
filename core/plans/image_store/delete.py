"""deleteImageStore: only one that holds nothing of users is forgotten."""

from core.model import errors
from core.model.commands.image_store import DeleteImageStore
from core.model.records import ImageStore, StoreRef
from core.model.states import RefState
from core.plans.context import Context
from core.plans.step import Claim, Drop, Effect

HELD = {
    "snapshot": "snapshots",
    "volume": "volumes",
    "template": "templates",
    "extraction": "copies for links to download",
}


def _refs(context: Context, store: ImageStore) -> list[StoreRef]:
    refs = context.inventory.having(StoreRef, "store", store.id)
    return [ref for ref in refs if ref.state is not RefState.DESTROYED]


def check(context: Context, command: DeleteImageStore) -> None:
    """Refuse a store that is still being added, or holds something (semantics section 2.12)."""
    store = context.get(ImageStore, command.id)
    if not store.up:
        raise errors.Conflict(
            "the image store is still being added",
            object=f"image_store/{store.id}",
            hint="wait for the job that adds it",
        )
    held = {ref.of_kind for ref in _refs(context, store)}
    for kind, name in HELD.items():
        if kind in held:
            raise errors.Conflict(
                f"the image store holds {name}",
                object=f"image_store/{store.id}",
                hint="delete or migrate them; links to download expire by themselves",
            )


def claim(context: Context, command: DeleteImageStore) -> Claim:
    """Forget the store, and notes of what it once held."""
    store = context.get(ImageStore, command.id)
    refs = context.inventory.having(StoreRef, "store", store.id)
    notes: tuple[Effect, ...] = tuple(Drop(kind="store_ref", id=ref.id) for ref in refs)
    drop = Drop(kind="image_store", id=store.id)
    return Claim(kind="image_store", id=store.id, effects=(*notes, drop))
