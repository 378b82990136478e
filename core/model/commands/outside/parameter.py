"""A parameter of a command of CloudStack's about something that Forebay does not have."""

from collections.abc import Mapping
from typing import NamedTuple


class Outside(NamedTuple):
    """Why it is not taken; without a value it is as if it were not given.

    hint: what to do instead. admits: values that say only what is so anyway. ignored: every value
    is taken, because nothing here depends on it.
    """

    why: str
    hint: str = "leave it out"
    admits: tuple[str, ...] = ()
    ignored: bool = False

    def takes(self, value: object) -> bool:
        """Whether the value asks for nothing that Forebay cannot do."""
        if self.ignored or value in (None, "", [], {}):
            return True
        return str(value).lower() in self.admits if self.admits else value in (False, 0)


Parameters = Mapping[str, Outside]
"""By their names on the wire."""


def outside(names: str, row: Outside) -> Parameters:
    """Several parameters for which the same holds; `names` are separated by blanks."""
    return dict.fromkeys(names.split(), row)
