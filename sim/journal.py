"""A journal in memory, and the running checksum by which two runs are compared."""

from collections import deque
from collections.abc import Iterator, Sequence
from hashlib import sha256
from itertools import islice
from struct import Struct

from core.journal import Entry, Stored

HEAD = Struct("<qd")


class MemoryJournal:
    """Fills core.journal.Journal: what is appended is durable at once.

    `keep` is how many of the newest events can still be read, None for all.
    """

    def __init__(self, *, keep: int | None = None) -> None:
        self._events: deque[tuple[float, bytes]] = deque(maxlen=keep)
        self._records: dict[tuple[str, str], bytes] = {}
        self._head = 0
        self._digest = sha256()

    @property
    def head(self) -> int:
        """Position of the newest event, 0 when there is none."""
        return self._head

    @property
    def tail(self) -> int:
        """Position of the oldest event that can still be read."""
        return self._head - len(self._events) + 1

    @property
    def settled(self) -> bool:
        """Always: there is nothing to wait for."""
        return True

    @property
    def digest(self) -> str:
        """SHA-256, in hex, over position, time and bytes of every event so far, in order."""
        return self._digest.hexdigest()

    def append(self, at_s: float, events: Sequence[bytes], records: Sequence[Stored]) -> int:
        """Keep events and the records they change; answers the new head."""
        hashed: list[bytes] = []
        for data in events:
            self._head += 1
            self._events.append((at_s, data))
            hashed += (HEAD.pack(self._head, at_s), data)
        self._digest.update(b"".join(hashed))
        for record in records:
            if record.data is None:
                self._records.pop((record.kind, record.id), None)
            else:
                self._records[record.kind, record.id] = record.data
        return self._head

    async def durable(self, position: int) -> None:
        """Go on: there is nothing to wait for."""

    def read(self, after: int, limit: int) -> list[Entry]:
        """At most `limit` events with positions above `after`, in order."""
        first = max(after + 1, self.tail)
        skipped = first - self.tail
        return [
            Entry(position, at_s, data)
            for position, (at_s, data) in enumerate(
                islice(self._events, skipped, skipped + limit), first
            )
        ]

    def records(self) -> Iterator[Stored]:
        """All records, in the order in which they were first written."""
        for (kind, id), data in list(self._records.items()):
            yield Stored(kind, id, data)
