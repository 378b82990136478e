"""Details as they are kept with things: who sees them, and how many there may be."""

from collections.abc import Mapping
from typing import TypeGuard

from core.model import errors
from core.model.records import Record
from core.model.records.record import Detailed

DETAILS_MAX = 64


def is_detailed(record: Record) -> TypeGuard[Detailed]:
    """Whether details are kept with things of its kind."""
    return isinstance(record, Detailed)


def shown_details(thing: Detailed) -> Mapping[str, str] | None:
    """Those that everybody sees who sees the thing; None when there are none."""
    if not thing.hidden_details:
        return thing.details or None
    hidden = thing.hidden_details
    return {key: value for key, value in thing.details.items() if key not in hidden} or None


def replaced(thing: Detailed, details: Mapping[str, str]) -> Mapping[str, str]:
    """All details when those that are shown give way to others: hidden ones stay."""
    kept = {key: thing.details[key] for key in thing.hidden_details}
    return {**kept, **details}


def require_few(details: Mapping[str, str]) -> None:
    """Raise Invalid for more than DETAILS_MAX of them."""
    if len(details) > DETAILS_MAX:
        raise errors.Invalid("so many details", hint=f"give at most {DETAILS_MAX}")
