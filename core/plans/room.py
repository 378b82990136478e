"""How much room a pool has, and why it may have none (semantics sections 4.1 and 4.2)."""

from core.model.hypervisors import is_overprovisioned
from core.model.inventory import Inventory
from core.model.records import Pool
from core.model.settings import Settings, pool_places
from core.plans.context import Context


def overprovisioning_factor(settings: Settings, pool: Pool) -> float:
    """How often the pool's capacity may be allocated: once where its type allows no more."""
    if not is_overprovisioned(pool.type, pool.hypervisor):
        return 1.0
    return settings.number("storage.overprovisioning.factor", *pool_places(pool))


def total_bytes(context: Context, pool: Pool) -> int:
    """Capacity that may be allocated."""
    return int(pool.capacity_bytes * overprovisioning_factor(context.settings, pool))


def allocated_bytes(inventory: Inventory, pool: Pool) -> int:
    """What is given to volumes there, with all their replicas."""
    return inventory.total("pool.allocated", pool.id) * pool.replicas


ALLOCATED_SHARE = "pool.storage.allocated.capacity.disablethreshold"


def why_no_room(
    context: Context,
    pool: Pool,
    asked_bytes: int,
    asked_iops: int = 0,
    *,
    threshold: str = ALLOCATED_SHARE,
) -> str:
    """Why the pool cannot take so much more, "" when it can (semantics section 4.2).

    threshold: the setting that says how large a share may be allocated; just that share may be.
    """
    places = pool_places(pool)
    used_limit = context.settings.number("pool.storage.capacity.disablethreshold", *places)
    if pool.capacity_bytes and pool.used_bytes / pool.capacity_bytes >= used_limit:
        return f"{pool.used_bytes} of {pool.capacity_bytes} bytes are used"
    total = total_bytes(context, pool)
    allocated = allocated_bytes(context.inventory, pool) + asked_bytes * pool.replicas
    share = context.settings.number(threshold, *places)
    if asked_bytes > 0 and (not total or allocated / total > share):
        return f"{allocated} of {total} bytes would be allocated, over the share of {share:g}"
    iops = context.inventory.total("pool.iops", pool.id) + asked_iops
    if pool.capacity_iops and iops > pool.capacity_iops:
        return f"{iops} of {pool.capacity_iops} operations per second would be promised"
    return ""
