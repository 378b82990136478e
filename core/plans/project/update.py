"""updateProject."""

from core.model import errors
from core.model.commands.ownership.project import UpdateProject
from core.model.records import Account, Project
from core.plans.context import Context
from core.plans.project.create import member_named, require_new_name, require_owner
from core.plans.quota import require_quota
from core.plans.step import Claim, Plan, Step, change


def check(context: Context, command: UpdateProject) -> None:
    """Refuse who does not own it, a name in use, and owners that cannot have it."""
    project = context.get(Project, command.id)
    require_owner(context, project)
    if command.name is not None:
        require_new_name(context, project.domain_id, command.name, but=project.id)
    _require_new_owner(context, command, project)


def _require_new_owner(context: Context, command: UpdateProject, project: Project) -> None:
    if command.account is None:
        return
    owner = member_named(context, project, command.account)
    subject = f"account/{owner.id}"
    if not command.swap_owner:
        raise errors.Unsupported(
            "a project has one owner", object=subject, hint="give swapowner=true", number=431
        )
    if owner.id not in project.members:
        raise errors.Invalid(
            "the account does not work in the project",
            object=subject,
            hint="addAccountToProject first",
        )
    if owner.id != project.owner_id:
        require_quota(context, owner, project=1)


def claim(context: Context, command: UpdateProject) -> Claim:
    """Lock the project."""
    project = context.get(Project, command.id)
    return Claim(kind="project", id=project.id, locks=(f"project/{project.id}",))


def plan(context: Context, command: UpdateProject, project_id: str) -> Plan:
    """Change what is given; the owner before stays a member."""
    project = context.inventory.get(Project, project_id)
    owner: Account | None = None
    if command.account is not None:
        owner = member_named(context, project, command.account)
    changed = change(
        project,
        name=command.name or project.name,
        display_text=command.display_text or project.display_text,
        owner_id=owner.id if owner is not None else project.owner_id,
    )
    return Plan(steps=(Step(name="change the project", commit=(changed,), final=True),))
