"""What lies on pools and image stores, and whose it is (semantics sections 2.11 and 2.12)."""

from collections.abc import Callable
from typing import TypeVar

from core.driver_words import StoredObject
from core.model.commands.command import Command
from core.model.commands.image_store import ListImageStoreObjects
from core.model.commands.pool import ListStoragePoolObjects
from core.model.inventory import Inventory
from core.model.records import (
    Extraction,
    ImageStore,
    Pool,
    PoolTemplate,
    Record,
    Snapshot,
    StoreRef,
    Template,
    Volume,
)
from core.plans.context import Context
from core.plans.operation import ListObjects, disk_name
from core.views.browsing.look import Look
from core.views.listing import Answer, paged
from core.views.view import View, date

R = TypeVar("R", bound=Record)
RAW_SUFFIX = ".raw"
METADATA_SUFFIX = ".ova.meta"
Owner = Callable[[str], Record | None]
"""The volume, snapshot or template to which the object at a path belongs, None when to nothing."""


class StoredView(View, frozen=True, kw_only=True):
    """CloudStack's datastoreobject. Sizes are bytes."""

    name: str
    isdirectory: bool
    size: int
    lastupdated: str | None = None
    templateid: str | None = None
    templatename: str | None = None
    format: str | None = None
    snapshotid: str | None = None
    snapshotname: str | None = None
    volumeid: str | None = None
    volumename: str | None = None


def stored_view(entry: StoredObject, owner: Record | None) -> StoredView:
    """The object, and what it belongs to."""
    template = owner if isinstance(owner, Template) else None
    snapshot = owner if isinstance(owner, Snapshot) else None
    volume = owner if isinstance(owner, Volume) else None
    return StoredView(
        name=entry.path.rpartition("/")[2],
        isdirectory=entry.directory,
        size=entry.size_bytes,
        lastupdated=date(entry.modified_s),
        templateid=template.id if template is not None else None,
        templatename=template.name if template is not None else None,
        format=str(template.format) if template is not None else None,
        snapshotid=snapshot.id if snapshot is not None else None,
        snapshotname=snapshot.name if snapshot is not None else None,
        volumeid=volume.id if volume is not None else None,
        volumename=volume.name if volume is not None else None,
    )


def pool_owner(inventory: Inventory, pool: Pool) -> Owner:
    """Whose the disks of a pool are: they have the ids of volumes, or of templates kept there."""
    kept = {copy.template_id for copy in inventory.having(PoolTemplate, "pool", pool.id)}

    def owner(path: str) -> Record | None:
        name = disk_name(path)
        if name in kept:
            return inventory.find(Template, name)
        volume = inventory.find(Volume, name)
        here = volume is not None and pool.id in (volume.pool_id, volume.target_pool_id)
        return volume if here else None

    return owner


def store_owner(inventory: Inventory, store: ImageStore) -> Owner:
    """Whose the images of a store are, by the exact path of what refers to them."""
    refs = {ref.path: ref for ref in inventory.having(StoreRef, "store", store.id)}
    kinds: dict[str, type[Record]] = {
        "volume": Volume,
        "snapshot": Snapshot,
        "template": Template,
    }

    def owner(path: str) -> Record | None:
        image = path.removesuffix(RAW_SUFFIX).removesuffix(METADATA_SUFFIX)
        ref = refs.get(path) or refs.get(image)
        if ref is None:
            return None
        link = inventory.find(Extraction, ref.of_id) if ref.of_kind == "extraction" else None
        of_kind, of_id = (link.of_kind, link.of_id) if link else (ref.of_kind, ref.of_id)
        return inventory.find(kinds[of_kind], of_id) if of_kind in kinds else None

    return owner


def _path(command: ListStoragePoolObjects | ListImageStoreObjects) -> str:
    return (command.path or "").strip("/")


def _ask_pool(context: Context, command: ListStoragePoolObjects) -> tuple[str, ListObjects]:
    pool = context.inventory.get(Pool, command.id)
    return f"pool/{pool.id}", ListObjects(path=_path(command))


def _ask_store(context: Context, command: ListImageStoreObjects) -> tuple[str, ListObjects]:
    store = context.inventory.get(ImageStore, command.id)
    return f"image_store/{store.id}", ListObjects(path=_path(command))


def _of_pool(
    context: Context, command: ListStoragePoolObjects, found: tuple[StoredObject, ...]
) -> Answer:
    owner = pool_owner(context.inventory, context.inventory.get(Pool, command.id))
    return paged(context, command, [stored_view(entry, owner(entry.path)) for entry in found])


def _of_store(
    context: Context, command: ListImageStoreObjects, found: tuple[StoredObject, ...]
) -> Answer:
    owner = store_owner(context.inventory, context.inventory.get(ImageStore, command.id))
    return paged(context, command, [stored_view(entry, owner(entry.path)) for entry in found])


LOOKS: dict[type[Command], Look] = {
    ListStoragePoolObjects: Look(_ask_pool, _of_pool),
    ListImageStoreObjects: Look(_ask_store, _of_store),
}
