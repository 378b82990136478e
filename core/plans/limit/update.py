"""updateResourceLimit."""

from core.model import errors
from core.model.commands.command import Role
from core.model.commands.ownership.limit import UpdateResourceLimit
from core.model.records import Account, Domain, Project, ResourceLimit
from core.plans.context import Context
from core.plans.domain.create import domain_of
from core.plans.limit.limited_tag import FAMILIES, limited_tags
from core.plans.quota import RESOURCES, UNLIMITED, domain_limit, limit_id
from core.plans.step import Add, Claim, Effect, change


def resource_named(number: int) -> str:
    """The resource of CloudStack's number. Raises Invalid."""
    for name, row in RESOURCES.items():
        if row.number == number:
            return name
    known = ", ".join(f"{row.number} {row.type_name}" for row in RESOURCES.values())
    raise errors.Invalid(f"resource type {number} is not limited here", hint=f"one of {known}")


def _subject(context: Context, command: UpdateResourceLimit) -> Account | Domain:
    """Whose limit it is: an account's, a project's, else a domain's. Raises NotFound, Invalid."""
    if command.project_id is not None:
        project = context.get(Project, command.project_id)
        return context.inventory.get(Account, project.account_id)
    if command.account is not None:
        return context.owner(command.account, command.domain_id)
    if command.domain_id is not None:
        return domain_of(context, command.domain_id)
    return context.owner(None, None)


def check(context: Context, command: UpdateResourceLimit) -> None:
    """Refuse what CloudStack refuses (semantics section 2.12)."""
    resource = resource_named(command.resource_type)
    _check_tag(context, command, resource)
    if command.max < UNLIMITED:
        raise errors.Invalid(f"max {command.max} is below -1", hint="-1 is no limit")
    subject = _subject(context, command)
    if isinstance(subject, Domain):
        _check_domain(context, command, subject, resource)
    else:
        _check_account(context, command, subject)


def _check_tag(context: Context, command: UpdateResourceLimit, resource: str) -> None:
    if command.tag is None or command.tag in limited_tags(context.settings, resource):
        return
    family = FAMILIES.get(resource)
    if family is None:
        counted = ", ".join(f"{RESOURCES[name].number} {name}" for name in FAMILIES)
        raise errors.Invalid(
            f"{resource} is not limited by tags",
            object=f"tag/{command.tag}",
            hint=f"leave tag out, or limit one of {counted}",
        )
    raise errors.Invalid(
        f"the tag has no limits of its own for {resource}",
        object=f"tag/{command.tag}",
        hint=f"let {family.setting} name it",
    )


def _check_account(context: Context, command: UpdateResourceLimit, account: Account) -> None:
    if account.role is Role.ADMIN and command.max != UNLIMITED:
        raise errors.Invalid(
            "root administrators are not limited", object=f"account/{account.id}", hint="max=-1"
        )
    if context.caller.role is not Role.ADMIN:
        _deny_own(context, f"account/{account.id}", own=account.id == context.caller.account_id)


def _check_domain(
    context: Context, command: UpdateResourceLimit, domain: Domain, resource: str
) -> None:
    if not domain.parent_id:
        raise errors.Invalid(
            "the ROOT domain is not limited", object=f"domain/{domain.id}", hint="name another one"
        )
    if context.caller.role is not Role.ADMIN:
        _deny_own(context, f"domain/{domain.id}", own=domain.id == context.caller.domain_id)
    parent = context.inventory.domain(domain.parent_id)
    above = domain_limit(context.inventory, context.settings, parent, resource, command.tag or "")
    if above != UNLIMITED and (command.max == UNLIMITED or command.max > above):
        raise errors.Invalid(
            f"max {command.max} is more than the {above} of the domain above",
            object=f"domain/{parent.id}",
            hint="raise that limit first",
        )


def _deny_own(context: Context, subject: str, *, own: bool) -> None:
    if own:
        raise errors.Denied(
            "domain administrators don't set their own limits",
            object=subject,
            hint="ask an administrator of the domain above",
        )


def claim(context: Context, command: UpdateResourceLimit) -> Claim:
    """Record the limit; it is in force from now on."""
    subject = _subject(context, command)
    scope = "domain" if isinstance(subject, Domain) else "account"
    resource = resource_named(command.resource_type)
    record_id = limit_id(scope, subject.id, resource, command.tag or "")
    known = context.inventory.find(ResourceLimit, record_id)
    effect: Effect
    if known is None:
        effect = Add(
            record=ResourceLimit(
                id=record_id,
                created_s=context.now_s,
                scope=scope,
                scope_id=subject.id,
                resource=resource,
                maximum=command.max,
                tag=command.tag or "",
            )
        )
    else:
        effect = change(known, maximum=command.max)
    return Claim(kind="resource_limit", id=record_id, effects=(effect,))
