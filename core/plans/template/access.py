"""Who may use a template or an ISO, and who may change it."""

from core.model import errors
from core.model.inventory import unknown
from core.model.pool_types import DiskFormat
from core.model.records import Template
from core.plans.context import Context


def may_launch(context: Context, template: Template) -> bool:
    """Whether the caller sees it: it is his, for everybody, or shared with his account."""
    if template.public or template.featured or context.may_use(template):
        return True
    return is_granted(context, template)


def is_granted(context: Context, template: Template) -> bool:
    """Whether it was shared with the caller's account, or with a project of his."""
    own = context.caller.account_id
    shared = template.shared_with
    return own in shared or any(own in context.inventory.members(each) for each in shared)


def is_iso(template: Template) -> bool:
    """Whether it is the image of a disc, not of a disk."""
    return template.format is DiskFormat.ISO


def visible(context: Context, template_id: str, *, iso: bool = False) -> Template:
    """The template (or ISO), if the caller sees it. Raises NotFound."""
    template = context.inventory.get(Template, template_id)
    if is_iso(template) is not iso or not may_launch(context, template):
        raise unknown(Template, template_id)
    return template


def own(context: Context, template_id: str, *, iso: bool = False) -> Template:
    """The template (or ISO), if the caller may change it. Raises NotFound, Denied (531)."""
    template = visible(context, template_id, iso=iso)
    if not context.may_use(template):
        raise errors.Denied(
            "it belongs to another account",
            object=f"template/{template.id}",
            hint="ask its owner, or register one of your own",
        )
    return template
