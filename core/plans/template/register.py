"""registerTemplate."""

from msgspec.structs import replace

from core.decompression.compression import uncompressed
from core.model import errors
from core.model.commands.command import Role
from core.model.commands.template import RegisterTemplate
from core.model.hypervisors import Hypervisor
from core.model.pool_types import DiskFormat
from core.model.records import ImageStore, Template
from core.model.states import TemplateState
from core.plans.checksum import require_checksum
from core.plans.context import Context
from core.plans.hypervisor import named_hypervisor
from core.plans.quota import require_quota
from core.plans.step import Add, Claim, Drop, Effect, Plan
from core.plans.template.copies import copying
from core.plans.template.fetching import fetching
from core.plans.template.naming import (
    check_described,
    described,
    named,
    owner_of,
    template_type,
)
from core.plans.template.unpacking import unpacking
from core.plans.url import require_fetched

ALL_ZONES = "-1"
FORMATS: dict[Hypervisor, tuple[DiskFormat, ...]] = {
    Hypervisor.KVM: (DiskFormat.QCOW2, DiskFormat.RAW),
    Hypervisor.XENSERVER: (DiskFormat.VHD,),
    Hypervisor.VMWARE: (DiskFormat.OVA,),
    Hypervisor.HYPERV: (DiskFormat.VHDX, DiskFormat.VHD),
    Hypervisor.LXC: (DiskFormat.RAW,),
    Hypervisor.OVM: (DiskFormat.RAW,),
    Hypervisor.SIMULATOR: (DiskFormat.QCOW2, DiskFormat.RAW, DiskFormat.VHD, DiskFormat.OVA),
}
"""The formats of templates that each hypervisor takes, its own first."""
SUFFIXES: dict[str, DiskFormat] = {
    ".qcow2": DiskFormat.QCOW2,
    ".vhd": DiskFormat.VHD,
    ".vhdx": DiskFormat.VHDX,
    ".ova": DiskFormat.OVA,
    ".raw": DiskFormat.RAW,
    ".iso": DiskFormat.ISO,
}
PACKED = (".gz", ".bz2", ".zip", ".xz", ".zst", ".tar", ".tgz")
"""Endings that nothing takes off: of other kinds, or two of them."""


def require_url(context: Context, url: str, format: DiskFormat) -> None:
    """Raise Invalid for addresses that are nobody's, and names that say another format."""
    require_fetched(url)
    if url.startswith("file:") and context.caller.role is not Role.ADMIN:
        raise errors.Invalid("file URLs are for administrators", hint="give an http or https URL")
    path = uncompressed(url.partition("?")[0].lower())
    if path.endswith(PACKED):
        raise errors.Invalid(
            "images are decompressed from .gz, .bz2 and .zip only",
            hint="unpack it there, and give that URL",
        )
    said = next((kind for suffix, kind in SUFFIXES.items() if path.endswith(suffix)), format)
    if said is not format:
        raise errors.Invalid(
            f"the URL is of a {said} image, not {format}", hint=f"give format {said}, or its URL"
        )


def zones_asked(
    context: Context, zone_id: str | None, zone_ids: tuple[str, ...]
) -> tuple[str, ...]:
    """Where it shall be, first of all the zone to which it comes from its URL.

    -1 is every zone that has an image store; only root administrators may ask for that.
    Raises Invalid, NotFound.
    """
    named_zones = tuple(dict.fromkeys((*((zone_id,) if zone_id else ()), *zone_ids)))
    if ALL_ZONES not in named_zones:
        return tuple(context.zone(each).id for each in named_zones) or (context.zone(None).id,)
    if len(named_zones) > 1:
        raise errors.Invalid("-1 is every zone", hint="name no other zones beside it")
    if context.caller.role is not Role.ADMIN:
        raise errors.Invalid(
            "only a root administrator may register for all zones", hint="name zones"
        )
    stored = sorted({store.zone_id for store in context.inventory.all(ImageStore)} - {""})
    return tuple(stored) or (context.zone(None).id,)


def _format(command: RegisterTemplate) -> DiskFormat:
    """Raises Invalid unless it is one that the hypervisor takes."""
    hypervisor = named_hypervisor(command.hypervisor)
    taken = FORMATS[hypervisor]
    for format in taken:
        if format == command.format.upper():
            return format
    raise errors.Invalid(
        f"{hypervisor} takes {' and '.join(taken)} templates, not {command.format}",
        hint=f"convert the image to {taken[0]}",
    )


def check(context: Context, command: RegisterTemplate) -> None:
    """Refuse what cannot be registered (semantics section 2.12)."""
    format = _format(command)
    require_url(context, command.url, format)
    require_checksum(command.checksum)
    check_described(context, command)
    template_type(context, command.template_type, routing=command.is_routing)
    zones_asked(context, command.zone_id, command.zone_ids)
    if command.direct_download or command.deploy_as_is:
        raise errors.Unsupported(
            "templates go over an image store, where they are inspected",
            hint="leave directdownload and deployasis out",
            number=431,
        )


def quota(context: Context, command: RegisterTemplate) -> None:
    """The account pays a template; its size when it is known, but some room must be left."""
    require_quota(context, owner_of(context, command), template=1, secondary_storage=1)


def claim(context: Context, command: RegisterTemplate) -> Claim:
    """Record the template; its download is the job."""
    zones = zones_asked(context, command.zone_id, command.zone_ids)
    template = named(
        context,
        command,
        zone_id=zones[0],
        format=_format(command),
        hypervisor=named_hypervisor(command.hypervisor),
    )
    template = replace(
        template,
        url=command.url,
        checksum=command.checksum or "",
        extractable=command.is_extractable,
        type=template_type(context, command.template_type, routing=command.is_routing),
        cross_zones=command.zone_id == ALL_ZONES or ALL_ZONES in command.zone_ids,
        **described(command),
    )
    return Claim(kind="template", id=template.id, effects=(Add(record=template),))


def plan(context: Context, command: RegisterTemplate, template_id: str) -> Plan:
    """Fetch it into the image store that has most room, unpack it, copy it to the other zones."""
    template = context.inventory.get(Template, template_id)
    _, *others = zones_asked(context, command.zone_id, command.zone_ids)
    zone_ids = tuple(others)
    fetched = fetching(context, template)
    return Plan(steps=(fetched, *unpacking(template, zone_ids), *copying(template, zone_ids)))


def give_up(context: Context, template_id: str) -> tuple[Effect, ...]:
    """A template that never began to download is forgotten; a failed one stays, with its error."""
    template = context.inventory.find(Template, template_id)
    if template is None or template.state is not TemplateState.NOT_DOWNLOADED:
        return ()
    return (Drop(kind="template", id=template_id),)
