"""Ids that callers choose for what they make."""

import re

from core.model import errors
from core.model.records import KIND_OF, Record
from core.plans.context import Context

UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


def require_uuid(kind: type[Record], custom_id: str | None) -> None:
    """Raise Invalid for an id that is none."""
    if custom_id is not None and UUID.fullmatch(custom_id) is None:
        raise errors.Invalid(
            f"{custom_id!r} is no UUID",
            object=f"{KIND_OF[kind]}/{custom_id}",
            hint="give 32 hexadecimal digits in groups of 8-4-4-4-12",
        )


def require_unused(context: Context, kind: type[Record], custom_id: str | None, as_: str) -> None:
    """Raise Conflict for the id of something that there is; `as_` is the parameter that gave it."""
    if custom_id is not None and context.inventory.find(kind, custom_id):
        raise errors.Conflict(
            "this id is in use",
            object=f"{KIND_OF[kind]}/{custom_id}",
            hint=f"give another {as_}, or none",
        )
