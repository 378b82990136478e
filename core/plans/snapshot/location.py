"""Where a snapshot is to stay: on its pool, or on an image store."""

from typing import Final

from core.model import errors
from core.model.pool_types import POOLS, PoolType
from core.model.records import Pool
from core.plans.context import Context

PRIMARY: Final = "PRIMARY"
SECONDARY: Final = "SECONDARY"


def is_managed(pool: Pool) -> bool:
    """Whether the storage system makes a volume of its own for each volume."""
    return pool.managed or POOLS[pool.type].managed


def location_of(context: Context, asked: str | None, pool: Pool) -> str:
    """PRIMARY or SECONDARY: as asked, on managed storage PRIMARY, else as the setting says.

    Raises Invalid (431) for any other word.
    """
    if asked is not None and asked.upper() not in (PRIMARY, SECONDARY):
        raise errors.Invalid(
            f"{asked!r} is no location of a snapshot",
            object=f"pool/{pool.id}",
            hint=f"{PRIMARY} or {SECONDARY}",
        )
    if asked is not None:
        return asked.upper()
    backed_up = context.settings.flag("snapshot.backup.to.secondary")
    if pool.type is PoolType.LINSTOR:
        backed_up = backed_up and context.settings.flag("lin.backup.snapshots")
    return PRIMARY if is_managed(pool) or not backed_up else SECONDARY
