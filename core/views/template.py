"""Templates as callers see them (semantics section 2.11)."""

from collections.abc import Callable

from core.model import errors
from core.model.commands.command import Command
from core.model.commands.template import ListTemplates
from core.model.inventory import Inventory
from core.model.records import (
    StoreRef,
    Template,
    Zone,
)
from core.model.states import READABLE, TemplateState
from core.plans.context import Context
from core.views.listing import Listing
from core.views.view import View, date, name_of, owner_of, text


class TemplateView(View, frozen=True, kw_only=True):
    """CloudStack's template object. Sizes are bytes."""

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
    domainid: str | None = None
    domain: str | None = None
    created: str | None = None
    size: int | None = None
    physicalsize: int | None = None
    checksum: str | None = None
    url: str | None = None
    templatetype: str
    ispublic: bool
    isfeatured: bool
    isextractable: bool
    bootable: bool
    jobid: str | None = None
    jobstatus: int | None = None
    rev: int


STATUS = {
    TemplateState.NOT_DOWNLOADED: "Not downloaded",
    TemplateState.DOWNLOAD_IN_PROGRESS: "Download in progress",
    TemplateState.DOWNLOADED: "Download Complete",
    TemplateState.DOWNLOAD_ERROR: "Download error",
}


def template_view(inventory: Inventory, template: Template) -> TemplateView:
    """The template; ready when an image store has it whole."""
    account, domain, _ = owner_of(inventory, template.account_id, template.domain_id)
    refs = inventory.having(StoreRef, "of", template.id)
    status = STATUS[template.state]
    if template.failure:
        status = f"{status}: {template.failure}"
    return TemplateView(
        id=template.id,
        name=template.name,
        displaytext=template.display_text,
        format=str(template.format),
        hypervisor=str(template.hypervisor),
        isready=any(ref.state in READABLE for ref in refs),
        status=status,
        zoneid=template.zone_id,
        zonename=name_of(inventory, Zone, template.zone_id),
        account=account,
        domainid=template.domain_id,
        domain=domain,
        created=date(template.created_s),
        size=template.size_bytes or None,
        physicalsize=template.physical_bytes or None,
        checksum=text(template.checksum),
        url=template.url,
        templatetype="USER",
        bootable=True,
        ispublic=template.public,
        isfeatured=template.featured,
        isextractable=template.extractable,
        jobid=text(template.job_id),
        jobstatus=0 if template.job_id else None,
        rev=template.rev,
    )


def _shared_template(template: Template) -> bool:
    return template.public or template.featured


# templatefilter: which templates that the caller may see it leaves
TEMPLATE_FILTERS: dict[str, Callable[[Context, Template], bool]] = {
    "featured": lambda _, template: template.featured,
    "community": lambda _, template: template.public and not template.featured,
    "self": lambda context, template: template.account_id == context.caller.account_id,
    "selfexecutable": lambda context, template: template.account_id == context.caller.account_id,
    "shared": lambda context, template: template.account_id != context.caller.account_id,
    "sharedexecutable": lambda context, template: template.account_id != context.caller.account_id,
    "executable": lambda _, __: True,
    "all": lambda _, __: True,
}


def _template_passes(context: Context, template: Template, wanted: str) -> bool:
    passes = TEMPLATE_FILTERS.get(wanted.lower())
    if passes is None:
        raise errors.Invalid(
            f"{wanted!r} is no templatefilter", hint=f"one of {', '.join(TEMPLATE_FILTERS)}"
        )
    return passes(context, template)


LISTINGS: dict[type[Command], Listing] = {
    ListTemplates: Listing(
        Template,
        template_view,
        {},
        {"name": "name", "zone_id": "zone_id", "hypervisor": "hypervisor"},
        {"template_filter": _template_passes},
        shared=_shared_template,
    ),
}
