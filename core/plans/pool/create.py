"""createStoragePool: it is recorded, then probed, then Up."""

from core.model import errors
from core.model.commands.command import Command
from core.model.commands.pool import CreateStoragePool
from core.model.hypervisors import HYPERVISORS, Hypervisor
from core.model.pool_types import POOLS, PoolType
from core.model.providers import PRIMARY_PROVIDERS, provider_of
from core.model.records import KIND_OF, Cluster, Host, Pod, Pool
from core.model.states import PoolState
from core.model.storage_tags.match import pool_tags
from core.plans.context import Context
from core.plans.hypervisor import named_hypervisor
from core.plans.operation import ProbePool
from core.plans.placement import reaches
from core.plans.pool.details import require_details
from core.plans.pool.pool_url import PoolUrl, pool_url
from core.plans.pool.refresh import learnt
from core.plans.pool.scope import named_scope, require_pool_type, zone_hypervisor
from core.plans.pool.sync import following
from core.plans.step import Add, Change, Claim, Drop, Effect, Plan, Step
from core.plans.storage_access.groups import named_groups
from core.plans.url import require_new_url

# scope: the parameter that it needs
SCOPE_NEEDS = {"HOST": "host_id", "CLUSTER": "cluster_id", "ZONE": "hypervisor"}


def _provider(command: CreateStoragePool) -> str:
    """The provider as it is spelled, "" when none is named. Raises Invalid."""
    asked = (command.provider or "").lower()
    for name in PRIMARY_PROVIDERS:
        if asked == name.lower():
            return name
    if asked:
        raise errors.Invalid(
            f"{command.provider!r} provides no primary storage",
            hint=f"one of {', '.join(PRIMARY_PROVIDERS)}",
        )
    return ""


def _url(command: CreateStoragePool) -> PoolUrl:
    return pool_url(command.url, _provider(command), command.details)


def check(context: Context, command: CreateStoragePool) -> None:
    """Refuse a pool with a wrong URL, place, hypervisor or promise (semantics section 2.12)."""
    zone = context.zone(command.zone_id)
    kind = _url(command).type
    _require_provider(command, kind)
    scope = named_scope(command.scope, kind)
    if getattr(command, SCOPE_NEEDS[scope]) is None:
        needed = SCOPE_NEEDS[scope].replace("_", "")
        raise errors.Invalid(f"scope {scope} needs {needed}", hint=f"give {needed}")
    _require_places(context, command, zone.id)
    _require_hypervisor(context, command, scope, kind)
    _require_promises(command, kind)
    require_details(command.details, kind)
    pool_tags(command.tags, rule=command.is_tag_a_rule)
    named_groups(command.storage_access_groups)


def _require_provider(command: CreateStoragePool, kind: PoolType) -> None:
    provider = _provider(command)
    if provider and kind not in PRIMARY_PROVIDERS[provider]:
        raise errors.Invalid(
            f"{provider} provides no {kind} pools",
            hint=f"{provider_of(kind)} does, or leave it out",
        )


def _require_places(context: Context, command: CreateStoragePool, zone_id: str) -> None:
    """Pod, cluster and host must be of the zone, and the cluster of the pod."""
    cluster: Cluster | None = None
    if command.cluster_id is not None:
        cluster = context.inventory.get(Cluster, command.cluster_id)
        _require_zone(cluster, zone_id)
    if command.pod_id is not None:
        _require_zone(context.inventory.get(Pod, command.pod_id), zone_id)
        if cluster is not None and cluster.pod_id != command.pod_id:
            raise errors.Invalid(
                "the cluster is in another pod",
                object=f"cluster/{cluster.id}",
                hint=f"podid of the cluster is {cluster.pod_id}",
            )
    if command.host_id is not None:
        _require_zone(context.inventory.get(Host, command.host_id), zone_id)


def _require_zone(place: Cluster | Host | Pod, zone_id: str) -> None:
    kind = KIND_OF[type(place)]
    if place.zone_id != zone_id:
        raise errors.Invalid(
            f"the {kind} is in another zone",
            object=f"{kind}/{place.id}",
            hint=f"name a {kind} of the pool's zone",
        )


def _home(context: Context, command: CreateStoragePool, scope: str) -> Cluster | Host | None:
    """Where the pool belongs, unless to the whole zone."""
    if scope == "HOST":
        return context.inventory.get(Host, command.host_id or "")
    if scope == "CLUSTER":
        return context.inventory.get(Cluster, command.cluster_id or "")
    return None


