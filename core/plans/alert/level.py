"""How full the storage of each place is, against the share above which an alert is due.

Source: semantics sections 3.1 and 4.5. Types and names are CloudStack's.
"""

from collections.abc import Iterator
from typing import Final, NamedTuple

from core.model.pool_types import PoolType
from core.model.records import ImageStore, Pool
from core.plans.context import Context
from core.plans.room import allocated_bytes, total_bytes

USED: Final = 2
ALLOCATED: Final = 3
SECONDARY: Final = 6
LOCAL: Final = 9


class Place(NamedTuple):
    """A zone, or a pod and cluster of it; "" where it is not one of them alone."""

    zone_id: str
    pod_id: str = ""
    cluster_id: str = ""


class Kind(NamedTuple):
    """One kind of alert: its name, what is full, and the setting that says how full is too full."""

    name: str
    what: str
    setting: str


KINDS: dict[int, Kind] = {
    USED: Kind(
        "ALERT.STORAGE",
        "primary storage is used",
        "cluster.storage.capacity.notificationthreshold",
    ),
    ALLOCATED: Kind(
        "ALERT.STORAGE.ALLOCATED",
        "primary storage is allocated",
        "cluster.storage.allocated.capacity.notificationthreshold",
    ),
    SECONDARY: Kind(
        "ALERT.STORAGE.SECONDARY",
        "secondary storage is used",
        "zone.secstorage.capacity.notificationthreshold",
    ),
    LOCAL: Kind(
        "ALERT.STORAGE.LOCAL",
        "local storage is used",
        "cluster.localStorage.capacity.notificationthreshold",
    ),
}


class Level(NamedTuple):
    """How much of a place's storage of one kind is taken."""

    type: int
    place: Place
    taken_bytes: int
    total_bytes: int

    @property
    def share(self) -> float:
        """Taken bytes of all; 0 when there are none."""
        return self.taken_bytes / self.total_bytes if self.total_bytes else 0.0


def levels(context: Context) -> list[Level]:
    """The levels of all places that have storage."""
    sums: dict[tuple[int, Place], tuple[int, int]] = {}
    for part in (*_of_pools(context), *_of_stores(context)):
        taken, total = sums.get((part.type, part.place), (0, 0))
        sums[part.type, part.place] = taken + part.taken_bytes, total + part.total_bytes
    return [Level(type, place, *amounts) for (type, place), amounts in sums.items()]


def is_over(context: Context, level: Level) -> bool:
    """Whether an alert is due."""
    scope = (("cluster", level.place.cluster_id),)
    return level.share > context.settings.number(KINDS[level.type].setting, *scope)


def _of_pools(context: Context) -> Iterator[Level]:
    for pool in context.inventory.all(Pool):
        if pool.type is PoolType.DATASTORE_CLUSTER:
            continue  # its datastores are counted
        place = Place(pool.zone_id, pool.pod_id, pool.cluster_id)
        if pool.scope == "HOST":
            yield Level(LOCAL, place, pool.used_bytes, pool.capacity_bytes)
            continue
        yield Level(USED, place, pool.used_bytes, pool.capacity_bytes)
        allocated = allocated_bytes(context.inventory, pool)
        yield Level(ALLOCATED, place, allocated, total_bytes(context, pool))


def _of_stores(context: Context) -> Iterator[Level]:
    for store in context.inventory.all(ImageStore):
        if store.up:
            place = Place(store.zone_id)
            yield Level(SECONDARY, place, store.used_bytes, store.capacity_bytes)
