"""All records at one moment, with the indexes that questions need."""

from collections.abc import Collection, Generator, Iterable, Iterator
from contextlib import contextmanager
from typing import TypeVar

from core.model import errors
from core.model.events import AnyEvent, Removed
from core.model.measure import UsageHistory, VolumeMeasure
from core.model.records import KIND_OF, KINDS, Account, Domain, Project, Record
from core.model.shelf import Having, Shelf

R = TypeVar("R", bound=Record)


class Inventory:
    """Every record by kind and id, found by marks, summed by amounts (core.model.marks).

    measures, usage: what was last seen of volumes by id, and before; the only things here that are
    never recorded.
    """

    def __init__(self) -> None:
        self._totals: dict[tuple[str, str], int] = {}
        self._shelves = {kind: Shelf(kind, self._totals) for kind in KIND_OF}
        self.measures: dict[str, VolumeMeasure] = {}
        self.usage = UsageHistory()

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
        return self._shelves[type(record)].put(record)

    def remove(self, kind: type[Record], record_id: str) -> Record | None:
        """Remove the record if it is there. For `apply` and for taking it back."""
        return self._shelves[kind].remove(record_id)

    def find(self, kind: type[R], record_id: str) -> R | None:
        """The record, or None."""
        return self._shelves[kind].records.get(record_id)  # type: ignore[return-value]

    def get(self, kind: type[R], record_id: str) -> R:
        """The record. Raises NotFound."""
        record = self._shelves[kind].records.get(record_id)
        if record is None:
            raise unknown(kind, record_id)
        return record  # type: ignore[return-value]

    def all(self, kind: type[R]) -> Collection[R]:
        """All records of a kind, oldest first."""
        return self._shelves[kind].records.values()  # type: ignore[return-value]

    def count(self, kind: type[Record]) -> int:
        """How many records of a kind there are."""
        return len(self._shelves[kind].records)

    def having(self, kind: type[R], index: str, key: str) -> Having[R]:
        """The records of a kind that carry the mark. Not to be kept while records change."""
        return self._shelves[kind].having((index, key))

    def has(self, kind: type[Record], index: str, key: str) -> bool:
        """Whether any record of a kind carries the mark."""
        return self._shelves[kind].has((index, key))

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
        for shelf in self._shelves.values():
            yield from shelf.records.values()

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
