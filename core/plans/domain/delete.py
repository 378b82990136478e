"""deleteDomain."""

from core.model import errors
from core.model.commands.ownership.account import DeleteAccount
from core.model.commands.ownership.domain import DeleteDomain
from core.model.commands.ownership.project import DeleteProject
from core.model.records import Account, Domain, Project, ResourceLimit
from core.plans.context import Context
from core.plans.domain.create import domain_of
from core.plans.operation import CancelJobs, Errand, RunJobs, errand
from core.plans.step import Claim, Drop, Plan, Step


def check(context: Context, command: DeleteDomain) -> None:
    """Refuse ROOT, the caller's own, and without cleanup one that is not empty."""
    domain = domain_of(context, command.id)
    if not domain.parent_id or domain.id == context.caller.domain_id:
        raise errors.Invalid(
            "the ROOT domain and your own cannot be deleted",
            object=f"domain/{domain.id}",
            hint="name another one",
        )
    full = _holds(context, domain)
    if full and not command.cleanup:
        raise errors.Conflict(
            f"the domain holds {full}",
            object=f"domain/{domain.id}",
            hint="empty it first, or give cleanup=true",
        )
    if context.caller.domain_id in context.inventory.subtree(domain.id):
        raise errors.Invalid(
            "your own account is below this domain",
            object=f"domain/{domain.id}",
            hint="let another administrator do it",
        )


def _holds(context: Context, domain: Domain) -> str:
    having = context.inventory.having
    for child in having(Domain, "parent", domain.id):
        return f"domain {child.name}"
    for project in having(Project, "domain", domain.id):
        return f"project {project.name}"
    for account in having(Account, "domain", domain.id):
        return f"account {account.name}"
    return ""


def claim(context: Context, command: DeleteDomain) -> Claim:
    """Lock the domain."""
    domain = domain_of(context, command.id)
    return Claim(kind="domain", id=domain.id, locks=(f"domain/{domain.id}",))


def plan(context: Context, command: DeleteDomain, domain_id: str) -> Plan:
    """Projects and accounts of it and of all below go, each by its own job, then the domains."""
    below = list(context.inventory.subtree(domain_id))
    projects = tuple(
        errand(DeleteProject(id=project.id))
        for each in below
        for project in context.inventory.having(Project, "domain", each)
    )
    accounts = tuple(
        errand(DeleteAccount(id=account.id))
        for each in below
        for account in context.inventory.having(Account, "domain", each)
        if not account.project_id
    )
    gone = tuple(
        Drop(kind="resource_limit", id=limit.id)
        for each in below
        for limit in context.inventory.having(ResourceLimit, "scope", each)
    )
    domains = tuple(Drop(kind="domain", id=each) for each in reversed(below))
    last = Step(name="forget the domain", commit=(*gone, *domains), final=True)
    work = (("delete its projects", projects), ("delete its accounts", accounts))
    return Plan(steps=(*(_step(name, todo) for name, todo in work if todo), last))


def _step(name: str, errands: tuple[Errand, ...]) -> Step:
    return Step(
        name=name,
        actor="jobs",
        do=RunJobs(errands=errands),
        undo=CancelJobs(count=len(errands)),
    )
