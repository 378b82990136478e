"""Errors that came over the wire, as exceptions of the tree again."""

from typing import Any

from core.model.errors import BY_CODE, Busy, ForebayError, Internal
from server.limits import RateLimited

_KINDS: dict[str, type[ForebayError]] = {**BY_CODE, RateLimited.code: Busy}


def error_of(error: dict[str, Any]) -> ForebayError:
    """The exception that an error object of JSON-RPC describes."""
    data: dict[str, Any] = error.get("data") or {}
    kind = _KINDS.get(str(data.get("type", "")), Internal)
    return kind(
        str(error.get("message", "")),
        object=str(data.get("object", "")),
        hint=str(data.get("hint", "")),
        number=data.get("number"),
    )


def refusal_of(failure: dict[str, Any]) -> ForebayError:
    """The exception that a refusal of the connection itself describes."""
    kind = _KINDS.get(str(failure.get("code", "")), Internal)
    return kind(
        str(failure.get("message", "")),
        object=str(failure.get("object", "")),
        hint=str(failure.get("hint", "")),
        number=failure.get("number"),
    )
