"""Which name a misspelt one was probably meant to be."""

from collections.abc import Iterable
from difflib import get_close_matches

SIMILAR = 0.7
"""How alike two names must be, from 0 to 1, as difflib measures it."""


def suggestion(name: str, names: Iterable[str]) -> str:
    """The question whether the nearest of the names was meant, in any case; "" if none is near."""
    by_lower = {known.lower(): known for known in names}
    found = get_close_matches(name.lower(), by_lower, n=1, cutoff=SIMILAR)
    return f"did you mean {by_lower[found[0]]}?" if found else ""
