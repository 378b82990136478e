"""downloadImageStoreObject."""

from core.model import errors
from core.model.commands.image_store import DownloadImageStoreObject
from core.model.records import Extraction, ImageStore
from core.plans.context import Context
from core.plans.extraction.link import known_link, opened
from core.plans.operation import ListObjects
from core.plans.step import Claim, Plan, Step


def _path(command: DownloadImageStoreObject) -> str:
    return (command.path or "").strip("/")


def check(context: Context, command: DownloadImageStoreObject) -> None:
    """Refuse the whole store: only files are downloaded."""
    store = context.inventory.get(ImageStore, command.id)
    if not _path(command):
        raise errors.Invalid(
            "a path is needed",
            object=f"image_store/{store.id}",
            hint="listImageStoreObjects shows what is there",
        )


def claim(context: Context, command: DownloadImageStoreObject) -> Claim:
    """The link there is already, or the one that will be."""
    store = context.inventory.get(ImageStore, command.id)
    known = known_link(context, store.id, store.zone_id, _path(command))
    link_id = known.id if known is not None else context.new_id()
    return Claim(kind="extraction", id=link_id)


def plan(context: Context, command: DownloadImageStoreObject, link_id: str) -> Plan:
    """Ask the store whether there is such a file, then make the link."""
    if context.inventory.find(Extraction, link_id) is not None:
        return Plan(steps=())
    store = context.inventory.get(ImageStore, command.id)
    path = _path(command)
    link = Extraction(
        id=link_id,
        created_s=context.now_s,
        of_kind="image_store",
        of_id=store.id,
        account_id=context.caller.account_id,
        domain_id=context.caller.domain_id,
        zone_id=store.zone_id,
        store_id=store.id,
        path=path,
        url=path.rpartition("/")[2],
        expires_s=0.0,
    )
    step = Step(
        name=f"look for the file on {store.name}",
        actor=f"image_store/{store.id}",
        do=ListObjects(path=path, file=True),
        commit=(opened(context, link),),
    )
    return Plan(steps=(step,))
