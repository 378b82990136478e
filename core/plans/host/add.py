"""addHost: it is recorded, then probed, then Up."""

from urllib.parse import urlsplit

from core.model import errors
from core.model.commands.host import AddHost
from core.model.records import Cluster, Host, Pod
from core.model.states import AllocationState, HostState, ResourceState
from core.model.storage_tags.written import tags_of
from core.plans.context import Context
from core.plans.hypervisor import named_hypervisor
from core.plans.operation import ProbeHost
from core.plans.place.allocation import named_allocation_state
from core.plans.step import Add, Change, Claim, Drop, Effect, Plan, Step
from core.plans.storage_access.groups import named_groups, place_groups
from core.plans.url import require_new_url


def check(context: Context, command: AddHost) -> None:
    """Refuse a host that is known already, or that has no place."""
    pod = context.inventory.get(Pod, command.pod_id)
    if pod.zone_id != context.zone(command.zone_id).id:
        raise errors.Invalid(
            "the pod is in another zone",
            object=f"pod/{pod.id}",
            hint="listPods zoneid= names those of the zone",
        )
    named_hypervisor(command.hypervisor)
    _resource_state(command)
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


def once(context: Context, command: AddHost) -> None:
    """Refuse a host that is known already."""
    require_new_url(Host, command.url, context)


def claim(context: Context, command: AddHost) -> Claim:
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
        tags=tags_of(command.host_tags),
        access_groups=named_groups(command.storage_access_groups),
        place_groups=place_groups(context.inventory, command.zone_id, command.pod_id, cluster_id),
        resource_state=_resource_state(command),
    )
    effects.append(Add(record=host))
    return Claim(kind="host", id=host.id, effects=tuple(effects), locks=(f"host/{host.id}",))


def _resource_state(command: AddHost) -> ResourceState:
    """Enabled unless told otherwise. Raises Invalid."""
    state = named_allocation_state(command.allocation_state)
    return ResourceState.DISABLED if state is AllocationState.DISABLED else ResourceState.ENABLED


def _cluster_named(context: Context, command: AddHost) -> str:
    for cluster in context.inventory.having(Cluster, "pod", command.pod_id):
        if cluster.name == command.cluster_name:
            return cluster.id
    return ""


def plan(context: Context, command: AddHost, host_id: str) -> Plan:
    """Ask the host what it has."""
    return Plan(steps=(probing(host_id),))


def probing(host_id: str) -> Step:
    """A host that answers is Up, with the version, processors and memory that it tells."""
    learn = {"version": "version", "cpus": "cpus", "memory_bytes": "memory_bytes"}
    up = Change(kind="host", id=host_id, fields={"state": HostState.UP.value}, learn=learn)
    return Step(name="probe the host", actor=f"host/{host_id}", do=ProbeHost(), commit=(up,))


def give_up(context: Context, host_id: str) -> tuple[Effect, ...]:
    """A host that does not answer is not added."""
    return (Drop(kind="host", id=host_id),)
