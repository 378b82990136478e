"""Dates in requests."""

from datetime import UTC, datetime

from core.model import errors


def moment_s(date: str | None, otherwise_s: float) -> float:
    """The date's moment; `otherwise_s` without one. Raises Invalid.

    A date without a time zone is UTC's.
    """
    if date is None:
        return otherwise_s
    try:
        at = datetime.fromisoformat(date)
    except ValueError:
        raise errors.Invalid(
            f"{date!r} is no date", hint="write it as 2026-01-31 or 2026-01-31T10:00:00+0000"
        ) from None
    return (at if at.tzinfo is not None else at.replace(tzinfo=UTC)).timestamp()
