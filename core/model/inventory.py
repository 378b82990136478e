"""All records at one moment, with the indexes that questions need."""

from collections.abc import Collection, Generator, Iterable, Iterator
from contextlib import contextmanager
from itertools import islice
from typing import TypeVar

from core.model import errors
from core.model.events import AnyEvent, Removed
from core.model.marks import AMOUNTS, MARKS, Amount, Mark
from core.model.measure import VolumeMeasure
from core.model.records import KIND_OF, KINDS, Account, Domain, Project, Record

R = TypeVar("R", bound=Record)
_NONE: dict[str, None] = {}


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
        return map(self._table.__getitem__, self._ids)  # type: ignore[arg-type]

    def page(self, first: int, size: int) -> Iterator[R]:
        """So many of them from the `first` on; those before it are not looked up."""
        ids = islice(self._ids, first, first + size)
        return map(self._table.__getitem__, ids)  # type: ignore[arg-type]


class Inventory:
    """Every record by kind and id, found by marks, summed by amounts (core.model.marks).

    measures: what was last seen of volumes, by id; the only thing here that is never recorded.
    """

    def __init__(self) -> None:
        self._tables: dict[type[Record], dict[str, Record]] = {kind: {} for kind in KIND_OF}
        self._marked: dict[type[Record], dict[Mark, dict[str, None]]] = {
            kind: {} for kind in KIND_OF
        }
        self._totals: dict[tuple[str, str], int] = {}
        self.measures: dict[str, VolumeMeasure] = {}

    def apply(self, event: AnyEvent) -> Record | None:
        """Let one event take effect; answers the record as it was before."""
        if isinstance(event, Removed):
            return self.remove(KINDS[event.kind], event.id)
        return self.put(event.record)

    def take_back(self, event: AnyEvent, old: Record | None) -> None:
        """Let the last event not have happened; `old` is what `apply` answered."""
        if old is not None:
            self.put(old)
        elif not isinstance(event, Removed):
            self.remove(type(event.record), event.record.id)

    def put(self, record: Record) -> Record | None:
        """Add the record, or replace the one with its id. For `apply` and for loading."""
        kind, key = type(record), record.id
        table = self._tables[kind]
        old = table.get(key)
        table[key] = record
        self._derive(kind, key, old, record)
        return old

    def remove(self, kind: type[Record], record_id: str) -> Record | None:
        """Remove the record if it is there. For `apply` and for taking it back."""
        old = self._tables[kind].pop(record_id, None)
        if old is not None:
            self._derive(kind, record_id, old, None)
        return old

    def _derive(self, kind: type[Record], key: str, old: Record | None, new: Record | None) -> None:
        """Bring marks and sums up to date with a record's change."""
        marks, amounts = MARKS.get(kind), AMOUNTS.get(kind)
        if marks is not None:
            before = marks(old) if old is not None else ()
            after = marks(new) if new is not None else ()
            if before != after:
                self._mark(self._marked[kind], key, before, after)
        if amounts is not None:
            less = amounts(old) if old is not None else ()
            more = amounts(new) if new is not None else ()
            if less != more:
                self._count(less, more)

    def _mark(
        self,
        marked: dict[Mark, dict[str, None]],
        key: str,
        before: tuple[Mark, ...],
        after: tuple[Mark, ...],
    ) -> None:
        for mark in before:
            if mark[1] and mark not in after:
                entries = marked[mark]
                del entries[key]
                if not entries:
                    del marked[mark]
        for mark in after:
            if mark[1] and mark not in before:
                marked.setdefault(mark, {})[key] = None

    def _count(self, before: tuple[Amount, ...], after: tuple[Amount, ...]) -> None:
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
            raise unknown(kind, record_id)
        return record  # type: ignore[return-value]

    def all(self, kind: type[R]) -> Collection[R]:
        """All records of a kind, oldest first."""
        return self._tables[kind].values()  # type: ignore[return-value]

    def count(self, kind: type[Record]) -> int:
        """How many records of a kind there are."""
        return len(self._tables[kind])

    def having(self, kind: type[R], index: str, key: str) -> Having[R]:
        """The records of a kind that carry the mark. Not to be kept while records change."""
        return Having(self._marked[kind].get((index, key), _NONE), self._tables[kind])

    def total(self, name: str, key: str) -> int:
        """Sum of the amounts of that name and key."""
        return self._totals.get((name, key), 0)

    def domain(self, domain_id: str) -> Domain:
        """The domain. Raises NotFound."""
        return self.get(Domain, domain_id)

    def members(self, account_id: str) -> tuple[str, ...]:
        """The accounts that share what this one owns, because it is a project's."""
        account = self.find(Account, account_id)
        project = self.find(Project, account.project_id) if account is not None else None
        return project.members if project is not None else ()

    def subtree(self, domain_id: str) -> Iterator[str]:
        """The domain and all below it."""
        yield domain_id
        for child in self.having(Domain, "parent", domain_id):
            yield from self.subtree(child.id)

    def records(self) -> Iterator[Record]:
        """Every record of every kind."""
        for table in self._tables.values():
            yield from table.values()

    def totals(self) -> dict[tuple[str, str], int]:
        """All sums, for checking them against a fresh fold."""
        return dict(self._totals)

    @contextmanager
    def trial(self, events: Iterable[AnyEvent]) -> Generator[None]:
        """Look at the inventory as it would be after `events`; on leaving all is as before."""
        undo: list[tuple[AnyEvent, Record | None]] = []
        try:
            undo.extend((event, self.apply(event)) for event in events)
            yield
        finally:
            for event, old in reversed(undo):
                self.take_back(event, old)


def unknown(kind: type[Record], record_id: str) -> errors.NotFound:
    """The refusal of an id that is nobody's, or not the caller's."""
    name = KIND_OF[kind]
    return errors.NotFound(
        f"no {name.replace('_', ' ')} has this id",
        object=f"{name}/{record_id}",
        hint="list them to see the ids that you may use",
    )
