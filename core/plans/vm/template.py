"""Which templates a caller may make root disks from."""

from core.model.records import Template
from core.model.states import TemplateState
from core.plans.admission import require_state
from core.plans.context import Context
from core.plans.snapshot_source import template_source


def usable_template(context: Context, template_id: str) -> Template:
    """The template, if it is everybody's or the caller's own. Raises NotFound."""
    template = context.inventory.get(Template, template_id)
    if template.public or template.featured:
        return template
    return context.get(Template, template_id)


def require_downloaded(context: Context, template: Template) -> None:
    """Raise Conflict or Unavailable (530) unless its image is there to be copied."""
    require_state(template, TemplateState.DOWNLOADED, doing="making a disk", number=530)
    template_source(context, template)
