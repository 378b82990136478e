"""What only the storage has, or only the records: listStorageOrphans, an extension."""

from collections.abc import Iterator

from core.driver_words import StoredObject
from core.model import errors
from core.model.commands.command import Command
from core.model.commands.pool import ListStorageOrphans
from core.model.inventory import Inventory
from core.model.pool_types import POOLS
from core.model.records import KIND_OF, ImageStore, Pool, PoolTemplate, Record, StoreRef, Volume
from core.model.states import RefState, VolumeState
from core.plans.context import Context
from core.plans.operation import ListObjects, disk_name
from core.views.browsing.look import Look
from core.views.browsing.stored import RAW_SUFFIX, pool_owner, store_owner
from core.views.listing import Answer, paged
from core.views.view import View, date

SETTLED_S = 86400.0
LOOK_S = 600.0


class OrphanView(View, frozen=True, kw_only=True):
    """Something that only one side has; `safe` says that its file may be deleted."""

    path: str
    missing: str
    safe: bool
    reason: str
    size: int | None = None
    lastupdated: str | None = None
    recordkind: str | None = None
    recordid: str | None = None


def _ask(context: Context, command: ListStorageOrphans) -> tuple[str, ListObjects]:
    """Raises Invalid unless just one storage is named."""
    if (command.storage_id is None) == (command.image_store_id is None):
        raise errors.Invalid("one storage is needed", hint="give either storageid or imagestoreid")
    if command.storage_id is not None:
        pool = context.inventory.get(Pool, command.storage_id)
        return f"pool/{pool.id}", ListObjects(deep=True)
    store = context.inventory.get(ImageStore, command.image_store_id or "")
    return f"image_store/{store.id}", ListObjects(deep=True)


def _answer(
    context: Context, command: ListStorageOrphans, found: tuple[StoredObject, ...]
) -> Answer:
    inventory = context.inventory
    way_back = ""
    if command.storage_id is not None:
        pool = inventory.get(Pool, command.storage_id)
        way_back = "; importVolume may take it in" if POOLS[pool.type].imports else ""
        owner = pool_owner(inventory, pool)
        there = {disk_name(entry.path) for entry in found}
        lost = list(_lost_disks(inventory, pool, there))
    else:
        store = inventory.get(ImageStore, command.image_store_id or "")
        owner = store_owner(inventory, store)
        there = {entry.path.removesuffix(RAW_SUFFIX) for entry in found}
        lost = list(_lost_images(inventory, store, there))
    strange = [_strange(context, entry, way_back) for entry in found if owner(entry.path) is None]
    keyword = (command.keyword or "").lower()
    rows = [row for row in (*strange, *lost) if keyword in row.path.lower()]
    return paged(context, command, rows)


def _strange(context: Context, entry: StoredObject, way_back: str) -> OrphanView:
    """A file that belongs to no record."""
    elsewhere = context.inventory.find(Volume, disk_name(entry.path))
    reason, safe = "nothing refers to it", True
    if elsewhere is not None:
        reason = (
            f"volume {elsewhere.id} has this name, but is on pool {elsewhere.pool_id or 'none'}"
        )
        safe = not elsewhere.job_id and bool(elsewhere.pool_id)
    if context.now_s - entry.modified_s < SETTLED_S:
        reason, safe = f"{reason}, but it changed within a day", False
    return OrphanView(
        path=entry.path,
        missing="record",
        safe=safe,
        reason=reason + way_back,
        size=entry.size_bytes,
        lastupdated=date(entry.modified_s),
    )


def _lost_disks(inventory: Inventory, pool: Pool, there: set[str]) -> Iterator[OrphanView]:
    """Settled volumes and templates of a pool whose disks are not there."""
    for volume in inventory.having(Volume, "pool", pool.id):
        settled = volume.state in (VolumeState.READY, VolumeState.DESTROY) and not volume.job_id
        if settled and volume.id not in there:
            yield _lost(volume.id, volume)
    for copy in inventory.having(PoolTemplate, "pool", pool.id):
        if copy.state is RefState.READY and copy.template_id not in there:
            yield _lost(copy.template_id, copy)


def _lost_images(inventory: Inventory, store: ImageStore, there: set[str]) -> Iterator[OrphanView]:
    for ref in inventory.having(StoreRef, "store", store.id):
        if ref.state is RefState.READY and ref.path.removesuffix(RAW_SUFFIX) not in there:
            yield _lost(ref.path, ref)


def _lost(path: str, record: Record) -> OrphanView:
    kind, record_id = KIND_OF[type(record)], record.id
    if isinstance(record, StoreRef):
        kind, record_id = record.of_kind, record.of_id
    return OrphanView(
        path=path,
        missing="file",
        safe=False,
        reason=f"{kind} {record_id} is recorded here, but its file is not",
        recordkind=kind,
        recordid=record_id,
    )


LOOKS: dict[type[Command], Look] = {ListStorageOrphans: Look(_ask, _answer, LOOK_S)}
