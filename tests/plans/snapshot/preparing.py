"""What tables of refusals are made of: ways to prepare a small zone."""

from collections.abc import Callable

from core.model import errors
from tests.small_zone import SmallZone

Prepare = Callable[[SmallZone], object]
Refused = tuple[Prepare, type[errors.ForebayError], int, str]
"""What was prepared, and the kind, number and object of the refusal."""


def nothing(zone: SmallZone) -> None:
    """Leave the zone as it is."""


def in_turn(*steps: Prepare) -> Prepare:
    """One after the other."""

    def prepare(zone: SmallZone) -> None:
        for step in steps:
            step(zone)

    return prepare
