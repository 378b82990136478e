"""deleteProject."""

from core.model.commands.ownership.project import DeleteProject
from core.model.records import Account, Project
from core.plans.account.delete import clearing, forgotten, require_clearable
from core.plans.context import Context
from core.plans.step import Claim, Drop, Plan, Step


def check(context: Context, command: DeleteProject) -> None:
    """Refuse callers that don't own the project."""
    project = context.get(Project, command.id)
    owner = context.inventory.get(Account, project.owner_id)
    context.owner(owner.name, owner.domain_id)
    require_clearable(context, context.inventory.get(Account, project.account_id))


def claim(context: Context, command: DeleteProject) -> Claim:
    """Lock the project."""
    project = context.get(Project, command.id)
    return Claim(kind="project", id=project.id, locks=(f"project/{project.id}",))


def plan(context: Context, command: DeleteProject, project_id: str) -> Plan:
    """What is in it goes, each by its own job, then its account and itself."""
    project = context.inventory.get(Project, project_id)
    account = context.inventory.get(Account, project.account_id)
    gone = (*forgotten(context, account), Drop(kind="project", id=project.id))
    last = Step(name="forget the project", commit=gone, final=True)
    return Plan(steps=(*clearing(context, account), last))
