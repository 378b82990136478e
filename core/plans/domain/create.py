"""createDomain and updateDomain."""

from core.model import errors
from core.model.access import is_below
from core.model.commands.command import Role
from core.model.commands.ownership.domain import CreateDomain, UpdateDomain
from core.model.inventory import unknown
from core.model.records import Domain
from core.plans.context import Context
from core.plans.custom_id import require_uuid
from core.plans.step import Add, Change, Claim, Scalar, change


def domain_of(context: Context, domain_id: str) -> Domain:
    """The domain, if it is the caller's to administer. Raises NotFound."""
    domain = context.inventory.domain(domain_id)
    own = context.caller.domain_id
    if context.caller.role is not Role.ADMIN and not is_below(domain.id, own, context.inventory):
        raise unknown(Domain, domain_id)
    return domain


def _parent(context: Context, command: CreateDomain) -> Domain:
    return domain_of(context, command.parent_domain_id or context.caller.domain_id)


def _require_new_name(context: Context, parent_id: str, name: str, but: str = "") -> None:
    for sibling in context.inventory.having(Domain, "parent", parent_id):
        if sibling.name == name and sibling.id != but:
            raise errors.Invalid(
                f"there is a domain {name!r} here already",
                object=f"domain/{sibling.id}",
                hint="choose another name",
            )
    if "/" in name:
        raise errors.Invalid(
            "a domain's name has no slash",
            object=f"domain/{parent_id}",
            hint="create the domains of a path one by one",
        )


def check(context: Context, command: CreateDomain) -> None:
    """Refuse a name in use, an id in use, a parent that is not the caller's."""
    _require_new_name(context, _parent(context, command).id, command.name)
    if command.domain_id is not None and context.inventory.find(Domain, command.domain_id):
        raise errors.Invalid(
            "this domainid is in use", object=f"domain/{command.domain_id}", hint="leave it out"
        )
    require_uuid(Domain, command.domain_id)


def claim(context: Context, command: CreateDomain) -> Claim:
    """Record the domain."""
    parent = _parent(context, command)
    domain = Domain(
        id=command.domain_id or context.new_id(),
        created_s=context.now_s,
        name=command.name,
        path=f"{parent.path}/{command.name}",
        parent_id=parent.id,
        network_domain=command.network_domain or "",
    )
    return Claim(kind="domain", id=domain.id, effects=(Add(record=domain),))


def check_update(context: Context, command: UpdateDomain) -> None:
    """Refuse ROOT, and a name in use."""
    domain = domain_of(context, command.id)
    if command.name is None:
        return
    if not domain.parent_id:
        raise errors.Invalid(
            "the ROOT domain keeps its name", object=f"domain/{domain.id}", hint="name another one"
        )
    _require_new_name(context, domain.parent_id, command.name, but=domain.id)


def claim_update(context: Context, command: UpdateDomain) -> Claim:
    """Set the fields that are given; the paths of all below it follow its name."""
    domain = domain_of(context, command.id)
    effects: tuple[Change, ...] = ()
    fields: dict[str, Scalar] = {}
    if command.network_domain is not None:
        fields["network_domain"] = command.network_domain
    if command.name is not None:
        path = f"{domain.path.rpartition('/')[0]}/{command.name}"
        fields |= {"name": command.name, "path": path}
        effects = _moved(context, domain, path)
    if fields:
        effects = (change(domain, **fields), *effects)
    return Claim(kind="domain", id=domain.id, effects=effects)


def _moved(context: Context, domain: Domain, path: str) -> tuple[Change, ...]:
    changes: list[Change] = []
    for child in context.inventory.having(Domain, "parent", domain.id):
        below = f"{path}/{child.name}"
        changes += (change(child, path=below), *_moved(context, child, below))
    return tuple(changes)
