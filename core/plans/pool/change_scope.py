"""changeStoragePoolScope (semantics sections 1.3 and 10.3)."""

from core.model import errors
from core.model.commands.pool import ChangeStoragePoolScope
from core.model.hypervisors import ANY
from core.model.records import Cluster, Host, Pool, Vm, Volume
from core.model.states import PoolState
from core.plans.admission import require_state
from core.plans.context import Context
from core.plans.operation import ProbePool
from core.plans.pool.scope import named_scope, zone_hypervisor
from core.plans.step import Claim, Plan, Step, change


def check(context: Context, command: ChangeStoragePoolScope) -> None:
    """Refuse a pool that is in use, the scope that it has, and one where machines lose it."""
    pool = context.inventory.get(Pool, command.id)
    require_state(pool, PoolState.DISABLED, doing="changing the scope")
    scope = named_scope(command.scope, pool.type)
    if pool.scope in (scope, "HOST"):
        raise errors.Invalid(
            f"the pool's scope is {pool.scope}",
            object=f"pool/{pool.id}",
            hint="a shared pool changes from CLUSTER to ZONE or back",
        )
    if scope == "ZONE":
        zone_hypervisor(pool.hypervisor, pool.type)
    else:
        _require_cluster(context, command, pool)


def _require_cluster(context: Context, command: ChangeStoragePoolScope, pool: Pool) -> None:
    if command.cluster_id is None:
        raise errors.Invalid("scope CLUSTER needs clusterid", hint="give clusterid")
    cluster = context.inventory.get(Cluster, command.cluster_id)
    if cluster.zone_id != pool.zone_id or pool.hypervisor not in (ANY, cluster.hypervisor):
        raise errors.Invalid(
            "the cluster is in another zone, or of another hypervisor",
            object=f"cluster/{cluster.id}",
            hint=f"name a cluster of zone {pool.zone_id} for {pool.hypervisor}",
        )
    for volume in context.inventory.having(Volume, "pool", pool.id):
        vm = context.inventory.find(Vm, volume.vm_id)
        host = context.inventory.find(Host, vm.host_id or vm.last_host_id) if vm else None
        if vm is not None and host is not None and host.cluster_id != cluster.id:
            raise errors.Conflict(
                f"machine {vm.name} with a volume on the pool is in another cluster",
                object=f"vm/{vm.id}",
                hint="migrate it, or its volume, first",
            )


def claim(context: Context, command: ChangeStoragePoolScope) -> Claim:
    """Lock the pool."""
    return Claim(kind="pool", id=command.id, locks=(f"pool/{command.id}",))


def plan(context: Context, command: ChangeStoragePoolScope, pool_id: str) -> Plan:
    """The storage must answer; then only its record changes."""
    pool = context.inventory.get(Pool, pool_id)
    cluster = context.inventory.find(Cluster, command.cluster_id or "")
    place = {"scope": "ZONE", "cluster_id": "", "pod_id": ""}
    if cluster is not None and command.scope.upper() == "CLUSTER":
        place = {"scope": "CLUSTER", "cluster_id": cluster.id, "pod_id": cluster.pod_id}
        place["hypervisor"] = str(cluster.hypervisor)
    step = Step(
        name="probe the pool, then change its scope",
        actor=f"pool/{pool.id}",
        do=ProbePool(),
        commit=(change(pool, **place),),
    )
    return Plan(steps=(step,))
