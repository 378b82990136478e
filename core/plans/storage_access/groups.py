"""Storage access groups: a pool that has any is for the hosts only that have one of them.

A host has its own, and those of its cluster, pod and zone, which its record keeps too
(`place_groups`), so that whether it reaches a pool can be said from both records alone.
"""

from core.model import errors
from core.model.inventory import Inventory
from core.model.records import Cluster, Host, Pod, Pool, Zone

Place = Zone | Pod | Cluster
GROUPS_MAX = 64


def named_groups(text: str | None) -> tuple[str, ...]:
    """The names in a list with commas, each once. Raises Invalid."""
    names = dict.fromkeys(name.strip() for name in (text or "").split(","))
    names.pop("", None)
    if len(names) > GROUPS_MAX:
        raise errors.Invalid("so many groups", hint=f"name at most {GROUPS_MAX}")
    return tuple(names)


def groups_of(host: Host) -> tuple[str, ...]:
    """The host's own, and those of the place where it is."""
    return (*host.access_groups, *host.place_groups)


def admits_groups(pool: Pool, groups: tuple[str, ...]) -> bool:
    """Whether a host with those groups may use the pool."""
    return not pool.access_groups or not set(pool.access_groups).isdisjoint(groups)


def place_groups(
    inventory: Inventory,
    zone_id: str,
    pod_id: str,
    cluster_id: str,
    *,
    renewed: Place | None = None,
) -> tuple[str, ...]:
    """Those of a cluster, its pod and its zone; `renewed` is one of the three as it will be."""
    places: tuple[Place | None, ...] = (
        inventory.find(Cluster, cluster_id),
        inventory.find(Pod, pod_id),
        inventory.find(Zone, zone_id),
    )
    found: list[str] = []
    for place in places:
        is_renewed = place is not None and renewed is not None and place.id == renewed.id
        counting = renewed if is_renewed else place
        found.extend(counting.access_groups if counting is not None else ())
    return tuple(dict.fromkeys(found))