def _require_hypervisor(
    context: Context, command: CreateStoragePool, scope: str, kind: PoolType
) -> None:
    """The hypervisor must be able to use such pools; one that is named must be the place's."""
    home = _home(context, command, scope)
    if home is None:
        zone_hypervisor(command.hypervisor or "", kind)
        return
    named = command.hypervisor
    if named is not None and named_hypervisor(named) is not home.hypervisor:
        raise errors.Invalid(
            f"the {KIND_OF[type(home)]}'s hypervisor is {home.hypervisor}",
            object=f"{KIND_OF[type(home)]}/{home.id}",
            hint="leave hypervisor out",
        )
    if scope == "HOST" and not _has_local(home.hypervisor):
        raise errors.Unsupported(
            f"{home.hypervisor} has no local storage",
            object=f"host/{home.id}",
            hint="use a pool of the cluster",
            number=431,
        )
    require_pool_type(home.hypervisor, kind)


def _has_local(hypervisor: Hypervisor) -> bool:
    return HYPERVISORS[hypervisor].local_pool is not None


def _require_promises(command: CreateStoragePool, kind: PoolType) -> None:
    """A storage system is told how much of it may be used; other storage says itself."""
    managed = POOLS[kind].managed
    if command.managed is not None and command.managed != managed:
        able = ", ".join(name for name, row in POOLS.items() if row.managed)
        raise errors.Invalid(
            f"a {kind} pool is {'always' if managed else 'never'} managed",
            hint=f"managed pools are of type {able}",
        )
    if managed and not command.capacity_bytes:
        raise errors.Invalid(
            "a managed pool needs capacitybytes",
            hint="say how many bytes of the storage system may be used",
        )
    if not managed and command.capacity_bytes is not None:
        raise errors.Invalid(
            f"a {kind} pool reports its own capacity", hint="leave capacitybytes out"
        )


def once(context: Context, command: CreateStoragePool) -> None:
    """Refuse a pool that is known already; each host has its own folders."""
    kind, url = _url(command)
    if named_scope(command.scope, kind) == "HOST":
        known = context.inventory.having(Pool, "url", url)
        if not any(pool.host_id == command.host_id for pool in known):
            return
    require_new_url(Pool, url, context)


def claim(context: Context, command: CreateStoragePool) -> Claim:
    """Record the pool as Initialized."""
    kind, url = _url(command)
    scope = named_scope(command.scope, kind)
    home = _home(context, command, scope)
    cluster_id = home.cluster_id if isinstance(home, Host) else home.id if home else ""
    pool = Pool(
        id=context.new_id(),
        created_s=context.now_s,
        name=command.name,
        url=url,
        type=kind,
        scope=scope,
        zone_id=command.zone_id,
        pod_id=home.pod_id if home is not None else "",
        cluster_id=cluster_id,
        host_id=home.id if isinstance(home, Host) else "",
        hypervisor=str(home.hypervisor)
        if home is not None
        else zone_hypervisor(command.hypervisor or "", kind),
        provider=provider_of(kind),
        managed=POOLS[kind].managed,
        tags=pool_tags(command.tags, rule=command.is_tag_a_rule),
        tag_rule=command.is_tag_a_rule,
        details=dict(command.details or {}),
        access_groups=named_groups(command.storage_access_groups),
        capacity_bytes=command.capacity_bytes or 0,
        capacity_iops=command.capacity_iops or 0,
    )
    return Claim(kind="pool", id=pool.id, effects=(Add(record=pool),), locks=(f"pool/{pool.id}",))


def plan(context: Context, command: Command, pool_id: str) -> Plan:
    """Ask the storage what room it has; of a managed pool, what is used."""
    pool = context.inventory.get(Pool, pool_id)
    fields = {"state": PoolState.UP.value}
    up = Change(kind="pool", id=pool_id, fields=fields, learn=learnt(pool))
    step = Step(
        name="probe the pool", actor=f"pool/{pool_id}", do=_probe(context, pool), commit=(up,)
    )
    if pool.type is PoolType.DATASTORE_CLUSTER:
        return Plan(steps=(step, *following(pool_id)))
    return Plan(steps=(step,))


def _probe(context: Context, pool: Pool) -> ProbePool:
    """One of the hosts that are to use the pool must reach it; without hosts there is time."""
    hosts = context.inventory.having(Host, "zone", pool.zone_id)
    return ProbePool(hosts=tuple(host.name for host in hosts if reaches(host, pool)))


def give_up(context: Context, pool_id: str) -> tuple[Effect, ...]:
    """A pool that does not answer is not added, nor are its datastores."""
    members = context.inventory.having(Pool, "parent", pool_id)
    return tuple(Drop(kind="pool", id=id) for id in (*(pool.id for pool in members), pool_id))
