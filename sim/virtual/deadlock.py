"""What a run on virtual time does when nothing can ever happen again."""

from collections.abc import Iterable

from core.model import errors

NAMED_MAX = 20


class Stuck(BaseException):
    """Thrown into every waiting task of a deadlocked run, shielded or not, to unwind it."""


def deadlock(waiting: Iterable[tuple[int, str, str]]) -> errors.Internal:
    """The error of a run whose tasks all wait: (birth, name, on what) of each.

    It names the NAMED_MAX oldest.
    """
    rows = sorted(waiting)
    named = ", ".join(f"{name}#{birth} on {label}" for birth, name, label in rows[:NAMED_MAX])
    more = f" and {len(rows) - NAMED_MAX} more" if len(rows) > NAMED_MAX else ""
    return errors.Internal(
        f"deadlock: nothing is ready and no timer is set; waiting: {named}{more}",
        object="runtime",
        hint="look for a reply, an event or a mailbox that nobody serves any more; "
        "under virtual time only the runtime's own words may wait",
    )
