"""suspendProject and activateProject."""

from core.model import errors
from core.model.commands.ownership.project import ActivateProject, SuspendProject
from core.model.commands.vm import StopVirtualMachine
from core.model.records import Project, Vm
from core.model.states import VmState
from core.plans.context import Context
from core.plans.operation import CancelJobs, RunJobs, errand
from core.plans.project.create import require_owner
from core.plans.step import Claim, Plan, Step, change

ACTIVE, SUSPENDED = "Active", "Suspended"


def check(context: Context, command: SuspendProject | ActivateProject) -> None:
    """Refuse callers that don't own the project, and what is so already."""
    project = context.get(Project, command.id)
    require_owner(context, project)
    wanted = SUSPENDED if isinstance(command, SuspendProject) else ACTIVE
    if project.state == wanted:
        raise errors.Conflict(
            f"the project is {wanted} already",
            object=f"project/{project.id}",
            hint="nothing to do",
            number=431,
        )


def claim(context: Context, command: SuspendProject | ActivateProject) -> Claim:
    """Lock the project."""
    project = context.get(Project, command.id)
    return Claim(kind="project", id=project.id, locks=(f"project/{project.id}",))


def plan(context: Context, command: SuspendProject, project_id: str) -> Plan:
    """Nothing new comes in from the first step on; then its machines stop side by side."""
    project = context.inventory.get(Project, project_id)
    machines = context.inventory.having(Vm, "account", project.account_id)
    running = [vm for vm in machines if vm.state is VmState.RUNNING]
    stops = tuple(errand(StopVirtualMachine(id=vm.id)) for vm in running)
    closing = Step(
        name="let nothing new in",
        begin=(change(project, state=SUSPENDED),),
        revert=(change(project, state=ACTIVE),),
    )
    if not stops:
        return Plan(steps=(closing,))
    stopping = Step(
        name=f"stop {len(stops)} machines",
        actor="jobs",
        do=RunJobs(errands=stops),
        undo=CancelJobs(count=len(stops)),
    )
    return Plan(steps=(closing, stopping))


def plan_activate(context: Context, command: ActivateProject, project_id: str) -> Plan:
    """Open it again."""
    project = context.inventory.get(Project, project_id)
    opened = change(project, state=ACTIVE)
    return Plan(steps=(Step(name="open the project", commit=(opened,), final=True),))
