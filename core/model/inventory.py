"""All records at one moment, with the indexes that questions need; `apply` is the only way it changes."""

from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager
from typing import TypeVar

from core.model import errors
from core.model.events import AnyEvent, Removed
from core.model.marks import AMOUNTS, MARKS, amounts_of, marks_of
from core.model.records import KIND_OF, KINDS, Domain, Record

R = TypeVar("R", bound=Record)
_NONE: dict[str, None] = {}


def subject_of(event: AnyEvent) -> tuple[type[Record], str]:
    """Kind and id of the record that the event is about."""
    if isinstance(event, Removed):
        return KINDS[event.kind], event.id
    return type(event.record), event.record.id


class Having(Collection[R]):
    """The records that carry one mark, in the order in which they got it; O(1) to count."""

    __slots__ = ("_ids", "_table")

    def __init__(self, ids: dict[str, None], table: dict[str, Record]) -> None:
        self._ids = ids
        self._table = table

    def __len__(self) -> int:
        return len(self._ids)

    def __contains__(self, record_id: object) -> bool:
        return record_id in self._ids

    def __iter__(self) -> Iterator[R]:
        table = self._table
        for record_id in self._ids:
            yield table[record_id]  # type: ignore[misc]


class Inventory:
    """Every record by kind and id, found by marks, summed by amounts (core.model.marks)."""

    def __init__(self) -> None:
        self._tables: dict[type[Record], dict[str, Record]] = {kind: {} for kind in KIND_OF}
        self._marked: dict[tuple[type[Record], str, str], dict[str, None]] = {}
        self._totals: dict[tuple[str, str], int] = {}

    def apply(self, event: AnyEvent) -> None:
        """Let one event take effect."""
        if isinstance(event, Removed):
            self.remove(KINDS[event.kind], event.id)
        else:
            self.put(event.record)

    def put(self, record: Record) -> None:
        """Add the record, or replace the one with its id. For `apply` and for loading."""
        kind = type(record)
        table = self._tables[kind]
        old = table.get(record.id)
        table[record.id] = record
        if kind in MARKS:
            self._mark(kind, record.id, old, record)
        if kind in AMOUNTS:
            self._count(old, record)

    def remove(self, kind: type[Record], record_id: str) -> None:
        """Remove the record if it is there. For `apply` and for taking a trial back."""
        old = self._tables[kind].pop(record_id, None)
        if old is not None:
            self._mark(kind, record_id, old, None)
            self._count(old, None)

    def _mark(self, kind: type[Record], key: str, old: Record | None, new: Record | None) -> None:
        before = marks_of(old) if old is not None else ()
        after = marks_of(new) if new is not None else ()
        if before == after:
            return
        marked = self._marked
        for index, value in before:
            if value and (index, value) not in after:
                entries = marked[kind, index, value]
                del entries[key]
                if not entries:
                    del marked[kind, index, value]
        for index, value in after:
            if value and (index, value) not in before:
                marked.setdefault((kind, index, value), {})[key] = None

    def _count(self, old: Record | None, new: Record | None) -> None:
        before = amounts_of(old) if old is not None else ()
        after = amounts_of(new) if new is not None else ()
        if before == after:
            return
        totals = self._totals
        for name, key, value in before:
            if key and value:
                totals[name, key] -= value
                if not totals[name, key]:
                    del totals[name, key]
        for name, key, value in after:
            if key and value:
                totals[name, key] = totals.get((name, key), 0) + value

    def find(self, kind: type[R], record_id: str) -> R | None:
        """The record, or None."""
        return self._tables[kind].get(record_id)  # type: ignore[return-value]

    def get(self, kind: type[R], record_id: str) -> R:
        """The record. Raises NotFound."""
        record = self._tables[kind].get(record_id)
        if record is None:
            name = KIND_OF[kind]
            raise errors.NotFound(
                f"no {name.replace('_', ' ')} has this id",
                object=f"{name}/{record_id}",
                hint="list them to see the ids that you may use",
            )
        return record  # type: ignore[return-value]

    def all(self, kind: type[R]) -> Collection[R]:
        """All records of a kind, oldest first."""
        return self._tables[kind].values()  # type: ignore[return-value]

    def count(self, kind: type[Record]) -> int:
        """How many records of a kind there are."""
        return len(self._tables[kind])

    def having(self, kind: type[R], index: str, key: str) -> Having[R]:
        """The records of a kind that carry the mark. Not to be kept while records change."""
        return Having(self._marked.get((kind, index, key), _NONE), self._tables[kind])

    def total(self, name: str, key: str) -> int:
        """Sum of the amounts of that name and key."""
        return self._totals.get((name, key), 0)

    def domain(self, domain_id: str) -> Domain:
        """The domain. Raises NotFound."""
        return self.get(Domain, domain_id)

    def records(self) -> Iterator[Record]:
        """Every record of every kind."""
        for table in self._tables.values():
            yield from table.values()

    def totals(self) -> dict[tuple[str, str], int]:
        """All sums, for checking them against a fresh fold."""
        return dict(self._totals)

    @contextmanager
    def trial(self, events: Iterable[AnyEvent]) -> Iterator[None]:
        """Look at the inventory as it would be after `events`; on leaving all is as before."""
        undo: list[tuple[type[Record], str, Record | None]] = []
        try:
            for event in events:
                kind, record_id = subject_of(event)
                undo.append((kind, record_id, self._tables[kind].get(record_id)))
                self.apply(event)
            yield
        finally:
            for kind, record_id, old in reversed(undo):
                if old is None:
                    self.remove(kind, record_id)
                else:
                    self.put(old)
