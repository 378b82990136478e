"""Whether pools have room for several volumes of one machine together."""

from collections.abc import Iterable, Mapping

from core.model import errors
from core.model.records import Pool, Volume
from core.plans.context import Context
from core.plans.placement import NOTHING, Promised
from core.plans.room import why_no_room


def require_room(context: Context, moved: Iterable[Volume], targets: Mapping[str, Pool]) -> None:
    """Raise NoCapacity (530) when a pool cannot take all that goes there (semantics 4.2)."""
    sums: dict[str, Promised] = {}
    pools: dict[str, Pool] = {}
    for volume in moved:
        pool = targets[volume.id]
        pools[pool.id] = pool
        sums[pool.id] = sums.get(pool.id, NOTHING).and_for(volume)
    for pool_id, needed in sums.items():
        reason = why_no_room(context, pools[pool_id], needed.size_bytes, needed.min_iops)
        if reason:
            raise errors.NoCapacity(
                f"the pool has no room for the volumes: {reason}",
                object=f"pool/{pool_id}",
                hint="name another pool or free room on it",
                number=530,
            )
