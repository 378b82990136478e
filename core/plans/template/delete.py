"""deleteTemplate and deleteIso: out of one zone, or for good."""

from core.model import errors
from core.model.commands.image.iso import DeleteIso
from core.model.commands.template import DeleteTemplate
from core.model.records import Pool, PoolTemplate, StoreRef, Template, Vm, Zone
from core.model.states import RefState
from core.model.transitions import admits
from core.plans.context import Context
from core.plans.operation import RemoveDisk, RemoveImage
from core.plans.step import Claim, Drop, Effect, Plan, Step, change
from core.plans.template.access import is_iso, own
from core.plans.template.copies import zone_within

SYSTEM = "SYSTEM"
Deleting = DeleteTemplate | DeleteIso


def deletion(template: Template, *, forced: bool = False) -> Deleting:
    """The command that deletes it, which is another one for an ISO."""
    if is_iso(template):
        return DeleteIso(id=template.id)
    return DeleteTemplate(id=template.id, forced=forced)


def check(context: Context, command: Deleting) -> None:
    """Refuse while it is being made or brought in, or while machines need it."""
    template = own(context, command.id, iso=isinstance(command, DeleteIso))
    if template.parent_id:
        raise errors.Conflict(
            "it is a data disk of another template",
            object=f"template/{template.id}",
            hint=f"delete template {template.parent_id} with all its disks",
        )
    for each in _family(context, template):
        _require_idle(context, command, each)
    if command.zone_id is not None:
        context.inventory.get(Zone, command.zone_id)
        if not _refs(context, template, command.zone_id):
            raise errors.NotFound(
                "the zone does not have it",
                object=f"zone/{command.zone_id}",
                hint="listTemplates and listIsos show the zones",
            )
    _require_unused(context, template, command)
    if template.type == SYSTEM and not getattr(command, "is_system", False):
        raise errors.Invalid(
            "it is the template of system machines",
            object=f"template/{template.id}",
            hint="give issystem=true to delete it all the same",
        )


def _family(context: Context, template: Template) -> list[Template]:
    """The templates of its data disks, and itself last."""
    return [*context.inventory.having(Template, "parent", template.id), template]


def _require_idle(context: Context, command: Deleting, template: Template) -> None:
    """Raise Conflict while it is worked on."""
    if template.job_id:
        raise errors.Conflict(
            f"it is {template.state}",
            object=f"template/{template.id}",
            hint=f"wait for job {template.job_id}, or cancel it",
        )
    for copy in _pool_copies(context, template, command.zone_id):
        if copy.job_id:
            raise errors.Conflict(
                "it is being copied to a pool, or removed from one",
                object=f"template/{template.id}",
                hint=f"wait for job {copy.job_id}",
            )


def _require_unused(context: Context, template: Template, command: Deleting) -> None:
    """Raise Conflict while machines were made of it (unless forced) or have it in their drive."""
    made = context.inventory.having(Vm, "template", template.id)
    holding = context.inventory.having(Vm, "iso", template.id)
    forced = isinstance(command, DeleteTemplate) and command.forced
    users = [*(() if forced else made), *holding]
    here = [vm for vm in users if command.zone_id in (None, vm.zone_id)]
    if here:
        raise errors.Conflict(
            f"{len(here)} machines use it, such as {here[0].name}",
            object=f"template/{template.id}",
            hint="expunge them or detach it; forced=true deletes a template all the same",
        )


def _refs(context: Context, template: Template, zone_id: str | None) -> list[StoreRef]:
    refs = context.inventory.having(StoreRef, "of", template.id)
    return [ref for ref in refs if zone_id in (None, zone_within(context, ref, template))]


def _pool_copies(context: Context, template: Template, zone_id: str | None) -> list[PoolTemplate]:
    copies = context.inventory.having(PoolTemplate, "template", template.id)
    pools = {pool.id for pool in context.inventory.having(Pool, "zone", zone_id or "")}
    return [copy for copy in copies if zone_id is None or copy.pool_id in pools]


def claim(context: Context, command: Deleting) -> Claim:
    """Lock it and its data disks, and their copies on pools."""
    locks: list[str] = []
    for each in _family(context, context.inventory.get(Template, command.id)):
        copies = context.inventory.having(PoolTemplate, "template", each.id)
        locks.extend((f"template/{each.id}", *(f"pool_template/{copy.id}" for copy in copies)))
    return Claim(kind="template", id=command.id, locks=tuple(locks))


def plan(context: Context, command: Deleting, template_id: str) -> Plan:
    """Its data disks go first, each as it does itself."""
    family = _family(context, context.inventory.get(Template, template_id))
    return Plan(steps=tuple(step for each in family for step in _going(context, command, each)))


def _going(context: Context, command: Deleting, template: Template) -> list[Step]:
    """From the first step on nobody can use it; it is forgotten when nothing of it is left."""
    refs = _refs(context, template, command.zone_id)
    copies = _pool_copies(context, template, command.zone_id)
    taken: list[StoreRef | PoolTemplate] = [*refs, *copies]
    marked: tuple[Effect, ...] = tuple(
        change(each, "DestroyRequested")
        for each in taken
        if admits("store_ref", each.state, "DestroyRequested")
        and each.state is not RefState.DESTROYING
    )
    removing = [*(removed_from_pool(copy) for copy in copies), *map(_removed_from_store, refs)]
    left = [ref for ref in _refs(context, template, None) if ref not in refs]
    ending = Step(name="forget it", commit=_forgotten(context, template), final=True)
    if left:
        home = zone_within(context, left[0], template)
        kept = change(template, copies=len(left) - 1, zone_id=home)
        ending = Step(name="keep the others", commit=(kept,), final=True)
    return [
        *((Step(name="let nobody use it any more", commit=marked, final=True),) if marked else ()),
        *removing,
        ending,
    ]


def _forgotten(context: Context, template: Template) -> tuple[Effect, ...]:
    return (Drop(kind="template", id=template.id),)


def _removed_from_store(ref: StoreRef) -> Step:
    return Step(
        name="remove the image",
        actor=f"image_store/{ref.store_id}",
        do=RemoveImage(path=ref.path),
        commit=(Drop(kind="store_ref", id=ref.id),),
        final=True,
    )


def removed_from_pool(copy: PoolTemplate) -> Step:
    """The step that removes a template's copy on a pool for good."""
    return Step(
        name="remove its copy on a pool",
        actor=f"pool/{copy.pool_id}",
        do=RemoveDisk(name=copy.template_id),
        commit=(Drop(kind="pool_template", id=copy.id),),
        final=True,
    )
