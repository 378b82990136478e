"""The figures of listStoragePoolsMetrics (semantics sections 2.11 and 2.12)."""

from typing import NamedTuple

from core.model.inventory import Inventory
from core.model.records import Pool
from core.model.settings import Settings, pool_places
from core.plans.context import GIB
from core.plans.room import allocated_bytes, overprovisioning_factor


class Figures(NamedTuple):
    """Sizes as texts of GiB; flags that tell which thresholds are passed."""

    disksizeusedgb: str
    disksizetotalgb: str
    disksizeallocatedgb: str
    disksizeunallocatedgb: str
    storageusagethreshold: bool
    storageusagedisablethreshold: bool
    storageallocatedthreshold: bool
    storageallocateddisablethreshold: bool


def in_gib(size_bytes: float) -> str:
    """The size as CloudStack's metrics write it."""
    return f"{size_bytes / GIB:.2f} GB"


def figures(inventory: Inventory, pool: Pool) -> Figures:
    """The figures of a pool; a flag is set above its share of what may be allocated.

    CloudStack measures even the used bytes against the over-provisioned capacity.
    """
    settings = Settings(inventory)
    factor = overprovisioning_factor(settings, pool)
    total = pool.capacity_bytes * factor
    allocated = allocated_bytes(inventory, pool)

    def passes(size_bytes: int, setting: str) -> bool:
        return size_bytes > total * settings.number(setting, *pool_places(pool))

    return Figures(
        disksizeusedgb=in_gib(pool.used_bytes),
        disksizetotalgb=f"{in_gib(pool.capacity_bytes)} (x{factor:g})",
        disksizeallocatedgb=in_gib(allocated),
        disksizeunallocatedgb=in_gib(total - allocated),
        storageusagethreshold=passes(
            pool.used_bytes, "cluster.storage.capacity.notificationthreshold"
        ),
        storageusagedisablethreshold=passes(
            pool.used_bytes, "pool.storage.capacity.disablethreshold"
        ),
        storageallocatedthreshold=passes(
            allocated, "cluster.storage.allocated.capacity.notificationthreshold"
        ),
        storageallocateddisablethreshold=passes(
            allocated, "pool.storage.allocated.capacity.disablethreshold"
        ),
    )
