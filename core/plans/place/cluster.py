"""addCluster, updateCluster and deleteCluster."""

from core.model import errors
from core.model.commands.zone import AddCluster, DeleteCluster, UpdateCluster
from core.model.records import Cluster, Host, Pod, Pool
from core.plans.context import Context
from core.plans.hypervisor import named_hypervisor
from core.plans.place.allocation import named_allocation_state
from core.plans.place.contents import forgotten, require_empty
from core.plans.step import Add, Claim, Effect, Scalar, change
from core.plans.storage_access.groups import named_groups

TYPE = "cluster"
CLUSTER_TYPES = ("CloudManaged", "ExternalManaged")


def check_create(context: Context, command: AddCluster) -> None:
    """Refuse a name that is taken in the pod, and a pod of another zone."""
    pod = context.inventory.get(Pod, command.pod_id)
    if pod.zone_id != context.zone(command.zone_id).id:
        raise errors.Invalid(
            "the pod is in another zone",
            object=f"pod/{pod.id}",
            hint="listPods zoneid= names those of the zone",
        )
    _require_new_name(context, pod.id, command.cluster_name)
    named_hypervisor(command.hypervisor)
    _require_type(command.cluster_type)
    named_allocation_state(command.allocation_state)


def _require_new_name(context: Context, pod_id: str, name: str, but: str = "") -> None:
    for cluster in context.inventory.having(Cluster, "pod", pod_id):
        if cluster.name == name and cluster.id != but:
            raise errors.Invalid(
                "a cluster of the pod has this name",
                object=f"cluster/{cluster.id}",
                hint="give another name",
            )


def _require_type(name: str | None) -> None:
    if name is not None and name.lower() not in {known.lower() for known in CLUSTER_TYPES}:
        raise errors.Invalid(
            f"{name!r} is no type of cluster", hint=f"one of {', '.join(CLUSTER_TYPES)}"
        )


def claim_create(context: Context, command: AddCluster) -> Claim:
    """Record the cluster."""
    cluster = Cluster(
        id=context.new_id(),
        created_s=context.now_s,
        name=command.cluster_name,
        zone_id=command.zone_id,
        pod_id=command.pod_id,
        hypervisor=named_hypervisor(command.hypervisor),
        allocation_state=named_allocation_state(command.allocation_state),
        access_groups=named_groups(command.storage_access_groups),
    )
    return Claim(kind=TYPE, id=cluster.id, effects=(Add(record=cluster),))


def check_update(context: Context, command: UpdateCluster) -> None:
    """Refuse a name that is taken, and another hypervisor while there are hosts or pools."""
    cluster = context.inventory.get(Cluster, command.id)
    if command.cluster_name is not None:
        _require_new_name(context, cluster.pod_id, command.cluster_name, but=cluster.id)
    if command.hypervisor is not None:
        _require_admits_hypervisor(context, cluster, command.hypervisor)
    _require_type(command.cluster_type)
    named_allocation_state(command.allocation_state)


def _require_admits_hypervisor(context: Context, cluster: Cluster, name: str) -> None:
    used = any(context.inventory.has(kind, "cluster", cluster.id) for kind in (Host, Pool))
    if used and named_hypervisor(name) is not cluster.hypervisor:
        raise errors.Conflict(
            f"the cluster has hosts or pools of {cluster.hypervisor}",
            object=f"cluster/{cluster.id}",
            hint="add another cluster",
        )


def claim_update(context: Context, command: UpdateCluster) -> Claim:
    """Set the fields that are given."""
    cluster = context.inventory.get(Cluster, command.id)
    fields: dict[str, Scalar] = {}
    if command.cluster_name is not None:
        fields["name"] = command.cluster_name
    if command.hypervisor is not None:
        fields["hypervisor"] = named_hypervisor(command.hypervisor)
    if command.allocation_state is not None:
        fields["allocation_state"] = named_allocation_state(command.allocation_state)
    effects: tuple[Effect, ...] = (change(cluster, **fields),) if fields else ()
    return Claim(kind=TYPE, id=cluster.id, effects=effects)


def check_delete(context: Context, command: DeleteCluster) -> None:
    """Refuse a cluster that holds anything."""
    require_empty(context, context.inventory.get(Cluster, command.id))


def claim_delete(context: Context, command: DeleteCluster) -> Claim:
    """Forget the cluster."""
    cluster = context.inventory.get(Cluster, command.id)
    return Claim(kind=TYPE, id=cluster.id, effects=forgotten(context, cluster))
