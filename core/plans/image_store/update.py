"""updateImageStore: its name, whether it takes new objects, how large it counts."""

from core.model.commands.image_store import UpdateImageStore
from core.model.records import ImageStore
from core.plans.context import Context
from core.plans.image_store.name import require_new_name
from core.plans.step import Claim, Scalar, change


def check(context: Context, command: UpdateImageStore) -> None:
    """Refuse an unknown store, and a name that another one has."""
    store = context.get(ImageStore, command.id)
    if command.name is not None:
        require_new_name(context, command.name, store.id)


def claim(context: Context, command: UpdateImageStore) -> Claim:
    """Record what was given; 0 bytes leave the capacity to the next look at the store."""
    store = context.get(ImageStore, command.id)
    fields: dict[str, Scalar] = {}
    if command.name is not None:
        fields["name"] = command.name
    if command.readonly is not None:
        fields["readonly"] = command.readonly
    if command.capacity_bytes is not None:
        fields["given_bytes"] = command.capacity_bytes
        fields["capacity_bytes"] = command.capacity_bytes or store.capacity_bytes
    return Claim(kind="image_store", id=store.id, effects=(change(store, **fields),))
