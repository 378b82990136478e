"""downloadImageStoreObject: a link to a file of an image store, as its browser shows it."""

from core.model import errors
from core.model.commands.image_store import DownloadImageStoreObject
from core.model.records import Extraction, ImageStore, Snapshot, StoreRef, Template, Volume
from core.model.states import READABLE
from core.plans.context import Context
from core.plans.extraction.link import Subject, new_link, require_allowed
from core.plans.step import Claim, Plan, Step, reading

SUBJECTS: dict[str, type[Subject]] = {
    "template": Template,
    "snapshot": Snapshot,
    "volume": Volume,
}
SUFFIXES = (".raw", ".iso")
"""What a file's name may end with that the path of its image does not."""


def check(context: Context, command: DownloadImageStoreObject) -> None:
    """Refuse files that are no complete image of anything; only such are streamed."""
    require_allowed(context)
    image = _image(context, command)
    if image.state not in READABLE:
        raise errors.Conflict(
            f"the image is {image.state}",
            object=f"{image.of_kind}/{image.of_id}",
            hint="wait until it is Ready",
        )
    _subject(context, image)


def _image(context: Context, command: DownloadImageStoreObject) -> StoreRef:
    store = context.inventory.get(ImageStore, command.id)
    path = (command.path or "").strip("/")
    paths = {path, *(path.removesuffix(suffix) for suffix in SUFFIXES)}
    for ref in context.inventory.having(StoreRef, "store", store.id):
        if ref.path in paths:
            return ref
    raise errors.NotFound(
        f"image store {store.name} has no image at {path!r}",
        object=f"image_store/{store.id}",
        hint="listImageStoreObjects shows which files belong to something",
    )


def _subject(context: Context, image: StoreRef) -> Subject:
    """What it is an image of. Raises NotFound for a copy that was made for another link."""
    kind = SUBJECTS.get(image.of_kind)
    found = context.inventory.find(kind, image.of_id) if kind is not None else None
    if found is None:
        raise errors.NotFound(
            "the file was made for a link that there is already",
            object=f"image_store/{image.store_id}",
            hint="use that link: extractVolume and extractSnapshot answer it again",
        )
    return found


def claim(context: Context, command: DownloadImageStoreObject) -> Claim:
    """The link there is already, or the one that will be; what it leads to is not removed."""
    image = _image(context, command)
    known = _known(context, image)
    return Claim(
        kind="extraction",
        id=known.id if known is not None else context.new_id(),
        locks=(reading(f"{image.of_kind}/{image.of_id}"),),
    )


def _known(context: Context, image: StoreRef) -> Extraction | None:
    for link in context.inventory.having(Extraction, "of", image.of_id):
        same = (link.store_id, link.path) == (image.store_id, image.path)
        if same and link.expires_s > context.now_s:
            return link
    return None


def plan(context: Context, command: DownloadImageStoreObject, link_id: str) -> Plan:
    """The image is there as it is: only the link is made."""
    if context.inventory.find(Extraction, link_id) is not None:
        return Plan(steps=())
    image = _image(context, command)
    store = context.inventory.get(ImageStore, image.store_id)
    subject = _subject(context, image)
    made = new_link(context, link_id, subject, image, store.zone_id or subject.zone_id)
    return Plan(steps=(Step(name="make the link", commit=(made,)),))
