"""syncStoragePool: a datastore cluster's children follow vCenter (semantics section 1.3)."""

from core.model import errors
from core.model.commands.internal import AdoptDatastores
from core.model.commands.pool import SyncStoragePool
from core.model.pool_types import PoolType
from core.model.records import Pool, PoolTemplate, Volume
from core.model.states import PoolState
from core.plans.admission import require_state
from core.plans.context import Context
from core.plans.operation import CancelJobs, ListChildren, ProbePool, RunJobs, errand
from core.plans.pool.family import children
from core.plans.pool.pool_url import pool_type
from core.plans.step import Add, Change, Claim, Drop, Effect, Plan, Step, change
from core.plans.url import ROOM


def check(context: Context, command: SyncStoragePool) -> None:
    """Refuse what is no datastore cluster, and one that is not Up."""
    pool = context.inventory.get(Pool, command.id)
    if pool.type is not PoolType.DATASTORE_CLUSTER:
        raise errors.Invalid(
            f"a {pool.type} pool has no datastores",
            object=f"pool/{pool.id}",
            hint="only pools of type DatastoreCluster are synchronised",
        )
    require_state(pool, PoolState.UP, doing="synchronising")


def claim(context: Context, command: SyncStoragePool) -> Claim:
    """Lock the pool."""
    return Claim(kind="pool", id=command.id, locks=(f"pool/{command.id}",))


def plan(context: Context, command: SyncStoragePool, pool_id: str) -> Plan:
    """Ask for the datastores, then have them made pools."""
    return Plan(steps=following(pool_id))


def following(pool_id: str) -> tuple[Step, ...]:
    """The steps after which the cluster has the children that vCenter says."""
    known = Change(kind="pool", id=pool_id, learn={"child_urls": "urls"})
    return (
        Step(
            name="ask which datastores there are",
            actor=f"pool/{pool_id}",
            do=ListChildren(),
            commit=(known,),
        ),
        Step(
            name="take them over",
            actor="jobs",
            do=RunJobs(errands=(errand(AdoptDatastores(id=pool_id)),)),
            undo=CancelJobs(count=1),
        ),
    )


def claim_children(context: Context, command: AdoptDatastores) -> Claim:
    """Record the new ones as Initialized; let nothing new be placed on those that have left.

    Nothing is locked: the job that asks for this holds the cluster.
    """
    parent = context.inventory.get(Pool, command.id)
    known = children(context, parent)
    urls = {child.url for child in known}
    new = [_child(context, parent, url) for url in parent.child_urls if url not in urls]
    left = [child for child in known if child.url not in parent.child_urls]
    effects: list[Effect] = [Add(record=child) for child in new]
    effects += [change(child, "DisableRequested") for child in left if child.state is PoolState.UP]
    return Claim(kind="pool", id=parent.id, effects=tuple(effects))


def _child(context: Context, parent: Pool, url: str) -> Pool:
    return Pool(
        id=context.new_id(),
        created_s=context.now_s,
        name=url.rstrip("/").rpartition("/")[2],
        url=url,
        type=pool_type(url),
        scope=parent.scope,
        zone_id=parent.zone_id,
        pod_id=parent.pod_id,
        cluster_id=parent.cluster_id,
        hypervisor=parent.hypervisor,
        tags=parent.tags,
        tag_rule=parent.tag_rule,
        parent_id=parent.id,
    )


def plan_children(context: Context, command: AdoptDatastores, pool_id: str) -> Plan:
    """Probe the new ones; forget those that have left and hold nothing."""
    parent = context.inventory.get(Pool, pool_id)
    known = children(context, parent)
    probing = tuple(_probing(child) for child in known if child.state is PoolState.INITIALIZED)
    empty = tuple(
        Drop(kind="pool", id=child.id)
        for child in known
        if child.url not in parent.child_urls
        and not child.job_id
        and not context.inventory.has(Volume, "pool", child.id)
        and not context.inventory.has(Volume, "target", child.id)
        and not context.inventory.has(PoolTemplate, "pool", child.id)
    )
    return Plan(steps=(*probing, Step(name="forget those that have left", commit=empty)))


def _probing(child: Pool) -> Step:
    return Step(
        name=f"probe {child.name}",
        actor=f"pool/{child.id}",
        do=ProbePool(),
        commit=(Change(kind="pool", id=child.id, event="OperationSucceeded", learn=ROOM),),
    )


def give_up_children(context: Context, pool_id: str) -> tuple[Effect, ...]:
    """A new one that was not probed is not taken over."""
    parent = context.inventory.find(Pool, pool_id)
    if parent is None:
        return ()
    return tuple(
        Drop(kind="pool", id=child.id)
        for child in children(context, parent)
        if child.state is PoolState.INITIALIZED
    )
