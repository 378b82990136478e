"""When a template can be made a root disk of."""

from core.model.records import Template
from core.model.states import TemplateState
from core.plans.admission import require_state
from core.plans.context import Context
from core.plans.snapshot_source import template_source


def require_downloaded(context: Context, template: Template, zone_id: str) -> None:
    """Raise Conflict or Unavailable (530) unless its image is there to be copied in that zone."""
    require_state(template, TemplateState.DOWNLOADED, doing="making a disk", number=530)
    template_source(context, template, zone_id)
