"""registerTemplate."""

from core.model import errors
from core.model.commands.command import Role
from core.model.commands.template import RegisterTemplate
from core.model.hypervisors import HYPERVISORS
from core.model.pool_types import DiskFormat
from core.model.records import StoreRef, Template
from core.model.states import RefState, TemplateState
from core.plans.checksum import require_checksum
from core.plans.context import GIB, Context
from core.plans.hypervisor import named_hypervisor
from core.plans.operation import FetchImage, RemoveImage
from core.plans.placement import choose_store
from core.plans.quota import require_quota
from core.plans.step import Add, Change, Claim, Drop, Effect, Plan, Step


def _format(name: str) -> DiskFormat:
    try:
        return DiskFormat(name.upper())
    except ValueError:
        raise errors.Invalid(
            f"{name!r} is no image format", hint=f"one of {', '.join(DiskFormat)}"
        ) from None


def check(context: Context, command: RegisterTemplate) -> None:
    """Refuse what cannot be registered (semantics section 2.12)."""
    hypervisor = named_hypervisor(command.hypervisor)
    wanted = HYPERVISORS[hypervisor].format
    given = _format(command.format)
    if given not in (wanted, DiskFormat.RAW):
        raise errors.Invalid(
            f"{hypervisor} takes {wanted} templates, not {given}",
            hint=f"convert the image to {wanted}",
        )
    require_checksum(command.checksum)
    context.zone(command.zone_id)
    if command.url.startswith("file:") and context.caller.role is not Role.ADMIN:
        raise errors.Invalid("file URLs are for administrators", hint="give an http or https URL")


def quota(context: Context, command: RegisterTemplate) -> None:
    """The account pays a template; its size when it is known."""
    require_quota(context, context.owner(command.account, command.domain_id), template=1)


def claim(context: Context, command: RegisterTemplate) -> Claim:
    """Record the template; its download is the job."""
    owner = context.owner(command.account, command.domain_id)
    template = Template(
        id=context.new_id(),
        created_s=context.now_s,
        name=command.name,
        display_text=command.display_text or command.name,
        account_id=owner.id,
        domain_id=owner.domain_id,
        zone_id=context.zone(command.zone_id).id,
        url=command.url,
        format=_format(command.format),
        hypervisor=named_hypervisor(command.hypervisor),
        checksum=command.checksum or "",
        public=command.is_public,
        featured=command.is_featured,
        extractable=command.is_extractable,
        job_id=context.job_id,
    )
    return Claim(
        kind="template",
        id=template.id,
        effects=(Add(record=template),),
        locks=(f"template/{template.id}",),
    )


def plan(context: Context, command: RegisterTemplate, template_id: str) -> Plan:
    """Fetch it into the image store that has most room."""
    template = context.inventory.get(Template, template_id)
    limit = context.settings.whole("max.template.iso.size") * GIB
    store = choose_store(context, template.zone_id, 0)
    ref = StoreRef(
        id=context.new_id(),
        created_s=context.now_s,
        store_id=store.id,
        of_kind="template",
        of_id=template.id,
        account_id=template.account_id,
        path=f"template/tmpl/{template.account_id}/{template.id}",
        format=template.format,
        state=RefState.CREATING,
        job_id=context.job_id,
    )
    sizes = {"size_bytes": "size_bytes", "physical_bytes": "physical_bytes", "checksum": "checksum"}

    def changed(event: str, learn: dict[str, str]) -> Change:
        return Change(kind="template", id=template.id, event=event, learn=learn)

    step = Step(
        name=f"fetch the template into {store.name}",
        actor=f"image_store/{store.id}",
        do=FetchImage(
            path=ref.path,
            url=template.url,
            format=template.format,
            checksum=template.checksum,
            size_limit_bytes=limit,
        ),
        undo=RemoveImage(path=ref.path),
        begin=(changed("DownloadRequested", {}), Add(record=ref)),
        commit=(
            changed("OperationSucceeded", sizes),
            Change(kind="store_ref", id=ref.id, event="OperationSuccessed", learn=sizes),
        ),
        revert=(changed("OperationFailed", {}), Drop(kind="store_ref", id=ref.id)),
    )
    return Plan(steps=(step,))


def give_up(context: Context, template_id: str) -> tuple[Effect, ...]:
    """A template that never began to download is forgotten; a failed one stays, with its error."""
    template = context.inventory.find(Template, template_id)
    if template is None or template.state is not TemplateState.NOT_DOWNLOADED:
        return ()
    return (Drop(kind="template", id=template_id),)
