"""updateStorageCapabilities."""

from core.model.commands.pool import UpdateStorageCapabilities
from core.model.records import Pool
from core.plans.context import Context
from core.plans.operation import ProbePool
from core.plans.step import Change, Claim, Plan, Step
from core.plans.url import ROOM


def learnt(pool: Pool) -> dict[str, str]:
    """What a probe tells of it; a managed pool keeps the capacity that it was given."""
    learn = {"nodes": "nodes", "replicas": "replicas", **ROOM}
    if pool.managed:
        del learn["capacity_bytes"]
    return learn


def check(context: Context, command: UpdateStorageCapabilities) -> None:
    """Raise NotFound for a pool that there is not."""
    context.inventory.get(Pool, command.id)


def claim(context: Context, command: UpdateStorageCapabilities) -> Claim:
    """Lock the pool."""
    return Claim(kind="pool", id=command.id, locks=(f"pool/{command.id}",))


def plan(context: Context, command: UpdateStorageCapabilities, pool_id: str) -> Plan:
    """Take over what the storage says."""
    pool = context.inventory.get(Pool, pool_id)
    step = Step(
        name=f"ask {pool.name} what it has",
        actor=f"pool/{pool.id}",
        do=ProbePool(),
        commit=(Change(kind="pool", id=pool.id, learn=learnt(pool)),),
    )
    return Plan(steps=(step,))
