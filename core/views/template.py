"""Templates and ISOs as callers see them (semantics section 2.11)."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial

from core.model import errors
from core.model.commands.command import Command, Role
from core.model.commands.image.iso import ListIsos
from core.model.commands.template import ListTemplates
from core.model.inventory import Inventory
from core.model.os_types import OS_TYPES
from core.model.records import (
    ImageStore,
    PoolTemplate,
    StoreRef,
    Template,
    Zone,
)
from core.model.states import READABLE, TemplateState
from core.plans.context import Context
from core.plans.detail.kept import shown_details
from core.plans.template.access import is_granted, is_iso, may_launch
from core.views.listing import Listing
from core.views.tag import TagView, tags_of
from core.views.view import View, date, name_of, owner_of, project_of, text


class DownloadView(View, frozen=True, kw_only=True):
    """How an image store came to have it."""

    datastore: str | None = None
    downloadState: str


class ChildTemplateView(View, frozen=True, kw_only=True):
    """The template of a data disk, as its parent shows it. Sizes are bytes."""

    id: str
    name: str
    size: int
    templatetype: str


class TemplateView(View, frozen=True, kw_only=True):
    """CloudStack's template and iso objects. Sizes are bytes."""

    id: str
    name: str
    displaytext: str
    format: str
    hypervisor: str
    isready: bool
    status: str
    zoneid: str
    zonename: str | None = None
    account: str | None = None
    projectid: str | None = None
    project: str | None = None
    domainid: str | None = None
    domain: str | None = None
    domainpath: str | None = None
    created: str | None = None
    size: int | None = None
    physicalsize: int | None = None
    checksum: str | None = None
    url: str | None = None
    templatetype: str
    templatetag: str | None = None
    sourcetemplateid: str | None = None
    parenttemplateid: str | None = None
    childtemplates: tuple[ChildTemplateView, ...] | None = None
    ostypeid: str | None = None
    ostypename: str | None = None
    ispublic: bool
    isfeatured: bool
    isextractable: bool
    bootable: bool
    crossZones: bool
    bits: int
    arch: str
    passwordenabled: bool
    sshkeyenabled: bool
    requireshvm: bool
    isdynamicallyscalable: bool
    directdownload: bool
    deployasis: bool
    sortkey: int
    details: Mapping[str, str] | None = None
    downloaddetails: tuple[DownloadView, ...] | None = None
    tags: tuple[TagView, ...] | None = None
    jobid: str | None = None
    jobstatus: int | None = None
    rev: int


STATUS = {
    TemplateState.NOT_DOWNLOADED: "Not downloaded",
    TemplateState.DOWNLOAD_IN_PROGRESS: "Download in progress",
    TemplateState.DOWNLOADED: "Download Complete",
    TemplateState.DOWNLOAD_ERROR: "Download error",
    TemplateState.CREATING: "Creating",
    TemplateState.NOT_UPLOADED: "Not uploaded",
    TemplateState.UPLOAD_IN_PROGRESS: "Upload in progress",
    TemplateState.UPLOAD_ERROR: "Upload error",
    TemplateState.ABANDONED: "Upload abandoned",
}


def template_view(inventory: Inventory, template: Template) -> TemplateView:
    """It as it is in the zone to which it came first."""
    return _shown(inventory, template, _zones(inventory, template)[0])


def _zone_of(inventory: Inventory, template: Template, ref: StoreRef) -> str:
    store = inventory.find(ImageStore, ref.store_id)
    return (store.zone_id if store is not None else "") or template.zone_id


def _zones(inventory: Inventory, template: Template) -> list[str]:
    """The zones that have it, its own first; its own when none has it yet."""
    refs = inventory.having(StoreRef, "of", template.id)
    found = {_zone_of(inventory, template, ref) for ref in refs} or {template.zone_id}
    return sorted(found, key=lambda zone_id: (zone_id != template.zone_id, zone_id))


def _status(template: Template) -> str:
    status = STATUS[template.state]
    return f"{status}: {template.failure}" if template.failure else status


def _shown(inventory: Inventory, template: Template, zone_id: str) -> TemplateView:
    account, domain, path = owner_of(inventory, template.account_id, template.domain_id)
    project_id, project = project_of(inventory, template.account_id)
    refs = [
        ref
        for ref in inventory.having(StoreRef, "of", template.id)
        if _zone_of(inventory, template, ref) == zone_id
    ]
    return TemplateView(
        id=template.id,
        name=template.name,
        displaytext=template.display_text,
        format=str(template.format),
        hypervisor=str(template.hypervisor),
        isready=any(ref.state in READABLE for ref in refs),
        status=_status(template),
        zoneid=zone_id,
        zonename=name_of(inventory, Zone, zone_id),
        account=None if project_id else account,
        projectid=project_id,
        project=project,
        domainid=template.domain_id,
        domain=domain,
        domainpath=path,
        created=date(template.created_s),
        size=template.size_bytes or None,
        physicalsize=template.physical_bytes or None,
        checksum=text(template.checksum),
        url=text(template.url),
        templatetype=template.type,
        templatetag=text(template.tag),
        sourcetemplateid=text(template.source_id),
        parenttemplateid=text(template.parent_id),
        childtemplates=_children(inventory, template),
        ostypeid=text(template.os_type_id),
        ostypename=OS_TYPES.get(template.os_type_id),
        bootable=template.bootable,
        ispublic=template.public,
        isfeatured=template.featured,
        isextractable=template.extractable,
        crossZones=template.cross_zones,
        bits=template.bits,
        arch=template.arch,
        passwordenabled=template.password_enabled,
        sshkeyenabled=template.ssh_key_enabled,
        requireshvm=template.requires_hvm,
        isdynamicallyscalable=template.dynamically_scalable,
        directdownload=False,
        deployasis=False,
        sortkey=template.sort_key,
        details=shown_details(template),
        downloaddetails=_downloads(inventory, refs),
        tags=tags_of(inventory, template.id),
        jobid=text(template.job_id),
        jobstatus=0 if template.job_id else None,
        rev=template.rev,
    )


