"""copyTemplate and copyIso: images of them in other zones."""

from core.model import errors
from core.model.commands.image.iso import CopyIso
from core.model.commands.template import CopyTemplate
from core.model.records import Account, StoreRef, Template, Zone
from core.model.states import READABLE, TemplateState
from core.plans.admission import require_state
from core.plans.context import Context
from core.plans.operation import ImageAt, RemoveImage, RunJobs, StoreImage, errand
from core.plans.placement import choose_store
from core.plans.quota import require_quota
from core.plans.snapshot_source import zone_of
from core.plans.step import Add, Change, Claim, Drop, Plan, Step, change
from core.plans.template.access import is_iso, own
from core.plans.template.fetching import new_ref

Copying = CopyTemplate | CopyIso


def zone_within(context: Context, ref: StoreRef, template: Template) -> str:
    """The zone of an image; on a store of all zones it is the template's own."""
    return zone_of(context, ref) or template.zone_id


def ready_refs(context: Context, template: Template) -> list[StoreRef]:
    """Its complete images, by the id of their zone."""
    refs = context.inventory.having(StoreRef, "of", template.id)
    ready = [ref for ref in refs if ref.state in READABLE]
    return sorted(ready, key=lambda ref: (zone_within(context, ref, template), ref.id))


def zones_of(context: Context, template: Template) -> tuple[str, ...]:
    """The zones that have it."""
    found = (zone_within(context, ref, template) for ref in ready_refs(context, template))
    return tuple(dict.fromkeys(found))


def copying(template: Template, zone_ids: tuple[str, ...]) -> tuple[Step, ...]:
    """Other jobs copy it, once it is here; a copy that fails does not undo the template."""
    if not zone_ids:
        return ()
    kind = CopyIso if is_iso(template) else CopyTemplate
    asked = tuple(errand(kind(id=template.id, dest_zone_ids=(each,))) for each in zone_ids)
    return (
        Step(
            name="copy the image to other zones",
            actor="jobs",
            do=RunJobs(errands=asked, tolerant=True),
            final=True,
        ),
    )


def _targets(command: Copying) -> tuple[str, ...]:
    one = (command.dest_zone_id,) if command.dest_zone_id is not None else ()
    return tuple(dict.fromkeys((*one, *command.dest_zone_ids)))


def _copied(context: Context, command: Copying) -> Template:
    return own(context, command.id, iso=isinstance(command, CopyIso))


def _source(context: Context, command: Copying, template: Template) -> StoreRef:
    for ref in ready_refs(context, template):
        if command.source_zone_id in (None, zone_within(context, ref, template)):
            return ref
    raise errors.NotFound(
        "no image store of that zone has it",
        object=f"template/{template.id}",
        hint="listTemplates and listIsos show the zones; leave sourcezoneid out for any",
    )


def check(context: Context, command: Copying) -> None:
    """Refuse what is not on an image store, and zones that have it."""
    template = _copied(context, command)
    require_state(template, TemplateState.DOWNLOADED, doing="copying")
    targets = _targets(command)
    if not targets:
        raise errors.Invalid("destzoneid or destzoneids is needed", hint="listZones names zones")
    _source(context, command, template)
    having = zones_of(context, template)
    for zone_id in targets:
        context.inventory.get(Zone, zone_id)
        if zone_id in having:
            raise errors.Conflict(
                "the zone has it already", object=f"zone/{zone_id}", hint="leave that zone out"
            )


def quota(context: Context, command: Copying) -> None:
    """Each copy takes as much secondary storage as the first image."""
    template = _copied(context, command)
    owner = context.inventory.get(Account, template.account_id)
    size = template.physical_bytes or template.size_bytes
    require_quota(context, owner, secondary_storage=size * len(_targets(command)))


def claim(context: Context, command: Copying) -> Claim:
    """Lock it."""
    return Claim(kind="template", id=command.id, locks=(f"template/{command.id}",))


def plan(context: Context, command: Copying, template_id: str) -> Plan:
    """One copy a zone; all or none."""
    template = context.inventory.get(Template, template_id)
    source = _source(context, command, template)
    return Plan(
        steps=tuple(
            _copy(context, template, source, zone_id, template.copies + before)
            for before, zone_id in enumerate(_targets(command))
        )
    )


def _copy(
    context: Context, template: Template, source: StoreRef, zone_id: str, before: int
) -> Step:
    """Copy it to a zone; `before` is how many copies there are by then."""
    store = choose_store(context, zone_id, template.size_bytes, own=True)
    ref = new_ref(context, template, store, source.format)
    learn = {"physical_bytes": "physical_bytes"}
    return Step(
        name=f"copy the image to {store.name}",
        actor=f"image_store/{store.id}",
        do=StoreImage(
            path=ref.path, source=ImageAt(store_id=source.store_id, path=source.path), as_is=True
        ),
        undo=RemoveImage(path=ref.path),
        begin=(Add(record=ref),),
        commit=(
            Change(kind="store_ref", id=ref.id, event="OperationSuccessed", learn=learn),
            change(template, copies=before + 1),
        ),
        revert=(Drop(kind="store_ref", id=ref.id), change(template, copies=before)),
        bytes=template.physical_bytes or template.size_bytes,
    )
