"""Domains and projects as callers see them."""

from collections.abc import Iterator
from functools import partial

from core.model.access import is_below, may_use
from core.model.commands.command import Command, Role
from core.model.commands.ownership.domain import ListDomainChildren, ListDomains
from core.model.commands.ownership.project import ListProjectAccounts, ListProjects
from core.model.inventory import Inventory
from core.model.records import Account, Domain, Project, ResourceLimit
from core.plans.context import AsOwned, Context
from core.plans.domain.create import domain_of
from core.views.listing import Answer, Query, Views, is_tagged, paged
from core.views.ownership.usage import asks_usage, resource_limit_view, usage
from core.views.tag import tags_of
from core.views.view import date, name_of


def domain_view(inventory: Inventory, domain: Domain, tag: str | None = None) -> dict[str, object]:
    """CloudStack's domain object, with what it uses and may use, in all and under tags."""
    return {**_brief(inventory, domain), **usage(inventory, domain, tag)}


def _brief(inventory: Inventory, domain: Domain) -> dict[str, object]:
    parent = inventory.find(Domain, domain.parent_id)
    children = inventory.having(Domain, "parent", domain.id)
    return {
        "id": domain.id,
        "name": domain.name,
        "path": domain.path,
        "level": domain.path.count("/"),
        "haschild": len(children) > 0,
        **({"parentdomainid": parent.id, "parentdomainname": parent.name} if parent else {}),
        "state": "Active",
        **({"networkdomain": domain.network_domain} if domain.network_domain else {}),
        "created": date(domain.created_s),
    }


def project_view(inventory: Inventory, project: Project) -> dict[str, object]:
    """CloudStack's project object, with what it uses and may use."""
    members = (inventory.find(Account, member) for member in project.members)
    owner = inventory.find(Account, project.owner_id)
    return {
        "id": project.id,
        "name": project.name,
        "displaytext": project.display_text,
        "domainid": project.domain_id,
        "domain": name_of(inventory, Domain, project.domain_id),
        "projectaccountname": name_of(inventory, Account, project.account_id),
        "account": owner.name if owner is not None else None,
        "owner": [{"account": member.name} for member in members if member is not None],
        "state": project.state,
        "created": date(project.created_s),
        "tags": tags_of(inventory, project.id) or (),
        **usage(inventory, inventory.get(Account, project.account_id)),
    }


def _domains_seen(context: Context) -> Iterator[Domain]:
    """A root administrator sees all, others their own domain, its administrators the tree."""
    caller = context.caller
    for domain in context.inventory.all(Domain):
        tree = caller.role is Role.DOMAIN_ADMIN and is_below(
            domain.id, caller.domain_id, context.inventory
        )
        if caller.role is Role.ADMIN or tree or domain.id == caller.domain_id:
            yield domain


def _domains(context: Context, command: ListDomains) -> Answer:
    keyword = (command.keyword or "").lower()
    view = partial(domain_view, tag=command.tag) if asks_usage(command.details) else _brief
    shown = [
        view(context.inventory, domain)
        for domain in _domains_seen(context)
        if command.id in (None, domain.id)
        and command.name in (None, domain.name)
        and command.level in (None, domain.path.count("/"))
        and keyword in domain.name.lower()
    ]
    return paged(context, command, shown)


def _children(context: Context, command: ListDomainChildren) -> Answer:
    above = domain_of(context, command.id or context.caller.domain_id)
    below = list(context.inventory.subtree(above.id))[1:]
    if not command.is_recursive:
        below = [child.id for child in context.inventory.having(Domain, "parent", above.id)]
    domains = (context.inventory.domain(domain_id) for domain_id in below)
    shown = [
        domain_view(context.inventory, domain)
        for domain in domains
        if command.name in (None, domain.name)
        and (command.keyword or "").lower() in domain.name.lower()
    ]
    return paged(context, command, shown)


def _projects(context: Context, command: ListProjects) -> Answer:
    keyword = (command.keyword or "").lower()
    shown = [
        project_view(context.inventory, project)
        for project in context.inventory.all(Project)
        if _sees(context, command, project)
        and command.id in (None, project.id)
        and command.name in (None, project.name)
        and command.display_text in (None, project.display_text)
        and command.domain_id in (None, project.domain_id)
        and command.state in (None, project.state)
        and keyword in project.name.lower()
        and is_tagged(context, project, command.tags)
    ]
    return paged(context, command, shown)


def _sees(context: Context, command: ListProjects, project: Project) -> bool:
    if context.caller.account_id in project.members:
        return True
    wide = command.list_all or command.id is not None
    account = context.inventory.get(Account, project.account_id)
    return wide and may_use(context.caller, AsOwned(account), context.inventory)


def _project_accounts(context: Context, command: ListProjectAccounts) -> Answer:
    """Its members, the owner first. Raises NotFound for a foreign project."""
    project = context.get(Project, command.project_id)
    keyword = (command.keyword or "").lower()
    rows = [
        {
            "projectid": project.id,
            "project": project.name,
            "accountid": member.id,
            "account": member.name,
            "role": "Admin" if member.id == project.owner_id else "Regular",
            "domainid": member.domain_id,
            "domain": name_of(context.inventory, Domain, member.domain_id),
        }
        for member in (context.inventory.get(Account, member_id) for member_id in project.members)
    ]
    shown = [
        row
        for row in rows
        if command.account in (None, row["account"])
        and (command.project_role or str(row["role"])).lower() == str(row["role"]).lower()
        and keyword in str(row["account"]).lower()
    ]
    return paged(context, command, shown)


QUERIES: dict[type[Command], Query] = {
    ListDomains: _domains,
    ListDomainChildren: _children,
    ListProjects: _projects,
    ListProjectAccounts: _project_accounts,
}
VIEWS: Views = {
    Domain: ("domain", domain_view),
    Project: ("project", project_view),
    ResourceLimit: ("resourcelimit", resource_limit_view),
}
