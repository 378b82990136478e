"""getUploadParamsForIso."""

from msgspec.structs import replace

from core.model import errors
from core.model.commands.image.iso import GetUploadParamsForIso
from core.model.hypervisors import Hypervisor
from core.model.pool_types import DiskFormat
from core.model.states import TemplateState
from core.plans.admission import require_open_zone
from core.plans.checksum import require_checksum
from core.plans.context import Context
from core.plans.iso.register import require_guest
from core.plans.placement import choose_store
from core.plans.quota import require_quota
from core.plans.step import Claim
from core.plans.template.fetching import new_ref
from core.plans.template.naming import check_named, named, owner_of
from core.plans.upload.ticket import issued


def check(context: Context, command: GetUploadParamsForIso) -> None:
    """Refuse what registerIso refuses, but for the address that there is not."""
    if command.format.upper() != DiskFormat.ISO:
        raise errors.Invalid(
            f"the format of an ISO is ISO, not {command.format}",
            hint="getUploadParamsForTemplate is for disks",
        )
    require_checksum(command.checksum)
    check_named(context, command)
    require_guest(command)
    zone_id = context.zone(command.zone_id).id
    require_open_zone(context, zone_id)
    choose_store(context, zone_id, 0)


def quota(context: Context, command: GetUploadParamsForIso) -> None:
    """An ISO counts as a template; its size when it is known, but some room must be left."""
    require_quota(context, owner_of(context, command), template=1, secondary_storage=1)


def claim(context: Context, command: GetUploadParamsForIso) -> Claim:
    """Record the ISO as not uploaded."""
    iso = named(
        context,
        command,
        zone_id=command.zone_id,
        format=DiskFormat.ISO,
        hypervisor=Hypervisor.NONE,
    )
    iso = replace(
        iso,
        checksum=command.checksum or "",
        extractable=command.is_extractable,
        bootable=command.bootable,
        state=TemplateState.NOT_UPLOADED,
        job_id="",
    )
    store = choose_store(context, command.zone_id, 0)
    return issued(context, iso, store, new_ref(context, iso, store, iso.format))
