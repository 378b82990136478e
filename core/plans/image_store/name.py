"""What image stores may be called."""

from core.model import errors
from core.model.records import ImageStore
from core.plans.context import Context


def require_new_name(context: Context, name: str, own_id: str = "") -> None:
    """Raise Invalid when another image store has the name."""
    for other in context.inventory.having(ImageStore, "name", name):
        if other.id != own_id:
            raise errors.Invalid(
                "the name is in use", object=f"image_store/{other.id}", hint="give another name"
            )
