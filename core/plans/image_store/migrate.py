"""migrateSecondaryStorageData: an image store is emptied, or several are made evenly full.

Source: semantics sections 6.3 to 6.5; the guide, "Migration of data between secondary storages".
"""

from core.model import errors
from core.model.commands.image_store import MigrateSecondaryStorageData
from core.model.commands.internal import MoveLateImages
from core.model.records import ImageStore, Migration
from core.plans.context import Context
from core.plans.image_store.balance import (
    Decision,
    Room,
    balance_stores,
    empty_store,
    is_balanced,
)
from core.plans.image_store.holding import Holding, holdings, require_settled
from core.plans.image_store.migration import BALANCE, COMPLETE, begun, held_back, moving
from core.plans.image_store.places import destinations, room_of, source_of, used_share_max
from core.plans.operation import CancelJobs, RunJobs, errand
from core.plans.step import Add, Change, Claim, Effect, Plan, Step, change

IMBALANCE = "image.store.imbalance.threshold"
BALANCED = "the image stores are balanced"


def _type(command: MigrateSecondaryStorageData) -> str:
    return command.migration_type.lower()


def check(context: Context, command: MigrateSecondaryStorageData) -> None:
    """Refuse a wrong source or type, and when no destination is left of those named."""
    source = source_of(context, command.src_pool)
    if _type(command) not in (COMPLETE, BALANCE):
        raise errors.Invalid(
            f"{command.migration_type!r} is no migrationtype",
            object=f"image_store/{source.id}",
            hint=f"{COMPLETE} or {BALANCE}",
            number=530,
        )
    destinations(context, source, command.dest_pools)


def once(context: Context, command: MigrateSecondaryStorageData) -> None:
    """A store on which something is under way cannot be emptied."""
    if _type(command) == COMPLETE and not held_back(context):
        require_settled(context, source_of(context, command.src_pool))


def claim(context: Context, command: MigrateSecondaryStorageData) -> Claim:
    """Record the migration; a store that is being emptied takes in nothing from now on."""
    source = source_of(context, command.src_pool)
    migration = begun(context, source, _type(command))
    effects: list[Effect] = [Add(record=migration)]
    if migration.type == COMPLETE and not migration.held_back and not source.readonly:
        effects.append(change(source, readonly=True))
    return Claim(kind="migration", id=migration.id, effects=tuple(effects))


def plan(context: Context, command: MigrateSecondaryStorageData, migration_id: str) -> Plan:
    """Move what is decided now; when the store is to be empty, then what has come since."""
    migration = context.inventory.get(Migration, migration_id)
    if migration.held_back:
        return Plan(steps=())
    source = source_of(context, command.src_pool)
    targets = destinations(context, source, command.dest_pools)
    held = holdings(context, source)
    decision = _decide(context, migration.type, held, source, targets)
    first = moving(context, migration, decision, held, targets)
    if migration.type == BALANCE:
        return Plan(steps=(first,))
    return Plan(steps=(first, _second_round(migration, targets)))


def _decide(
    context: Context,
    type: str,
    held: dict[str, Holding],
    source: ImageStore,
    targets: tuple[ImageStore, ...],
) -> Decision:
    files = [holding.file for holding in held.values()]
    room, others = room_of(context, source), _rooms(context, targets)
    most = used_share_max(context)
    if type == COMPLETE:
        return empty_store(files, room, others, used_share_max=most)
    imbalance = context.settings.number(IMBALANCE)
    if is_balanced(room, others, imbalance):
        return Decision(stopped=BALANCED)
    return balance_stores(files, room, others, imbalance=imbalance, used_share_max=most)


def _rooms(context: Context, stores: tuple[ImageStore, ...]) -> list[Room]:
    return [room_of(context, store) for store in stores]


def _second_round(migration: Migration, targets: tuple[ImageStore, ...]) -> Step:
    asked = MoveLateImages(
        migration_id=migration.id, dest_pools=tuple(store.id for store in targets)
    )
    return Step(
        name="move what has come since, or could not move",
        actor="jobs",
        do=RunJobs(errands=(errand(asked),), tolerant=True),
        undo=CancelJobs(count=1),
        commit=(Change(kind="migration", id=migration.id, learn={"round_failure": "message"}),),
    )


def check_late(context: Context, command: MoveLateImages) -> None:
    """Refuse when no destination is left."""
    migration = context.inventory.get(Migration, command.migration_id)
    destinations(context, source_of(context, migration.source_id), command.dest_pools)


def claim_late(context: Context, command: MoveLateImages) -> Claim:
    """It tells the migration that began it what has moved."""
    return Claim(kind="migration", id=command.migration_id)


def plan_late(context: Context, command: MoveLateImages, migration_id: str) -> Plan:
    """Decide once more, for all that is left."""
    migration = context.inventory.get(Migration, migration_id)
    source = source_of(context, migration.source_id)
    targets = destinations(context, source, command.dest_pools)
    held = holdings(context, source)
    decision = _decide(context, COMPLETE, held, source, targets)
    return Plan(steps=(moving(context, migration, decision, held, targets, late=True),))
