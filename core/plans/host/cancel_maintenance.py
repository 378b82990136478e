"""cancelHostMaintenance: from every state of maintenance, also in the middle (semantics 1.6)."""

from core.model.commands.host import CancelHostMaintenance
from core.model.records import Host
from core.plans.context import Context
from core.plans.host.state import IN_MAINTENANCE, require_resource_state
from core.plans.operation import EndJob
from core.plans.step import Claim, Plan, Step, change

JOBS = "jobs"


def check(context: Context, command: CancelHostMaintenance) -> None:
    """Refuse a host that is not in maintenance."""
    host = context.inventory.get(Host, command.id)
    require_resource_state(
        host, *sorted(IN_MAINTENANCE), doing="cancelling maintenance", number=530
    )


def claim(context: Context, command: CancelHostMaintenance) -> Claim:
    """One at a time; what prepares the host holds no lock of it."""
    return Claim(kind="host", id=command.id, locks=(f"host/{command.id}",))


def plan(context: Context, command: CancelHostMaintenance, host_id: str) -> Plan:
    """End the preparation if it is under way, then the host may be used again.

    Machines that have left stay where they are; those that are on their way stay or arrive.
    """
    host = context.inventory.get(Host, host_id)
    enabled = Step(name="enable the host", commit=(change(host, "AdminCancelMaintenance"),))
    if not host.job_id:
        return Plan(steps=(enabled,))
    ending = Step(name="end the preparation", actor=JOBS, do=EndJob(job_id=host.job_id))
    return Plan(steps=(ending, enabled))
