"""What a simulated image store refuses to do with an image, and in which words."""

from typing import Final

from core.model import errors
from core.model.pool_types import DiskFormat
from sim.world import Store

FETCHED: Final = frozenset(DiskFormat) - {DiskFormat.VMDK}


def require_base(store: Store, base: str, subject: str) -> None:
    """Raise NotFound unless the image is there of which another is to hold only the changes."""
    if base and base not in store.images:
        hint = "store all of it, without a base"
        raise errors.NotFound("the base is not here", object=subject, hint=hint)


def require_no_child(store: Store, path: str, subject: str) -> None:
    """Raise Busy while another image holds only what differs from the one at `path`."""
    bases = {name: image.base for name, image in store.images.items()}
    bases.update((name, place.base) for name, place in store.places.items())
    for name, base in bases.items():
        if base == path:
            raise errors.Busy(
                f"{name} holds only what differs from it",
                object=subject,
                hint="remove that one first",
            )


def require_fetched(format: DiskFormat, subject: str) -> None:
    """Raise Unsupported for formats that come in archives only."""
    if format not in FETCHED:
        hint = "bring disks of VMware as OVA archives"
        raise errors.Unsupported(f"{format} images are not fetched", object=subject, hint=hint)
