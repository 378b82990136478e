"""Where things go: filters and weights that choose a pool, a host or an image store.

Source: semantics sections 4.2 to 4.4 and 6.6. Ties are broken by id, never by order in memory.
"""

from collections.abc import Callable, Iterable, Mapping
from types import MappingProxyType
from typing import NamedTuple

from core.model import errors
from core.model.hypervisors import serves
from core.model.pool_types import PoolType
from core.model.records import (
    Cluster,
    DiskOffering,
    Host,
    ImageStore,
    Pod,
    Pool,
    PoolTemplate,
    Volume,
)
from core.model.states import AllocationState, HostState, PoolState, ResourceState
from core.model.storage_tags.match import admits_tags
from core.plans.context import Context
from core.plans.pool.order import first
from core.plans.pool.rules import why_excluded, why_not_provisioned, why_too_many
from core.plans.room import why_no_room
from core.plans.storage_access.groups import admits_groups, groups_of

NAMES_SHOWN = 3


class Need(NamedTuple):
    """What a disk needs of a pool; cluster, host and hypervisor are "" when any will do.

    template_id, template_bytes: of which it is to be made; a pool that lacks it needs room for it.
    """

    zone_id: str
    size_bytes: int
    tags: tuple[str, ...]
    local: bool
    min_iops: int = 0
    cluster_id: str = ""
    host_id: str = ""
    host_name: str = ""
    host_groups: tuple[str, ...] = ()
    hypervisor: str = ""
    account_id: str = ""
    template_id: str = ""
    template_bytes: int = 0
    provisioning: str = "thin"


class Promised(NamedTuple):
    """What a plan that is being made has given away of a pool, in bytes and operations a second."""

    size_bytes: int = 0
    min_iops: int = 0

    def and_for(self, volume: Volume) -> "Promised":
        """What is promised when the volume is promised a place too."""
        return Promised(self.size_bytes + volume.size_bytes, self.min_iops + volume.min_iops)


NOTHING = Promised()
NOBODY: Mapping[str, Promised] = MappingProxyType({})


def need_of(volume: Volume, offering: DiskOffering, host: Host | None = None) -> Need:
    """What `volume` needs; a pool that `host` reaches, if one is given."""
    return Need(
        zone_id=volume.zone_id,
        size_bytes=volume.size_bytes,
        tags=offering.tags,
        local=offering.storage_type == "local",
        min_iops=volume.min_iops,
        cluster_id=host.cluster_id if host is not None else "",
        host_id=host.id if host is not None else "",
        host_name=host.name if host is not None else "",
        host_groups=groups_of(host) if host is not None else (),
        hypervisor=str(host.hypervisor) if host is not None else "",
        account_id=volume.account_id,
        provisioning=offering.provisioning_type,
    )


def _reaches(pool: Pool, need: Need) -> bool:
    if pool.scope == "HOST":
        return need.local and need.host_id in ("", pool.host_id)
    if need.local:
        return False
    return pool.scope == "ZONE" or need.cluster_id in ("", pool.cluster_id)


def _has_node(pool: Pool, need: Need) -> bool:
    """Whether storage with nodes of its own has one of the host's name."""
    return not pool.nodes or need.host_name in ("", *pool.nodes)


def _admits(pool: Pool, need: Need) -> bool:
    """Whether the host has one of the pool's storage access groups."""
    return not need.host_id or admits_groups(pool, need.host_groups)


def _is_for(pool: Pool, need: Need) -> bool:
    """Whether the pool serves the hypervisor, where it is known."""
    return not need.hypervisor or serves(pool.hypervisor, need.hypervisor)


FILTERS: tuple[tuple[str, Callable[[Pool, Need], bool]], ...] = (
    ("is not Up", lambda pool, _: pool.state is PoolState.UP),
    ("is a cluster of datastores", lambda pool, _: pool.type is not PoolType.DATASTORE_CLUSTER),
    ("is in another zone", lambda pool, need: pool.zone_id == need.zone_id),
    ("is out of reach or of the wrong kind", _reaches),
    ("has no node of the host's name", _has_node),
    ("has other storage access groups than the host", _admits),
    ("is for another hypervisor", _is_for),
    ("lacks the offering's tags", lambda pool, need: admits_tags(pool, need.tags)),
)


def why_unfit(
    context: Context, pool: Pool, need: Need, promised: Mapping[str, Promised] = NOBODY
) -> str:
    """Why the pool does not suit, "" when it does; it must hold what is promised of it as well."""
    for reason, passes in FILTERS:
        if not passes(pool, need):
            return reason
    if not need.host_id and is_closed(context, pool):
        return "is in a Disabled pod or cluster"
    reason = why_not_provisioned(context, pool, need.provisioning, need.hypervisor)
    if reason := reason or why_too_many(context, pool, need.cluster_id, need.hypervisor):
        return reason
    beside = promised.get(pool.id, NOTHING)
    asked_bytes = need.size_bytes + _missing_bytes(context, pool, need) + beside.size_bytes
    return why_no_room(context, pool, asked_bytes, need.min_iops + beside.min_iops)


