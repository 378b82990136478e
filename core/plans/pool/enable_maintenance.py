"""enableStorageMaintenance (semantics section 7.1, the guide's "Maintenance Mode").

From the claim on no pool of the family is Up, so nothing new is placed there. The job then waits
for the locks of all that was under way on the pool; from there on it alone works on the machines
with volumes there, and stops those that run, one step each. What has stopped stays stopped when the
job fails or is cancelled: the pool is in ErrorInMaintenance, and either command goes on from there.
"""

from collections.abc import Iterator

from core.model import errors
from core.model.commands.pool import EnableStorageMaintenance
from core.model.records import Job, Pool, PoolWork, Vm, Volume
from core.model.states import PoolState
from core.model.transitions import admits
from core.plans.admission import require_state
from core.plans.context import Context
from core.plans.operation import StopVm
from core.plans.pool.evacuation import Evacuation
from core.plans.pool.family import children, works
from core.plans.step import Add, Change, Claim, Drop, Effect, Plan, Step, change


def once(context: Context, command: EnableStorageMaintenance) -> None:
    """Refuse a pool in another state, and one beside which another prepares: it stays as it is."""
    pool = context.inventory.get(Pool, command.id)
    for member in (pool, *children(context, pool)):
        require_state(
            member, PoolState.UP, PoolState.ERROR_IN_MAINTENANCE, doing="entering maintenance"
        )
    for other in _neighbours(context, pool):
        if other.state is PoolState.PREPARE_FOR_MAINTENANCE:
            raise errors.Conflict(
                f"pool {other.name} of the same {pool.scope.lower()} prepares for maintenance",
                object=f"pool/{other.id}",
                hint=f"wait for job {other.job_id}",
                number=530,
            )


def _neighbours(context: Context, pool: Pool) -> Iterator[Pool]:
    """The pools that share its scope: of its host, its cluster, or for its whole zone."""
    for other in context.inventory.having(Pool, "zone", pool.zone_id):
        place = (other.scope, other.host_id, other.cluster_id)
        if other.id != pool.id and place == (pool.scope, pool.host_id, pool.cluster_id):
            yield other


def claim(context: Context, command: EnableStorageMaintenance) -> Claim:
    """Keep new volumes away from now on; wait for what is under way on the pool."""
    pool = context.inventory.get(Pool, command.id)
    members = (pool, *children(context, pool))
    effects: list[Effect] = []
    locks: dict[str, None] = {}
    for member in members:
        if member.state is PoolState.UP:
            effects.extend(Drop(kind="pool_work", id=work.id) for work in works(context, member))
        effects.append(change(member, "MaintenanceRequested"))
        locks[f"pool/{member.id}"] = None
        locks.update(dict.fromkeys(_in_use(context, member)))
        if command.migrate:
            attached = (volume for volume in _bound(context, member) if volume.vm_id)
            locks.update(dict.fromkeys(f"volume/{volume.id}" for volume in attached))
    return Claim(kind="pool", id=pool.id, effects=tuple(effects), locks=tuple(locks))


def _bound(context: Context, pool: Pool) -> Iterator[Volume]:
    """The volumes that are on the pool, or on their way there."""
    yield from context.inventory.having(Volume, "pool", pool.id)
    yield from context.inventory.having(Volume, "target", pool.id)


def _in_use(context: Context, pool: Pool) -> Iterator[str]:
    """The locks of the machines with volumes there, and those of jobs that work on the volumes."""
    for volume in _bound(context, pool):
        if volume.vm_id:
            yield f"vm/{volume.vm_id}"
        job = context.inventory.find(Job, volume.job_id) if volume.job_id else None
        if job is not None:
            yield from (lock for lock in job.locks if not lock.startswith("pool/"))


def plan(context: Context, command: EnableStorageMaintenance, pool_id: str) -> Plan:
    """Note which machines run, stop each, then the pool is in maintenance.

    Machines that are to move away do so first: what is past its way back must come before what a
    failure has to undo.
    """
    pool = context.inventory.get(Pool, pool_id)
    members = (pool, *children(context, pool))
    machines = {vm.id: (member, vm) for member in members for vm in _machines(context, member)}
    moving: list[Step] = []
    evacuation = Evacuation(context)
    for vm_id, (_, vm) in list(machines.items()) if command.migrate else ():
        steps = evacuation.moves(vm, _disks(context, members, vm))
        if steps:
            moving.extend(steps)
            del machines[vm_id]
    entered = tuple(change(member, "OperationSucceeded") for member in members)
    return Plan(
        steps=(
            *moving,
            _noting(context, list(machines.values())),
            *(_stopping(member, vm) for member, vm in machines.values()),
            Step(name="enter maintenance", commit=entered, final=True),
        )
    )


def _disks(context: Context, pools: tuple[Pool, ...], vm: Vm) -> list[Volume]:
    """The machine's volumes on these pools, by slot."""
    ids = {pool.id for pool in pools}
    attached = context.inventory.having(Volume, "vm", vm.id)
    found = [volume for volume in attached if volume.pool_id in ids]
    return sorted(found, key=lambda volume: volume.device_id)


def _machines(context: Context, pool: Pool) -> list[Vm]:
    ids = sorted({volume.vm_id for volume in _bound(context, pool) if volume.vm_id})
    found = (context.inventory.find(Vm, vm_id) for vm_id in ids)
    return [vm for vm in found if vm is not None and admits("vm", vm.state, "StopRequested")]


def _work_id(pool: Pool, vm: Vm) -> str:
    return f"{pool.id}/{vm.id}"


def _noting(context: Context, machines: list[tuple[Pool, Vm]]) -> Step:
    """From now on they are this job's; those that have not stopped run again when it fails."""
    noted = tuple(
        Add(
            record=PoolWork(
                id=_work_id(pool, vm), created_s=context.now_s, pool_id=pool.id, vm_id=vm.id
            )
        )
        for pool, vm in machines
    )
    return Step(
        name=f"note {len(noted)} machines that run",
        begin=(*noted, *(change(vm, "StopRequested") for _, vm in machines)),
        revert=tuple(change(vm, "OperationFailed") for _, vm in machines),
    )


def _stopping(pool: Pool, vm: Vm) -> Step:
    """Stop a machine gently; nothing takes that back."""
    stopped = Change(kind="pool_work", id=_work_id(pool, vm), fields={"stopped": True})
    return Step(
        name=f"stop machine {vm.name}",
        actor=f"host/{vm.host_id}",
        do=StopVm(vm_id=vm.id),
        commit=(change(vm, "OperationSucceeded", host_id="", last_host_id=vm.host_id), stopped),
        certain=False,
    )


def give_up(context: Context, pool_id: str) -> tuple[Effect, ...]:
    """A pool that could not enter maintenance is in ErrorInMaintenance, its family too."""
    pool = context.inventory.find(Pool, pool_id)
    if pool is None:
        return ()
    return tuple(
        change(member, "OperationFailed")
        for member in (pool, *children(context, pool))
        if member.state is PoolState.PREPARE_FOR_MAINTENANCE and member.job_id == context.job_id
    )
