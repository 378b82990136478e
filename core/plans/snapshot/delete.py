"""deleteSnapshot."""

from core.model.commands.snapshot import DeleteSnapshot
from core.model.records import Pool, Snapshot, StoreRef, Volume
from core.model.states import SnapshotState
from core.plans.admission import (
    require_state,
    volume_locks,
)
from core.plans.context import Context
from core.plans.operation import RemoveImage
from core.plans.snapshot.take import forget_primary
from core.plans.step import Claim, Drop, Effect, Plan, Step, change


def check(context: Context, command: DeleteSnapshot) -> None:
    """Refuse while something works on it (semantics section 5.5)."""
    snapshot = context.get(Snapshot, command.id)
    require_state(snapshot, SnapshotState.BACKED_UP, SnapshotState.ERROR, doing="deleting")


def claim(context: Context, command: DeleteSnapshot) -> Claim:
    """Lock the snapshot, and its volume while its pool holds a part of it."""
    snapshot = context.get(Snapshot, command.id)
    locks: tuple[str, ...] = (f"snapshot/{snapshot.id}",)
    volume = context.inventory.find(Volume, snapshot.volume_id)
    if snapshot.pool_id and volume is not None:
        locks += volume_locks(volume)
    return Claim(kind="snapshot", id=snapshot.id, locks=locks)


def plan(context: Context, command: DeleteSnapshot, snapshot_id: str) -> Plan:
    """Remove it from the pool, then from every image store, then the record."""
    snapshot = context.inventory.get(Snapshot, snapshot_id)
    begin: tuple[Effect, ...] = ()
    if snapshot.state is SnapshotState.BACKED_UP:
        begin = (change(snapshot, "DestroyRequested"),)
    steps = [Step(name="mark the snapshot", begin=begin, final=True)]
    if snapshot.pool_id and context.inventory.find(Volume, snapshot.volume_id) is not None:
        pool = context.inventory.get(Pool, snapshot.pool_id)
        volume = context.inventory.get(Volume, snapshot.volume_id)
        steps.append(forget_primary(snapshot, volume, pool))
    steps.extend(
        Step(
            name="remove it from the image store",
            actor=f"image_store/{ref.store_id}",
            do=RemoveImage(path=ref.path),
            commit=(Drop(kind="store_ref", id=ref.id),),
            final=True,
        )
        for ref in context.inventory.having(StoreRef, "of", snapshot.id)
    )
    gone = Drop(kind="snapshot", id=snapshot.id)
    steps.append(Step(name="forget the snapshot", commit=(gone,), final=True))
    return Plan(steps=tuple(steps))
