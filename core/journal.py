"""The journal: what is written before anything is answered; filled by server/ and by sim/."""

from collections.abc import Iterator, Sequence
from typing import Protocol

import msgspec


class Stored(msgspec.Struct, frozen=True):
    """A record as the journal keeps it: its kind, its id and its bytes; no bytes means removed."""

    kind: str
    id: str
    data: bytes | None


class Entry(msgspec.Struct, frozen=True):
    """One durable event; positions start at 1, without gaps; `at_s` is seconds since the epoch."""

    position: int
    at_s: float
    data: bytes


class Journal(Protocol):
    """Events in order, and the records that they leave behind; both change in one transaction."""

    @property
    def head(self) -> int:
        """Position of the newest appended event, 0 when there is none."""
        ...

    @property
    def tail(self) -> int:
        """Position of the oldest event that can still be read."""
        ...

    @property
    def settled(self) -> bool:
        """Whether everything that was appended is durable."""
        ...

    def append(self, at_s: float, events: Sequence[bytes], records: Sequence[Stored]) -> int:
        """Queue events and the records they change for one transaction; answers the new head.

        Never waits. Order of appends is order on disk. Raises Unavailable when the journal has
        failed and refuses more.
        """
        ...

    async def durable(self, position: int) -> None:
        """Wait until everything up to `position` would survive a power cut. Raises Unavailable."""
        ...

    def read(self, after: int, limit: int) -> list[Entry]:
        """At most `limit` durable events with positions above `after`, in order."""
        ...

    def records(self) -> Iterator[Stored]:
        """All records as they were at the last durable position, for a restart."""
        ...
