"""addHost, createStoragePool and addImageStore: each is recorded, then probed, then Up."""

from urllib.parse import urlsplit

from core.model import errors
from core.model.commands.infrastructure import AddHost
from core.model.commands.storage import AddImageStore, CreateStoragePool
from core.model.hypervisors import POOLS, PoolType
from core.model.records import KIND_OF, Cluster, Host, ImageStore, Pod, Pool
from core.model.states import HostState, PoolState
from core.plans.context import Context
from core.plans.step import (
    Add,
    Change,
    Claim,
    Drop,
    Effect,
    Plan,
    ProbeHost,
    ProbePool,
    ProbeStore,
    Step,
)
from core.plans.template import named_hypervisor

SCOPES = ("HOST", "CLUSTER", "ZONE")


def tags_of(text: str | None) -> tuple[str, ...]:
    """Comma-separated tags, without blanks."""
    return tuple(tag.strip() for tag in (text or "").split(",") if tag.strip())


def _require_new_url(
    kind: type[Host] | type[Pool] | type[ImageStore], url: str, context: Context
) -> None:
    for other in context.inventory.having(kind, "url", url):
        raise errors.Invalid(
            f"this URL is in use by {other.name}",
            object=f"{KIND_OF[kind]}/{other.id}",
            hint="give another URL",
            number=530,
        )


def check_add_host(context: Context, command: AddHost) -> None:
    """Refuse a host that is known already, or that has no place."""
    pod = context.inventory.get(Pod, command.pod_id)
    if pod.zone_id != context.zone(command.zone_id).id:
        raise errors.Invalid(
            "the pod is in another zone",
            object=f"pod/{pod.id}",
            hint="listPods zoneid= names those of the zone",
        )
    named_hypervisor(command.hypervisor)
    if command.cluster_id is None and command.cluster_name is None:
        raise errors.Invalid(
            "clusterid or clustername is needed", hint="listClusters names the clusters"
        )
    if command.cluster_id is not None:
        cluster = context.inventory.get(Cluster, command.cluster_id)
        if cluster.pod_id != pod.id or cluster.hypervisor is not named_hypervisor(
            command.hypervisor
        ):
            raise errors.Invalid(
                "the cluster is of another pod or hypervisor",
                object=f"cluster/{cluster.id}",
                hint="listClusters podid= hypervisor= names those that suit",
            )


def once_add_host(context: Context, command: AddHost) -> None:
    """Refuse a host that is known already."""
    _require_new_url(Host, command.url, context)


def claim_add_host(context: Context, command: AddHost) -> Claim:
    """Record the host, and its cluster when that is new."""
    effects: list[Effect] = []
    cluster_id = command.cluster_id or _cluster_named(context, command)
    if not cluster_id:
        cluster_id = context.new_id()
        cluster = Cluster(
            id=cluster_id,
            created_s=context.now_s,
            name=command.cluster_name or cluster_id,
            zone_id=command.zone_id,
            pod_id=command.pod_id,
            hypervisor=named_hypervisor(command.hypervisor),
        )
        effects.append(Add(record=cluster))
    host = Host(
        id=context.new_id(),
        created_s=context.now_s,
        name=command.name or urlsplit(command.url).netloc or command.url,
        url=command.url,
        zone_id=command.zone_id,
        pod_id=command.pod_id,
        cluster_id=cluster_id,
        hypervisor=named_hypervisor(command.hypervisor),
    )
    effects.append(Add(record=host))
    return Claim(kind="host", id=host.id, effects=tuple(effects), locks=(f"host/{host.id}",))


def _cluster_named(context: Context, command: AddHost) -> str:
    for cluster in context.inventory.having(Cluster, "pod", command.pod_id):
        if cluster.name == command.cluster_name:
            return cluster.id
    return ""


def plan_add_host(context: Context, command: AddHost, host_id: str) -> Plan:
    """Ask the host what it has."""
    learn = {"version": "version", "cpus": "cpus", "memory_bytes": "memory_bytes"}
    up = Change(kind="host", id=host_id, fields={"state": HostState.UP.value}, learn=learn)
    step = Step(name="probe the host", actor=f"host/{host_id}", do=ProbeHost(), commit=(up,))
    return Plan(steps=(step,))


def give_up_add_host(context: Context, host_id: str) -> tuple[Effect, ...]:
    """A host that does not answer is not added."""
    return (Drop(kind="host", id=host_id),)


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


def check_create_pool(context: Context, command: CreateStoragePool) -> None:
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


def once_create_pool(context: Context, command: CreateStoragePool) -> None:
    """Refuse a pool that is known already."""
    _require_new_url(Pool, command.url, context)


def claim_create_pool(context: Context, command: CreateStoragePool) -> Claim:
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


ROOM = {"capacity_bytes": "capacity_bytes", "used_bytes": "used_bytes"}


def plan_create_pool(context: Context, command: CreateStoragePool, pool_id: str) -> Plan:
    """Ask the storage what room it has."""
    up = Change(kind="pool", id=pool_id, fields={"state": PoolState.UP.value}, learn=ROOM)
    step = Step(name="probe the pool", actor=f"pool/{pool_id}", do=ProbePool(), commit=(up,))
    return Plan(steps=(step,))


def give_up_create_pool(context: Context, pool_id: str) -> tuple[Effect, ...]:
    """A pool that does not answer is not added."""
    return (Drop(kind="pool", id=pool_id),)


def check_add_store(context: Context, command: AddImageStore) -> None:
    """Refuse a store in an unknown zone."""
    if command.zone_id is not None:
        context.zone(command.zone_id)


def once_add_store(context: Context, command: AddImageStore) -> None:
    """Refuse a store whose name or URL is in use."""
    name = command.name or command.url
    for other in context.inventory.having(ImageStore, "name", name):
        raise errors.Invalid(
            "the name is in use", object=f"image_store/{other.id}", hint="give another name"
        )
    _require_new_url(ImageStore, command.url, context)


def claim_add_store(context: Context, command: AddImageStore) -> Claim:
    """Record the store; it is used once it has answered."""
    store = ImageStore(
        id=context.new_id(),
        created_s=context.now_s,
        name=command.name or command.url,
        url=command.url,
        provider=command.provider,
        protocol=urlsplit(command.url).scheme,
        zone_id=command.zone_id or "",
    )
    return Claim(
        kind="image_store",
        id=store.id,
        effects=(Add(record=store),),
        locks=(f"image_store/{store.id}",),
    )


def plan_add_store(context: Context, command: AddImageStore, store_id: str) -> Plan:
    """Ask the store what room it has."""
    up = Change(kind="image_store", id=store_id, fields={"up": True}, learn=ROOM)
    step = Step(
        name="probe the image store",
        actor=f"image_store/{store_id}",
        do=ProbeStore(),
        commit=(up,),
    )
    return Plan(steps=(step,))


def give_up_add_store(context: Context, store_id: str) -> tuple[Effect, ...]:
    """A store that does not answer is not added."""
    return (Drop(kind="image_store", id=store_id),)
