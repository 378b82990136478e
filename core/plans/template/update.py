"""updateTemplate and updateIso: what is said of them, never their bytes."""

from msgspec.structs import replace

from core.model import errors
from core.model.commands.image.iso import UpdateIso
from core.model.commands.template import UpdateTemplate
from core.model.records import Template
from core.plans.context import Context
from core.plans.detail.kept import replaced
from core.plans.step import Claim, Replace
from core.plans.template.access import own
from core.plans.template.naming import require_arch, require_os_type, template_type

FIELDS = {
    "name": "name",
    "display_text": "display_text",
    "os_type_id": "os_type_id",
    "arch": "arch",
    "password_enabled": "password_enabled",
    "ssh_key_enabled": "ssh_key_enabled",
    "requires_hvm": "requires_hvm",
    "bootable": "bootable",
    "is_dynamically_scalable": "dynamically_scalable",
    "template_tag": "tag",
    "sort_key": "sort_key",
}
"""Which field of the record each parameter sets."""


def check_template(context: Context, command: UpdateTemplate) -> None:
    """Refuse another format, unknown guests and types, and details both given and cleared."""
    template = own(context, command.id)
    require_os_type(command.os_type_id)
    require_arch(command.arch)
    if command.format is not None and command.format.upper() != template.format:
        raise errors.Invalid(
            f"the template is {template.format}, whatever is said of it",
            object=f"template/{template.id}",
            hint="convert the image and register it anew",
        )
    if command.template_type is not None:
        template_type(context, command.template_type)
    if command.details and command.cleanup_details:
        raise errors.Invalid(
            "details and cleanupdetails are both given",
            object=f"template/{template.id}",
            hint="leave out one of the two",
        )


def _with_given(template: Template, command: UpdateTemplate | UpdateIso) -> Template:
    """The record with what the command gives."""
    asked = {field: getattr(command, name, None) for name, field in FIELDS.items()}
    given = {field: value for field, value in asked.items() if value is not None}
    return replace(template, rev=template.rev + 1, **given)


def claim_template(context: Context, command: UpdateTemplate) -> Claim:
    """Change what is given."""
    changed = _with_given(own(context, command.id), command)
    if command.template_type is not None:
        changed = replace(changed, type=template_type(context, command.template_type))
    if command.cleanup_details:
        changed = replace(changed, details=replaced(changed, {}))
    elif command.details is not None:
        changed = replace(changed, details=replaced(changed, command.details))
    return Claim(kind="template", id=changed.id, effects=(Replace(record=changed),))


def check_iso(context: Context, command: UpdateIso) -> None:
    """Refuse unknown guests."""
    own(context, command.id, iso=True)
    require_os_type(command.os_type_id)
    require_arch(command.arch)


def claim_iso(context: Context, command: UpdateIso) -> Claim:
    """Change what is given."""
    changed = _with_given(own(context, command.id, iso=True), command)
    return Claim(kind="template", id=changed.id, effects=(Replace(record=changed),))
