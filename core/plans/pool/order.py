"""Which of the pools that suit a volume comes first (semantics section 4.3)."""

from collections.abc import Mapping

from core.model.records import Pool, Volume
from core.plans.allocation import arranged
from core.plans.context import Context
from core.plans.room import allocated_bytes, total_bytes

ALLOCATORS: Mapping[str, str] = {
    "LocalStorage": "HOST",
    "ClusterScopeStoragePoolAllocator": "CLUSTER",
    "ZoneWideStoragePoolAllocator": "ZONE",
}
"""The scope that each link of the chain looks after."""


def first(context: Context, pools: list[Pool], account_id: str) -> Pool:
    """The account's preferred pool if it is among them, else the best of the first scope."""
    preferred = context.settings.text("preferred.storage.pool", ("account", account_id))
    for pool in pools:
        if pool.id == preferred:
            return pool
    return _ordered(context, _of_first_scope(context, pools), account_id)[0]


def _of_first_scope(context: Context, pools: list[Pool]) -> list[Pool]:
    """Those of the first scope in storage.pool.allocators.order that has any."""
    for name in context.settings.text("storage.pool.allocators.order").split(","):
        scope = ALLOCATORS.get(name.strip(), "")
        found = [pool for pool in pools if pool.scope == scope]
        if found:
            return found
    return pools


def _ordered(context: Context, pools: list[Pool], account_id: str) -> list[Pool]:
    """The pools as volume.allocation.algorithm says."""
    volumes = context.inventory.having(Volume, "account", account_id)
    return arranged(
        context,
        pools,
        context.settings.text("volume.allocation.algorithm"),
        taken=lambda pool: _allocated_share(context, pool),
        owned=(volume.pool_id for volume in volumes),
    )


def _allocated_share(context: Context, pool: Pool) -> float:
    whole = total_bytes(context, pool)
    return allocated_bytes(context.inventory, pool) / whole if whole else 1.0
