"""Pools that go together: a datastore cluster and its children; and what maintenance noted."""

from core.model.records import Pool, PoolWork
from core.plans.context import Context


def children(context: Context, pool: Pool) -> tuple[Pool, ...]:
    """The pools of a datastore cluster, by id."""
    found = context.inventory.having(Pool, "parent", pool.id)
    return tuple(sorted(found, key=lambda child: child.id))


def works(context: Context, pool: Pool) -> tuple[PoolWork, ...]:
    """The machines that the pool's maintenance had to stop, by id."""
    found = context.inventory.having(PoolWork, "pool", pool.id)
    return tuple(sorted(found, key=lambda work: work.vm_id))
