"""prepareHostForMaintenance (semantics sections 1.6 and 4.5, the guide's "Using Local Storage").

From the claim on nothing new is placed on the host. Each machine that is there, or on its way
there, leaves by a job of its own, which waits for what is under way on it. When one cannot leave,
the others have left nevertheless and the host is in ErrorInMaintenance: asking again goes on from
there.
"""

from core.model import errors
from core.model.commands.host import PrepareHostForMaintenance
from core.model.commands.internal import EvacuateMachine
from core.model.records import Host, Job, Vm
from core.model.states import HostState, ResourceState
from core.plans.context import Context
from core.plans.host.state import require_resource_state
from core.plans.migration.destination import uses_local_storage
from core.plans.operation import CancelJobs, RunJobs, errand
from core.plans.step import Claim, Effect, Plan, Step, change

JOBS = "jobs"
STRATEGY = "host.maintenance.local.storage.strategy"


def once(context: Context, command: PrepareHostForMaintenance) -> None:
    """Refuse a host in another state, a second one of a cluster, and one with local volumes."""
    host = context.inventory.get(Host, command.id)
    require_resource_state(
        host,
        ResourceState.ENABLED,
        ResourceState.ERROR_IN_MAINTENANCE,
        doing="entering maintenance",
    )
    if host.state is not HostState.UP:
        raise errors.Conflict(
            f"the host is {host.state}: its machines cannot be moved",
            object=f"host/{host.id}",
            hint="bring it Up, or deleteHost forced=true",
            number=530,
        )
    _require_no_other_job(context, host)
    _require_no_neighbour(context, host)
    _require_nothing_local(context, host)


def _require_no_other_job(context: Context, host: Host) -> None:
    for job in context.inventory.having(Job, "instance", host.id):
        raise errors.Conflict(
            f"job {job.id} works on the host",
            object=f"host/{host.id}",
            hint="wait for it to end",
            number=530,
        )


def _require_no_neighbour(context: Context, host: Host) -> None:
    """One host of a cluster prepares at a time, so that machines don't go from one to the other."""
    for other in context.inventory.having(Host, "cluster", host.cluster_id):
        if other.id != host.id and other.resource_state is ResourceState.PREPARE_FOR_MAINTENANCE:
            raise errors.Conflict(
                f"host {other.name} of the same cluster prepares for maintenance",
                object=f"host/{other.id}",
                hint=f"wait for job {other.job_id}",
                number=530,
            )


def _require_nothing_local(context: Context, host: Host) -> None:
    """Raise while a machine there uses local storage: it must be stopped first."""
    if context.settings.text(STRATEGY) != "Error":
        return
    held = [vm.name for vm in machines(context, host) if uses_local_storage(context, vm)]
    if held:
        raise errors.Conflict(
            f"machines with volumes on the host's local storage run there: {', '.join(held)}",
            object=f"host/{host.id}",
            hint=f"stop them first, or set {STRATEGY} to Migration or ForceStop",
        )


def machines(context: Context, host: Host) -> list[Vm]:
    """Those that are there or on their way there, by id."""
    there = {
        vm.id: vm
        for index in ("host", "target_host")
        for vm in context.inventory.having(Vm, index, host.id)
    }
    return [there[vm_id] for vm_id in sorted(there)]


def claim(context: Context, command: PrepareHostForMaintenance) -> Claim:
    """Keep new machines away from now on."""
    host = context.inventory.get(Host, command.id)
    return Claim(kind="host", id=host.id, effects=(change(host, "AdminAskMaintenance"),))


def plan(context: Context, command: PrepareHostForMaintenance, host_id: str) -> Plan:
    """All machines leave side by side, then the host is in maintenance."""
    host = context.inventory.get(Host, host_id)
    leaving = machines(context, host)
    entered = Step(name="enter maintenance", commit=(change(host, "InternalEnterMaintenance"),))
    if not leaving:
        return Plan(steps=(entered,))
    errands = tuple(errand(EvacuateMachine(id=vm.id, host_id=host.id)) for vm in leaving)
    moving = Step(
        name=f"let {len(leaving)} machines leave",
        actor=JOBS,
        do=RunJobs(errands=errands),
        undo=CancelJobs(count=len(errands)),
    )
    return Plan(steps=(moving, entered))


def give_up(context: Context, host_id: str) -> tuple[Effect, ...]:
    """A host that could not enter maintenance is in ErrorInMaintenance."""
    host = context.inventory.find(Host, host_id)
    prepares = ResourceState.PREPARE_FOR_MAINTENANCE
    if host is None or host.resource_state is not prepares or host.job_id != context.job_id:
        return ()
    return (change(host, "UnableToMaintain"),)
