"""deleteHost: out of Maintenance, or by force (semantics section 4.5)."""

from core.model import errors
from core.model.commands.host import DeleteHost
from core.model.commands.vm import StopVirtualMachine
from core.model.records import Host, Pool, Vm, Volume
from core.model.states import HostState, PoolState, ResourceState
from core.model.transitions import admits
from core.plans.context import Context
from core.plans.host.clearing import clearing, jobs, letting_go
from core.plans.host.prepare_maintenance import machines
from core.plans.operation import errand
from core.plans.pool.delete import forgetting
from core.plans.step import Claim, Drop, Effect, Plan, Step, change


def check(context: Context, command: DeleteHost) -> None:
    """Refuse a host that is in use, unless forced, and what would be lost with it."""
    host = context.inventory.get(Host, command.id)
    _require_leave(host, forced=command.forced)
    for vm in machines(context, host):
        _require_settled(host, vm, forced=command.forced)
    if not command.force_destroy_local_storage:
        _require_nothing_local(context, host)


def _require_leave(host: Host, *, forced: bool) -> None:
    reason, hint = "", ""
    if host.resource_state is ResourceState.PREPARE_FOR_MAINTENANCE:
        reason, hint = "prepares for maintenance", f"wait for job {host.job_id}"
    elif host.resource_state is not ResourceState.MAINTENANCE and not forced:
        reason = f"is {host.resource_state}, not in Maintenance"
        hint = "prepareHostForMaintenance first, or give forced=true"
    if reason:
        raise errors.Conflict(f"the host {reason}", object=f"host/{host.id}", hint=hint, number=530)


def _require_settled(host: Host, vm: Vm, *, forced: bool) -> None:
    """Raise for machines there: by force those that run are stopped, but none is interrupted."""
    if not forced or not admits("vm", vm.state, "StopRequested") or vm.host_id != host.id:
        raise errors.Conflict(
            f"machine {vm.name} is {vm.state} there",
            object=f"vm/{vm.id}",
            hint=f"wait for job {vm.job_id}" if vm.job_id else "migrate or stop it first",
            number=530,
        )


def _require_nothing_local(context: Context, host: Host) -> None:
    count = sum(
        len(context.inventory.having(Volume, "pool", one.id)) for one in _own(context, host)
    )
    if count:
        raise errors.Conflict(
            f"{count} volumes are on the host's local storage",
            object=f"host/{host.id}",
            hint="delete them, or give forcedestroylocalstorage=true",
            number=530,
        )


def _own(context: Context, host: Host) -> list[Pool]:
    """The pools of the host's own disks."""
    return list(context.inventory.having(Pool, "host", host.id))


def claim(context: Context, command: DeleteHost) -> Claim:
    """Lock the host and its pools."""
    host = context.inventory.get(Host, command.id)
    locks = (f"host/{host.id}", *(f"pool/{pool.id}" for pool in _own(context, host)))
    return Claim(kind="host", id=host.id, locks=locks)


def plan(context: Context, command: DeleteHost, host_id: str) -> Plan:
    """Keep new things away, empty the host, then forget it.

    A host that does not answer is taken for dead: its machines count as stopped, and what was on
    its disks as lost.
    """
    host = context.inventory.get(Host, host_id)
    pools = _own(context, host)
    answers = host.state is HostState.UP
    leaving = machines(context, host)
    steps: list[Step] = [_closing(host, pools)]
    gone: list[Effect] = []
    if answers:
        stops = tuple(errand(StopVirtualMachine(id=vm.id, forced=True)) for vm in leaving)
        steps.extend(jobs(f"stop {len(stops)} machines", stops))
        steps.extend(clearing(context, pools))
    else:
        gone.extend(letting_go(context, leaving, pools))
    gone.extend(effect for pool in pools for effect in forgetting(context, pool))
    gone.append(Drop(kind="host", id=host.id))
    steps.append(Step(name="forget the host", commit=tuple(gone), final=True))
    return Plan(steps=tuple(steps))


def _closing(host: Host, pools: list[Pool]) -> Step:
    """Nothing new comes to the host or to its disks; a failure opens what was open."""
    records: list[Host | Pool] = []
    if host.resource_state is ResourceState.ENABLED:
        records.append(host)
    records.extend(pool for pool in pools if pool.state is PoolState.UP)
    return Step(
        name="keep new things away",
        begin=tuple(change(record, "DisableRequested") for record in records),
        revert=tuple(change(record, "EnableRequested") for record in records),
    )
