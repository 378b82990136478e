"""cancelStorageMaintenance (semantics section 7.2, the guide's "Maintenance Mode")."""

from core.model import errors
from core.model.commands.pool import CancelStorageMaintenance
from core.model.commands.vm import StartVirtualMachine
from core.model.pool_types import PoolType
from core.model.records import Pool, Vm, Volume
from core.model.states import PoolState, VmState
from core.plans.context import Context
from core.plans.operation import CancelJobs, RunJobs, errand
from core.plans.pool.family import children, works
from core.plans.pool.sync import following
from core.plans.step import Claim, Drop, Effect, Plan, Step, change

JOBS = "jobs"
IN_MAINTENANCE = (PoolState.MAINTENANCE, PoolState.ERROR_IN_MAINTENANCE)


def once(context: Context, command: CancelStorageMaintenance) -> None:
    """Refuse a pool that is not in maintenance, or not yet."""
    pool = context.inventory.get(Pool, command.id)
    if pool.state not in IN_MAINTENANCE:
        hint = "updateStoragePool enabled=true enables a Disabled pool"
        if pool.job_id:
            hint = f"cancel job {pool.job_id} first"
        raise errors.Unavailable(
            f"the pool is {pool.state}, not in maintenance",
            object=f"pool/{pool.id}",
            hint=hint,
            number=530,
        )
    if pool.parent_id and context.inventory.get(Pool, pool.parent_id).state in IN_MAINTENANCE:
        raise errors.Conflict(
            "the pool's datastore cluster is in maintenance",
            object=f"pool/{pool.parent_id}",
            hint="cancel the maintenance of the cluster",
            number=530,
        )


def claim(context: Context, command: CancelStorageMaintenance) -> Claim:
    """The pool is Up at once, and only then are machines started."""
    pool = context.inventory.get(Pool, command.id)
    members = (pool, *children(context, pool))
    up = tuple(
        change(member, "CancelRequested") for member in members if member.state in IN_MAINTENANCE
    )
    locks = tuple(f"pool/{member.id}" for member in members)
    return Claim(kind="pool", id=pool.id, effects=up, locks=locks)


def plan(context: Context, command: CancelStorageMaintenance, pool_id: str) -> Plan:
    """Start the machines that ran when the maintenance began, side by side.

    A datastore cluster is synchronised after that (the guide, "Primary Storage").
    """
    pool = context.inventory.get(Pool, pool_id)
    syncing = following(pool_id) if pool.type is PoolType.DATASTORE_CLUSTER else ()
    starting = _starting(_forgotten(context, pool), _machines(context, pool))
    return Plan(steps=(starting, *syncing))


def _starting(forgotten: tuple[Effect, ...], machines: list[Vm]) -> Step:
    starts = tuple(errand(StartVirtualMachine(id=vm.id)) for vm in machines)
    if not starts:
        return Step(name="forget what ran", commit=forgotten)
    return Step(
        name=f"start {len(starts)} machines",
        actor=JOBS,
        do=RunJobs(errands=starts),
        undo=CancelJobs(count=len(starts)),
        commit=forgotten,
    )


def _machines(context: Context, pool: Pool) -> list[Vm]:
    """Those noted that are Stopped and can be started."""
    members = (pool, *children(context, pool))
    ids = sorted({work.vm_id for member in members for work in works(context, member)})
    found = (context.inventory.find(Vm, vm_id) for vm_id in ids)
    return [vm for vm in found if vm is not None and _is_startable(context, vm)]


def _is_startable(context: Context, vm: Vm) -> bool:
    volumes = context.inventory.having(Volume, "vm", vm.id)
    return vm.state is VmState.STOPPED and any(volume.type == "ROOT" for volume in volumes)


def _forgotten(context: Context, pool: Pool) -> tuple[Effect, ...]:
    members = (pool, *children(context, pool))
    return tuple(
        Drop(kind="pool_work", id=work.id) for member in members for work in works(context, member)
    )


def give_up(context: Context, pool_id: str) -> tuple[Effect, ...]:
    """The pool stays Up; machines that could not be started are left to their owners."""
    pool = context.inventory.find(Pool, pool_id)
    return _forgotten(context, pool) if pool is not None else ()
