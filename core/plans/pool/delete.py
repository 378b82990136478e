"""deleteStoragePool: out of Maintenance, with nothing left on it (semantics section 2.12)."""

from collections.abc import Iterator

from core.model import errors
from core.model.commands.pool import DeleteStoragePool
from core.model.records import Pool, PoolTemplate, Snapshot, Volume
from core.model.states import PoolState, VolumeState
from core.plans.admission import require_state
from core.plans.context import Context
from core.plans.disk import removal
from core.plans.pool.family import children, works
from core.plans.snapshot_source import lost_with_disk, ready_ref
from core.plans.step import Change, Claim, Drop, Effect, Plan, Step
from core.plans.template.delete import removed_from_pool
from core.plans.volume_image import image_removals


def check(context: Context, command: DeleteStoragePool) -> None:
    """Refuse a pool that is in use, or that holds what would be lost."""
    pool = context.inventory.get(Pool, command.id)
    require_state(pool, PoolState.MAINTENANCE, doing="deleting")
    if pool.parent_id:
        raise errors.Conflict(
            "the pool belongs to a datastore cluster",
            object=f"pool/{pool.id}",
            hint="take it out at vCenter, then syncStoragePool; or delete the cluster",
        )
    for member in (pool, *children(context, pool)):
        _require_empty(context, member, forced=command.forced)


def _require_empty(context: Context, pool: Pool, *, forced: bool) -> None:
    volumes = context.inventory.having(Volume, "pool", pool.id)
    kept = [volume for volume in volumes if volume.state is not VolumeState.DESTROY]
    if kept or (len(volumes) and not forced):
        raise errors.Conflict(
            f"{len(volumes)} volumes are on the pool, {len(kept)} of them not destroyed",
            object=f"pool/{pool.id}",
            hint="migrate or delete them" if kept else "forced=true removes destroyed volumes",
            number=530,
        )
    doomed = {volume.id for volume in volumes}
    for snapshot in context.inventory.having(Snapshot, "pool", pool.id):
        if snapshot.volume_id not in doomed and ready_ref(context, snapshot.id) is None:
            raise errors.Conflict(
                f"snapshot {snapshot.id} is only on this pool",
                object=f"pool/{pool.id}",
                hint="delete the snapshot first",
                number=530,
            )


def claim(context: Context, command: DeleteStoragePool) -> Claim:
    """Lock the pool, and the volumes that go with it."""
    pool = context.inventory.get(Pool, command.id)
    members = (pool, *children(context, pool))
    volumes = [v for member in members for v in context.inventory.having(Volume, "pool", member.id)]
    locks = (*(f"pool/{member.id}" for member in members), *(f"volume/{v.id}" for v in volumes))
    return Claim(kind="pool", id=pool.id, locks=locks)


def plan(context: Context, command: DeleteStoragePool, pool_id: str) -> Plan:
    """Remove the destroyed volumes of this pool and no other's, then forget it."""
    pool = context.inventory.get(Pool, pool_id)
    members = (*children(context, pool), pool)
    removing: list[Step] = []
    for member in members:
        for volume in context.inventory.having(Volume, "pool", member.id):
            removing.extend(
                removal(
                    volume,
                    lost_with_disk(context, volume),
                    image_removals(context, volume),
                )
            )
        copies = context.inventory.having(PoolTemplate, "pool", member.id)
        removing.extend(removed_from_pool(copy) for copy in copies)
    gone = tuple(effect for member in members for effect in forgetting(context, member))
    return Plan(steps=(*removing, Step(name="forget the pool", commit=gone, final=True)))


def forgetting(context: Context, pool: Pool) -> Iterator[Effect]:
    """The pool goes with all that is recorded only because of it."""
    for snapshot in context.inventory.having(Snapshot, "pool", pool.id):
        if ready_ref(context, snapshot.id) is not None:
            yield Change(kind="snapshot", id=snapshot.id, fields={"pool_id": ""})
    for work in works(context, pool):
        yield Drop(kind="pool_work", id=work.id)
    yield Drop(kind="pool", id=pool.id)
