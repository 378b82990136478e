"""getUploadParamsForTemplate."""

from msgspec.structs import replace

from core.model import errors
from core.model.commands.template import GetUploadParamsForTemplate
from core.model.pool_types import DiskFormat
from core.model.states import TemplateState
from core.plans.admission import require_open_zone
from core.plans.checksum import require_checksum
from core.plans.context import Context
from core.plans.hypervisor import named_hypervisor
from core.plans.placement import choose_store
from core.plans.quota import require_quota
from core.plans.step import Claim
from core.plans.template.fetching import new_ref
from core.plans.template.naming import check_described, described, named, owner_of, template_type
from core.plans.template.register import FORMATS
from core.plans.upload.ticket import issued


def _format(command: GetUploadParamsForTemplate) -> DiskFormat:
    """Raises Invalid unless it is one that the hypervisor takes."""
    hypervisor = named_hypervisor(command.hypervisor)
    for format in FORMATS[hypervisor]:
        if format == command.format.upper():
            return format
    raise errors.Invalid(
        f"{hypervisor} takes {' and '.join(FORMATS[hypervisor])} templates, not {command.format}",
        hint=f"convert the image to {FORMATS[hypervisor][0]}",
    )


def check(context: Context, command: GetUploadParamsForTemplate) -> None:
    """Refuse what registerTemplate refuses, but for the address that there is not."""
    _format(command)
    require_checksum(command.checksum)
    check_described(context, command)
    template_type(context, command.template_type, routing=command.is_routing)
    zone_id = context.zone(command.zone_id).id
    require_open_zone(context, zone_id)
    choose_store(context, zone_id, 0)


def quota(context: Context, command: GetUploadParamsForTemplate) -> None:
    """The account pays a template; its size when it is known, but some room must be left."""
    require_quota(context, owner_of(context, command), template=1, secondary_storage=1)


def claim(context: Context, command: GetUploadParamsForTemplate) -> Claim:
    """Record the template as not uploaded."""
    template = named(
        context,
        command,
        zone_id=command.zone_id,
        format=_format(command),
        hypervisor=named_hypervisor(command.hypervisor),
    )
    template = replace(
        template,
        checksum=command.checksum or "",
        extractable=command.is_extractable,
        type=template_type(context, command.template_type, routing=command.is_routing),
        state=TemplateState.NOT_UPLOADED,
        job_id="",
        **described(command),
    )
    store = choose_store(context, command.zone_id, 0)
    return issued(context, template, store, new_ref(context, template, store, template.format))
