"""addLocalPool: a folder of a host becomes a pool by itself (semantics section 4.5)."""

from core.model import errors
from core.model.commands.internal import AddLocalPool
from core.model.hypervisors import HYPERVISORS
from core.model.pool_types import POOLS
from core.model.records import Host, Pool
from core.plans.context import Context
from core.plans.pool.create import give_up, plan
from core.plans.step import Add, Claim

__all__ = ["claim", "give_up", "once", "plan"]


def once(context: Context, command: AddLocalPool) -> None:
    """Refuse what is a pool already, and hosts whose hypervisor has no local storage."""
    host = context.inventory.get(Host, command.host_id)
    if HYPERVISORS[host.hypervisor].local_pool is None:
        raise errors.Unsupported(
            f"{host.hypervisor} has no local storage",
            object=f"host/{host.id}",
            hint="use a pool of the cluster",
        )
    if context.inventory.find(Pool, command.uuid) is not None:
        raise errors.Conflict(
            "a pool has this UUID",
            object=f"pool/{command.uuid}",
            hint="give each folder of each host a UUID of its own",
        )


def claim(context: Context, command: AddLocalPool) -> Claim:
    """Record the pool as Initialized, under the UUID that the host gave it."""
    host = context.inventory.get(Host, command.host_id)
    kind = HYPERVISORS[host.hypervisor].local_pool
    assert kind is not None
    pool = Pool(
        id=command.uuid,
        created_s=context.now_s,
        name=f"{host.name}-local-{command.uuid[:8]}",
        url=f"{POOLS[kind].schemes[0]}://{command.path}",
        type=kind,
        scope="HOST",
        zone_id=host.zone_id,
        pod_id=host.pod_id,
        cluster_id=host.cluster_id,
        host_id=host.id,
        hypervisor=str(host.hypervisor),
    )
    return Claim(kind="pool", id=pool.id, effects=(Add(record=pool),), locks=(f"pool/{pool.id}",))
