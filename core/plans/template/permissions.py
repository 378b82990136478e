"""updateTemplatePermissions and updateIsoPermissions: who may use what."""

from msgspec.structs import replace

from core.model import errors
from core.model.commands.command import Role
from core.model.commands.image.permission import UpdateIsoPermissions, UpdateTemplatePermissions
from core.model.records import Account, Project, Template
from core.plans.context import Context
from core.plans.step import Claim, Replace
from core.plans.template.access import own
from core.plans.template.naming import require_may_publish

OPERATIONS = ("add", "remove", "reset")
Sharing = UpdateTemplatePermissions | UpdateIsoPermissions


def _template(context: Context, command: Sharing) -> Template:
    return own(context, command.id, iso=isinstance(command, UpdateIsoPermissions))


def check(context: Context, command: Sharing) -> None:
    """Refuse accounts that there are not, and what only administrators may allow."""
    template = _template(context, command)
    named = bool(command.accounts or command.project_ids)
    if command.op not in (None, *OPERATIONS):
        raise errors.Invalid(
            f"{command.op!r} is no operation on permissions",
            object=f"template/{template.id}",
            hint=f"one of {', '.join(OPERATIONS)}",
        )
    if named is not (command.op in ("add", "remove")):
        raise errors.Invalid(
            "add and remove need accounts or projectids, and these need one of both",
            object=f"template/{template.id}",
            hint="give op together with whom it is about",
        )
    _shared(context, command, template)
    if command.is_public and not template.public:
        require_may_publish(context)
    if command.is_featured is not None and context.caller.role is not Role.ADMIN:
        raise errors.Denied(
            "only a root administrator features templates and ISOs",
            object=f"template/{template.id}",
            hint="leave isfeatured out",
        )


def _shared(context: Context, command: Sharing, template: Template) -> tuple[str, ...]:
    """The accounts named, of the owner's domain, and those of the projects. Raises NotFound."""
    inventory = context.inventory
    neighbours = inventory.having(Account, "domain", template.domain_id)
    known = {account.name: account.id for account in neighbours if not account.project_id}
    for name in command.accounts:
        if name not in known:
            raise errors.NotFound(
                f"the owner's domain has no account {name!r}",
                object=f"domain/{template.domain_id}",
                hint="listAccounts names them",
            )
    projects = (inventory.get(Project, each).account_id for each in command.project_ids)
    return (*(known[name] for name in command.accounts), *projects)


def claim(context: Context, command: Sharing) -> Claim:
    """Change who sees it."""
    template = _template(context, command)
    named = _shared(context, command, template)
    given = {
        "public": command.is_public,
        "featured": command.is_featured,
        "extractable": command.is_extractable,
    }
    changed = replace(
        template,
        rev=template.rev + 1,
        shared_with=_after(template.shared_with, command.op, named),
        **{field: value for field, value in given.items() if value is not None},
    )
    if command.op == "reset":
        changed = replace(changed, public=False, featured=False)
    return Claim(
        kind="template",
        id=template.id,
        effects=(Replace(record=changed),),
        answer={"success": True},
    )


def _after(
    shared_with: tuple[str, ...], operation: str | None, named: tuple[str, ...]
) -> tuple[str, ...]:
    if operation == "add":
        return tuple(dict.fromkeys((*shared_with, *named)))
    if operation == "remove":
        return tuple(each for each in shared_with if each not in named)
    return () if operation == "reset" else shared_with
