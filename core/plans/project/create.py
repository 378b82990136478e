"""createProject, and who may work in a project."""

from core.model import errors
from core.model.commands.command import Role
from core.model.commands.ownership.project import (
    AddAccountToProject,
    CreateProject,
    DeleteAccountFromProject,
)
from core.model.records import Account, Project
from core.plans.context import Context
from core.plans.quota import require_quota
from core.plans.step import Add, Claim, Plan, Step, change


def require_new_name(context: Context, domain_id: str, name: str, but: str = "") -> None:
    """Raise Invalid when another project of the domain has the name."""
    for project in context.inventory.having(Project, "domain", domain_id):
        if project.name == name and project.id != but:
            raise errors.Invalid(
                f"the domain has a project {name!r}",
                object=f"project/{project.id}",
                hint="choose another name",
            )


def check(context: Context, command: CreateProject) -> None:
    """Refuse a name in use."""
    owner = context.owner(command.account, command.domain_id)
    require_new_name(context, owner.domain_id, command.name)


def quota(context: Context, command: CreateProject) -> None:
    """The owner pays a project."""
    require_quota(context, context.owner(command.account, command.domain_id), project=1)


def claim(context: Context, command: CreateProject) -> Claim:
    """Record the project, and the account that its things will belong to."""
    owner = context.owner(command.account, command.domain_id)
    project_id = context.new_id()
    account = Account(
        id=context.new_id(),
        created_s=context.now_s,
        name=f"PrjAcct-{command.name}",
        domain_id=owner.domain_id,
        role=Role.USER,
        project_id=project_id,
    )
    project = Project(
        id=project_id,
        created_s=context.now_s,
        name=command.name,
        display_text=command.display_text or command.name,
        domain_id=owner.domain_id,
        account_id=account.id,
        owner_id=owner.id,
        members=(owner.id,),
    )
    return Claim(kind="project", id=project.id, effects=(Add(record=account), Add(record=project)))


def plan(context: Context, command: CreateProject, project_id: str) -> Plan:
    """Nothing more is to be done."""
    return Plan(steps=())


def require_owner(context: Context, project: Project) -> None:
    """Raise Denied unless the caller may act for the account that owns the project."""
    owner = context.inventory.get(Account, project.owner_id)
    context.owner(owner.name, owner.domain_id)


def member_named(context: Context, project: Project, name: str) -> Account:
    """The account of the project's domain. Raises NotFound."""
    for account in context.inventory.having(Account, "name", name):
        if account.domain_id == project.domain_id and not account.project_id:
            return account
    raise errors.NotFound(
        f"the project's domain has no account {name!r}",
        object=f"project/{project.id}",
        hint="listAccounts names them",
    )


def _member(
    context: Context, command: AddAccountToProject | DeleteAccountFromProject
) -> tuple[Project, Account]:
    project = context.get(Project, command.project_id)
    return project, member_named(context, project, command.account)


def check_add(context: Context, command: AddAccountToProject) -> None:
    """Refuse a member, and callers that don't own the project."""
    project, account = _member(context, command)
    require_owner(context, project)
    if account.id in project.members:
        raise errors.Invalid(
            "the account is a member already",
            object=f"project/{project.id}",
            hint="nothing to do",
        )


def check_remove(context: Context, command: DeleteAccountFromProject) -> None:
    """Refuse who is no member, the owner, and callers that don't own the project."""
    project, account = _member(context, command)
    require_owner(context, project)
    if account.id not in project.members or account.id == project.owner_id:
        raise errors.Invalid(
            "the account is no member, or owns the project",
            object=f"project/{project.id}",
            hint="listProjects names the members",
        )


def claim_member(
    context: Context, command: AddAccountToProject | DeleteAccountFromProject
) -> Claim:
    """Lock the project."""
    project = context.get(Project, command.project_id)
    return Claim(kind="project", id=project.id, locks=(f"project/{project.id}",))


def plan_add(context: Context, command: AddAccountToProject, project_id: str) -> Plan:
    """From now on it may work there."""
    project, account = _member(context, command)
    return _with_members(project, (*project.members, account.id))


def plan_remove(context: Context, command: DeleteAccountFromProject, project_id: str) -> Plan:
    """From now on it may not."""
    project, account = _member(context, command)
    return _with_members(project, tuple(m for m in project.members if m != account.id))


def _with_members(project: Project, members: tuple[str, ...]) -> Plan:
    changed = change(project, members=members)
    return Plan(steps=(Step(name="change the members", commit=(changed,), final=True),))
