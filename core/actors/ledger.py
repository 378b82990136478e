"""The one writer: effects become events for the inventory, the journal and the hub, in one go."""

from collections.abc import Iterable
from typing import Union

import msgspec

from core.actors.hub import Hub
from core.journal import Journal, Stored
from core.model.events import AnyEvent, Event, Removed, encode, encode_record
from core.model.inventory import Inventory
from core.model.records import KIND_OF, Record
from core.plans.effects import events_of
from core.plans.step import Effect
from core.runtime import Runtime

Happening = Union[Effect, AnyEvent]


class Ledger:
    """Records what has happened; nobody else changes the inventory or appends to the journal."""

    def __init__(self, runtime: Runtime, inventory: Inventory, journal: Journal, hub: Hub) -> None:
        self._now = runtime.now
        self._inventory = inventory
        self._journal = journal
        self._hub = hub

    def record(
        self, happenings: Iterable[Happening], cause: str, answer: msgspec.Struct | None = None
    ) -> int:
        """Let everything take effect, one after the other, and queue it as one transaction.

        `answer` is what effects learn from. Answers the position of the last event.
        Raises Unavailable while the journal refuses; then nothing has changed.
        """
        done: list[tuple[AnyEvent, Record | None]] = []
        written: list[bytes] = []
        stored: list[Stored] = []
        try:
            for happening in happenings:
                for event in self._events(happening, cause, answer):
                    done.append((event, self._inventory.apply(event)))
                    _write(event, written, stored)
            if not written:
                return self._journal.head
            at_s = self._now()
            head = self._journal.append(at_s, written, stored)
        except BaseException:
            for event, old in reversed(done):
                self._inventory.take_back(event, old)
            raise
        self._hub.added(head, at_s, written)
        return head

    def _events(
        self, happening: Happening, cause: str, answer: msgspec.Struct | None
    ) -> Iterable[AnyEvent]:
        if isinstance(happening, Event):
            return (happening,)
        return events_of(happening, self._inventory, cause, answer, self._now())

    async def durable(self, position: int) -> None:
        """Wait until everything up to `position` would survive a power cut. Raises Unavailable."""
        await self._journal.durable(position)

    @property
    def head(self) -> int:
        """Position of the newest event."""
        return self._journal.head


def _write(event: AnyEvent, written: list[bytes], stored: list[Stored]) -> None:
    """The event as `events.decode` reads it, with its record encoded only once."""
    if isinstance(event, Removed):
        written.append(encode(event))
        stored.append(Stored(event.kind, event.id, None))
        return
    record = event.record
    data = encode_record(record)
    head = f'{{"event":"put","what":"{event.what}","cause":"{event.cause}","record":'
    written.append(b"".join((head.encode(), data, b"}")))
    stored.append(Stored(KIND_OF[type(record)], record.id, data))