def _children(inventory: Inventory, template: Template) -> tuple[ChildTemplateView, ...] | None:
    found = inventory.having(Template, "parent", template.id)
    return (
        tuple(
            ChildTemplateView(
                id=child.id, name=child.name, size=child.size_bytes, templatetype=child.type
            )
            for child in sorted(found, key=lambda child: child.disk_number)
        )
        or None
    )


def _downloads(inventory: Inventory, refs: list[StoreRef]) -> tuple[DownloadView, ...] | None:
    return (
        tuple(
            DownloadView(
                datastore=name_of(inventory, ImageStore, ref.store_id),
                downloadState="DOWNLOADED" if ref.state in READABLE else str(ref.state),
            )
            for ref in refs
        )
        or None
    )


def _is_ready(context: Context, template: Template) -> bool:
    refs = context.inventory.having(StoreRef, "of", template.id)
    return any(ref.state in READABLE for ref in refs)


def _is_own(context: Context, template: Template) -> bool:
    """Of the caller's account, or of a project of theirs."""
    own = context.caller.account_id
    return template.account_id == own or own in context.inventory.members(template.account_id)


def _is_executable(context: Context, template: Template) -> bool:
    seen = template.public or template.featured or _is_own(context, template)
    return seen and _is_ready(context, template)


Filter = Callable[[Context, Template], bool]
FILTERS: dict[str, Filter] = {
    "featured": lambda _, template: template.featured,
    "community": lambda _, template: template.public and not template.featured,
    "self": _is_own,
    "selfexecutable": lambda context, it: _is_own(context, it) and _is_ready(context, it),
    "shared": lambda context, it: is_granted(context, it) and not _is_own(context, it),
    "sharedexecutable": lambda context, it: (
        is_granted(context, it) and not _is_own(context, it) and _is_ready(context, it)
    ),
    "executable": _is_executable,
    "all": lambda _, __: True,
}
"""templatefilter and isofilter: what each leaves of what the caller may see."""


def _passes(context: Context, template: Template, wanted: str) -> bool:
    passes = FILTERS.get(wanted.lower())
    if passes is None:
        raise errors.Invalid(
            f"{wanted!r} is no filter of templates", hint=f"one of {', '.join(FILTERS)}"
        )
    if wanted.lower() == "all" and context.caller.role is Role.USER:
        raise errors.Invalid(
            "the filter all is for administrators", hint="executable shows what you may deploy"
        )
    return passes(context, template)


def _is_in_zone(context: Context, template: Template, zone_id: str) -> bool:
    return zone_id in _zones(context.inventory, template)


def _is_on_store(context: Context, template: Template, store_id: str) -> bool:
    refs = context.inventory.having(StoreRef, "of", template.id)
    return any(ref.store_id == store_id for ref in refs)


def _is_on_pool(context: Context, template: Template, pool_id: str) -> bool:
    copies = context.inventory.having(PoolTemplate, "template", template.id)
    return any(copy.pool_id == pool_id for copy in copies)


def _ready_as(context: Context, template: Template, ready: bool) -> bool:
    return _is_ready(context, template) is ready


def _rows(
    context: Context, command: ListTemplates | ListIsos, template: Template
) -> Sequence[Callable[[], TemplateView]]:
    """One for each zone that has it, in the zone asked for; one in all if that is asked.

    Data disks of other templates are told only to those who ask for such.
    """
    if template.parent_id and isinstance(command, ListTemplates) and not _asks_for_disks(command):
        return []
    zones = [
        zone_id
        for zone_id in _zones(context.inventory, template)
        if command.zone_id in (None, zone_id)
    ]
    shown = zones[:1] if command.show_unique else zones
    return [partial(_shown, context.inventory, template, zone_id) for zone_id in shown]


def _asks_for_disks(command: ListTemplates) -> bool:
    return bool(command.id or command.ids or command.parent_template_id or command.template_type)


def _no_template(template: Template) -> bool:
    return is_iso(template)


def _no_iso(template: Template) -> bool:
    return not is_iso(template)


def _sort_key(template: Template) -> int:
    return template.sort_key


def _anybody(template: Template) -> bool:
    """Who sees it is asked of the caller, in `may_launch`."""
    return True


LISTINGS: dict[type[Command], Listing] = {
    ListTemplates: Listing(
        Template,
        template_view,
        {},
        {
            "name": "name",
            "hypervisor": "hypervisor",
            "template_type": "type",
            "os_type_id": "os_type_id",
            "arch": "arch",
            "parent_template_id": "parent_id",
        },
        {
            "template_filter": _passes,
            "zone_id": _is_in_zone,
            "image_store_id": _is_on_store,
            "storage_id": _is_on_pool,
        },
        shared=_anybody,
        hidden=_no_template,
        seen=may_launch,
        rows=_rows,
        order=_sort_key,
    ),
    ListIsos: Listing(
        Template,
        template_view,
        {},
        {
            "name": "name",
            "os_type_id": "os_type_id",
            "arch": "arch",
            "bootable": "bootable",
            "is_public": "public",
        },
        {"iso_filter": _passes, "zone_id": _is_in_zone, "is_ready": _ready_as},
        shared=_anybody,
        hidden=_no_iso,
        seen=may_launch,
        rows=_rows,
        order=_sort_key,
    ),
}
