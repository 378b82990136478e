"""registerIso."""

from msgspec.structs import replace

from core.model import errors
from core.model.commands.image.iso import GetUploadParamsForIso, RegisterIso
from core.model.hypervisors import Hypervisor
from core.model.pool_types import DiskFormat
from core.model.records import Template
from core.plans.checksum import require_checksum
from core.plans.context import Context
from core.plans.quota import require_quota
from core.plans.step import Add, Claim, Plan
from core.plans.template.copies import copying
from core.plans.template.fetching import fetching
from core.plans.template.naming import check_named, named, owner_of
from core.plans.template.register import ALL_ZONES, require_url, zones_asked


def check(context: Context, command: RegisterIso) -> None:
    """Refuse what cannot be registered; a bootable ISO says what it boots."""
    require_url(context, command.url, DiskFormat.ISO)
    require_checksum(command.checksum)
    check_named(context, command)
    require_guest(command)
    zones_asked(context, command.zone_id, command.zone_ids)
    if command.direct_download:
        raise errors.Unsupported(
            "ISOs go over an image store, where they are inspected",
            hint="leave directdownload out",
            number=431,
        )


def require_guest(command: RegisterIso | GetUploadParamsForIso) -> None:
    """Raise Invalid for a bootable ISO that does not say what it boots."""
    if command.bootable and command.os_type_id is None:
        raise errors.Invalid(
            "a bootable ISO needs an ostypeid",
            hint="listOsTypes names them; give bootable=false for a disc of data",
        )


def quota(context: Context, command: RegisterIso) -> None:
    """An ISO counts as a template; its size when it is known, but some room must be left."""
    require_quota(context, owner_of(context, command), template=1, secondary_storage=1)


def claim(context: Context, command: RegisterIso) -> Claim:
    """Record the ISO; its download is the job."""
    zones = zones_asked(context, command.zone_id, command.zone_ids)
    iso = named(
        context, command, zone_id=zones[0], format=DiskFormat.ISO, hypervisor=Hypervisor.NONE
    )
    iso = replace(
        iso,
        url=command.url,
        checksum=command.checksum or "",
        extractable=command.is_extractable,
        bootable=command.bootable,
        password_enabled=command.password_enabled,
        dynamically_scalable=command.is_dynamically_scalable,
        cross_zones=command.zone_id == ALL_ZONES or ALL_ZONES in command.zone_ids,
    )
    return Claim(kind="template", id=iso.id, effects=(Add(record=iso),))


def plan(context: Context, command: RegisterIso, iso_id: str) -> Plan:
    """Fetch it into the image store that has most room, then copy it to the other zones."""
    iso = context.inventory.get(Template, iso_id)
    _, *others = zones_asked(context, command.zone_id, command.zone_ids)
    return Plan(steps=(fetching(context, iso), *copying(iso, tuple(others))))