def _missing_bytes(context: Context, pool: Pool, need: Need) -> int:
    """Room for the template, unless the pool has a copy of it (semantics section 4.1)."""
    copies = context.inventory.having(PoolTemplate, "pool", pool.id)
    there = any(copy.template_id == need.template_id for copy in copies)
    return 0 if there else need.template_bytes


def is_closed(context: Context, thing: Host | Pool) -> bool:
    """Whether its pod or cluster is Disabled, so that nothing new is placed there by itself."""
    pod = context.inventory.find(Pod, thing.pod_id)
    cluster = context.inventory.find(Cluster, thing.cluster_id)
    return any(
        place is not None and place.allocation_state is AllocationState.DISABLED
        for place in (pod, cluster)
    )


def choose_pool(
    context: Context,
    need: Need,
    promised: Mapping[str, Promised] = NOBODY,
    *,
    number: int = errors.NoCapacity.number,
) -> Pool:
    """The pool for a disk, by volume.allocation.algorithm. Raises NoCapacity with every reason."""
    pools = context.inventory.having(Pool, "zone", need.zone_id)
    fitting: list[Pool] = []
    reasons: list[tuple[str, str]] = []
    for pool in pools:
        reason = why_excluded(context, pool) or why_unfit(context, pool, need, promised)
        if reason:
            reasons.append((pool.name, reason))
        else:
            fitting.append(pool)
    if not fitting:
        raise errors.NoCapacity(
            f"no pool can take the volume: {told(reasons, 'pools') or 'the zone has none'}",
            object=f"zone/{need.zone_id}",
            hint="add a pool, free room, or use another disk offering",
            number=number,
        )
    return first(context, fitting, need.account_id)


def told(reasons: Iterable[tuple[str, str]], what: str) -> str:
    """Names with their reasons, the rarest first; of many with the same only how many they are."""
    names: dict[str, list[str]] = {}
    for name, reason in reasons:
        names.setdefault(reason, []).append(name)
    rows = sorted(names.items(), key=lambda row: len(row[1]))
    return "; ".join(f"{_those(those, what)} {reason}" for reason, those in rows)


def _those(names: list[str], what: str) -> str:
    if len(names) > NAMES_SHOWN:
        return f"each of {len(names)} {what}"
    return names[0] if len(names) == 1 else f"each of {', '.join(names)}"


def reaches(host: Host, pool: Pool) -> bool:
    """Whether the host can open the pool's disks."""
    if (pool.nodes and host.name not in pool.nodes) or not admits_groups(pool, groups_of(host)):
        return False
    if pool.scope == "HOST":
        return pool.host_id == host.id
    if pool.scope == "CLUSTER":
        return pool.cluster_id == host.cluster_id
    return pool.zone_id == host.zone_id


def load(context: Context, host: Host) -> float:
    """The share of the host's memory that machines have."""
    used = context.inventory.total("host.memory", host.id)
    return used / host.memory_bytes if host.memory_bytes else 1.0


def why_host_unfit(context: Context, host: Host, memory_bytes: int) -> str:
    """Why a VM cannot start there, "" when it can."""
    if host.state is not HostState.UP:
        return f"is {host.state}"
    if host.resource_state is not ResourceState.ENABLED:
        return f"is {host.resource_state}"
    used = context.inventory.total("host.memory", host.id)
    if used + memory_bytes > host.memory_bytes:
        return f"has {host.memory_bytes - used} bytes of memory left"
    return ""


def choose_store(
    context: Context, zone_id: str, size_bytes: int, *, own: bool = False
) -> ImageStore:
    """The image store for a new object: most free first. Raises NoCapacity (530).

    own: only those that are the zone's alone.
    """
    limit = context.settings.number("secondary.storage.capacity.threshold")
    stores = [
        store
        for store in context.inventory.all(ImageStore)
        if store.up
        and not store.readonly
        and (store.zone_id == zone_id or not (store.zone_id or own))
    ]
    fitting = [store for store in stores if _filled(context, store, size_bytes) <= limit]
    if not fitting:
        raise errors.NoCapacity(
            f"none of the zone's {len(stores)} writable image stores has {size_bytes} bytes",
            object=f"zone/{zone_id}",
            hint="add an image store or delete snapshots and templates",
            number=530,
        )
    if context.settings.text("image.store.allocation.algorithm") == "random":
        return context.random.choice(sorted(fitting, key=lambda store: store.id))
    return max(sorted(fitting, key=lambda store: store.id), key=lambda s: free_bytes(context, s))


def store_used_bytes(context: Context, store: ImageStore) -> int:
    """What the store says is used, or what is recorded to lie there where that is more."""
    return max(store.used_bytes, context.inventory.total("store.allocated", store.id))


def free_bytes(context: Context, store: ImageStore) -> int:
    """What is left on an image store; below zero when more was promised than it has."""
    return store.capacity_bytes - store_used_bytes(context, store)


def _filled(context: Context, store: ImageStore, more_bytes: int) -> float:
    """The share used with so much more; a store that has not said its size counts as empty."""
    used = store_used_bytes(context, store) + more_bytes
    return used / store.capacity_bytes if store.capacity_bytes else 0.0
