"""migrateResourceToAnotherSecondaryStorage: given templates and snapshots, each with its chain.

Source: semantics section 6.5; the guide, "Migration of data between secondary storages".
"""

from core.model import errors
from core.model.commands.image_store import MigrateResourceToAnotherSecondaryStorage
from core.model.records import ImageStore, Migration, Record, Snapshot, StoreRef, Template
from core.plans.context import Context
from core.plans.image_store.balance import empty_store
from core.plans.image_store.holding import MOVABLE, Holding, whole_chain
from core.plans.image_store.migration import COMPLETE, begun, moving
from core.plans.image_store.places import (
    require_known_room,
    room_of,
    source_of,
    used_share_max,
    why_no_destination,
)
from core.plans.step import Add, Claim, Plan


def check(context: Context, command: MigrateResourceToAnotherSecondaryStorage) -> None:
    """Refuse a wrong source or destination, and what the source does not hold or cannot let go."""
    source = source_of(context, command.src_pool)
    _target(context, command, source)
    if not command.templates and not command.snapshots:
        raise errors.Invalid(
            "neither templates nor snapshots are given",
            object=f"image_store/{source.id}",
            hint="name some, or use migrateSecondaryStorageData to move all",
        )
    for whole in _asked(context, command, source).values():
        _require_settled(whole)


def _target(
    context: Context, command: MigrateResourceToAnotherSecondaryStorage, source: ImageStore
) -> ImageStore:
    target = context.inventory.get(ImageStore, command.dest_pool)
    reason = why_no_destination(target, source)
    if reason:
        raise errors.Invalid(
            f"the destination {reason}",
            object=f"image_store/{target.id}",
            hint="name another writable image store of the same zone as destpool",
        )
    require_known_room(target)
    return target


def _asked(
    context: Context, command: MigrateResourceToAnotherSecondaryStorage, source: ImageStore
) -> dict[str, Holding]:
    """The images named with those that they are chained to, by the id of the first of each."""
    kinds: tuple[tuple[type[Record], tuple[str, ...]], ...] = (
        (Template, command.templates),
        (Snapshot, command.snapshots),
    )
    found = [
        whole_chain(context, _image(context, kind, object_id, source))
        for kind, ids in kinds
        for object_id in ids
    ]
    return {whole.refs[0].id: whole for whole in found}


def _image(context: Context, kind: type[Record], object_id: str, source: ImageStore) -> StoreRef:
    context.inventory.get(kind, object_id)
    for ref in context.inventory.having(StoreRef, "of", object_id):
        if ref.store_id == source.id:
            return ref
    raise errors.NotFound(
        f"image store {source.name} does not have it",
        object=f"{kind.__name__.lower()}/{object_id}",
        hint="listImageStoreObjects shows what the store has",
    )


def _require_settled(whole: Holding) -> None:
    for ref in whole.refs:
        if ref.state not in MOVABLE:
            raise errors.Conflict(
                f"its image on the image store is {ref.state}",
                object=f"{ref.of_kind}/{ref.of_id}",
                hint=f"wait for job {ref.job_id}" if ref.job_id else "leave it out",
                number=530,
            )


def claim(context: Context, command: MigrateResourceToAnotherSecondaryStorage) -> Claim:
    """Record the migration; both stores stay as they are."""
    migration = begun(context, source_of(context, command.src_pool), COMPLETE)
    return Claim(kind="migration", id=migration.id, effects=(Add(record=migration),))


def plan(
    context: Context, command: MigrateResourceToAnotherSecondaryStorage, migration_id: str
) -> Plan:
    """The biggest first; what is too large stays, and nothing goes once the threshold is passed."""
    migration = context.inventory.get(Migration, migration_id)
    if migration.held_back:
        return Plan(steps=())
    source = source_of(context, command.src_pool)
    target = _target(context, command, source)
    held = _asked(context, command, source)
    decision = empty_store(
        [whole.file for whole in held.values()],
        room_of(context, source),
        [room_of(context, target)],
        used_share_max=used_share_max(context),
    )
    return Plan(steps=(moving(context, migration, decision, held, (target,)),))
