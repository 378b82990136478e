"""createStoragePool: it is recorded, then probed, then Up."""

from urllib.parse import urlsplit

from core.model import errors
from core.model.commands.pool import CreateStoragePool
from core.model.pool_types import POOLS, PoolType
from core.model.records import KIND_OF, Cluster, Host, Pool
from core.model.states import PoolState
from core.model.tags import tags_of
from core.plans.context import Context
from core.plans.hypervisor import named_hypervisor
from core.plans.operation import ProbePool
from core.plans.step import Add, Change, Claim, Drop, Effect, Plan, Step
from core.plans.url import ROOM, require_new_url

SCOPES = ("HOST", "CLUSTER", "ZONE")


def pool_type(url: str) -> PoolType:
    """The pool type whose scheme the URL has. Raises Invalid."""
    scheme = urlsplit(url).scheme.lower()
    for kind, row in POOLS.items():
        if scheme in row.schemes:
            return kind
    raise errors.Invalid(
        f"no storage pool has URLs of scheme {scheme!r}",
        hint=f"one of {', '.join(scheme for row in POOLS.values() for scheme in row.schemes)}",
    )


def _scope(command: CreateStoragePool) -> str:
    default = "CLUSTER" if POOLS[pool_type(command.url)].shared else "HOST"
    return (command.scope or default).upper()


# scope: the parameter that it needs
SCOPE_NEEDS = {"HOST": "host_id", "CLUSTER": "cluster_id", "ZONE": "hypervisor"}


def check(context: Context, command: CreateStoragePool) -> None:
    """Refuse a pool with a wrong URL or scope (semantics section 2.12)."""
    zone = context.zone(command.zone_id)
    scope = _scope(command)
    if scope not in SCOPES:
        raise errors.Invalid(f"{command.scope!r} is no scope", hint=f"one of {', '.join(SCOPES)}")
    if scope == "HOST" and POOLS[pool_type(command.url)].shared:
        raise errors.Invalid("shared storage is never of HOST scope", hint="use CLUSTER or ZONE")
    if getattr(command, SCOPE_NEEDS[scope]) is None:
        needed = SCOPE_NEEDS[scope].replace("_", "")
        raise errors.Invalid(f"scope {scope} needs {needed}", hint=f"give {needed}")
    if scope == "ZONE":
        _zone_hypervisor(command)
    if command.cluster_id is not None:
        _require_zone(context.inventory.get(Cluster, command.cluster_id), zone.id)
    if command.host_id is not None:
        _require_zone(context.inventory.get(Host, command.host_id), zone.id)


def _require_zone(place: Cluster | Host, zone_id: str) -> None:
    kind = KIND_OF[type(place)]
    if place.zone_id != zone_id:
        raise errors.Invalid(
            f"the {kind} is in another zone",
            object=f"{kind}/{place.id}",
            hint=f"name a {kind} of the pool's zone",
        )


def _zone_hypervisor(command: CreateStoragePool) -> str:
    """The hypervisor that a pool of the whole zone serves, or Any. Raises Invalid, Unsupported."""
    name = command.hypervisor or ""
    return "Any" if name.lower() == "any" else str(named_hypervisor(name))


def once(context: Context, command: CreateStoragePool) -> None:
    """Refuse a pool that is known already."""
    require_new_url(Pool, command.url, context)


def claim(context: Context, command: CreateStoragePool) -> Claim:
    """Record the pool as Initialized."""
    scope = _scope(command)
    host = context.inventory.find(Host, command.host_id or "") if scope == "HOST" else None
    cluster_id = host.cluster_id if host is not None else command.cluster_id or ""
    cluster = context.inventory.find(Cluster, cluster_id) if scope != "ZONE" else None
    pool = Pool(
        id=context.new_id(),
        created_s=context.now_s,
        name=command.name,
        url=command.url,
        type=pool_type(command.url),
        scope=scope,
        zone_id=command.zone_id,
        pod_id=cluster.pod_id if cluster is not None else "",
        cluster_id=cluster.id if cluster is not None else "",
        host_id=host.id if host is not None else "",
        hypervisor=str(cluster.hypervisor) if cluster is not None else _zone_hypervisor(command),
        tags=tags_of(command.tags),
        capacity_iops=command.capacity_iops or 0,
    )
    return Claim(kind="pool", id=pool.id, effects=(Add(record=pool),), locks=(f"pool/{pool.id}",))


def plan(context: Context, command: CreateStoragePool, pool_id: str) -> Plan:
    """Ask the storage what room it has."""
    up = Change(kind="pool", id=pool_id, fields={"state": PoolState.UP.value}, learn=ROOM)
    step = Step(name="probe the pool", actor=f"pool/{pool_id}", do=ProbePool(), commit=(up,))
    return Plan(steps=(step,))


def give_up(context: Context, pool_id: str) -> tuple[Effect, ...]:
    """A pool that does not answer is not added."""
    return (Drop(kind="pool", id=pool_id),)
