"""The records of one kind, and which of them carry which mark."""

from collections.abc import Callable, Collection, Iterator
from itertools import islice, zip_longest
from typing import Any, TypeVar

from core.model.marks import AMOUNTS, MARKS, Amount, Mark
from core.model.records import Record

R = TypeVar("R", bound=Record)
_NO_MARK: Mark = ("", "")
_NONE: dict[str, None] = {}


class Having(Collection[R]):
    """The records that carry one mark, in the order in which they got it; O(1) to count."""

    __slots__ = ("_ids", "_records")

    def __init__(self, ids: dict[str, None], records: dict[str, Record]) -> None:
        self._ids = ids
        self._records = records

    def __len__(self) -> int:
        return len(self._ids)

    def __contains__(self, record_id: object) -> bool:
        return record_id in self._ids

    def __iter__(self) -> Iterator[R]:
        return map(self._records.__getitem__, self._ids)  # type: ignore[arg-type]

    def page(self, first: int, size: int) -> Iterator[R]:
        """So many of them from the `first` on; those before it are not looked up."""
        ids = islice(self._ids, first, first + size)
        return map(self._records.__getitem__, ids)  # type: ignore[arg-type]


class Shelf:
    """Records by id. `totals` are sums over the records of all kinds, kept up to date."""

    __slots__ = ("_amounts", "_marked", "_marks", "_totals", "records")

    def __init__(self, kind: type[Record], totals: dict[tuple[str, str], int]) -> None:
        self.records: dict[str, Record] = {}
        self._marked: dict[Mark, dict[str, None]] = {}
        self._totals = totals
        self._marks: Callable[[Any], tuple[Mark, ...]] | None = MARKS.get(kind)
        self._amounts: Callable[[Any], tuple[Amount, ...]] | None = AMOUNTS.get(kind)

    def put(self, record: Record) -> Record | None:
        """Add the record, or replace the one with its id; answers that."""
        key = record.id
        old = self.records.get(key)
        self.records[key] = record
        if self._marks is not None:
            self._mark(key, () if old is None else self._marks(old), self._marks(record))
        if self._amounts is not None:
            self._count(() if old is None else self._amounts(old), self._amounts(record))
        return old

    def remove(self, key: str) -> Record | None:
        """Remove the record if it is there; answers it."""
        old = self.records.pop(key, None)
        if old is not None and self._marks is not None:
            self._mark(key, self._marks(old), ())
        if old is not None and self._amounts is not None:
            self._count(self._amounts(old), ())
        return old

    def having(self, mark: Mark) -> Having[Any]:
        """The records that carry the mark. Not to be kept while records change."""
        return Having(self._marked.get(mark, _NONE), self.records)

    def has(self, mark: Mark) -> bool:
        """Whether any record carries the mark."""
        return mark in self._marked

    def _mark(self, key: str, before: tuple[Mark, ...], after: tuple[Mark, ...]) -> None:
        if before == after:
            return
        marked = self._marked
        for old, new in zip_longest(before, after, fillvalue=_NO_MARK):
            if old == new:
                continue
            if old[1]:
                carriers = marked[old]
                del carriers[key]
                if not carriers:
                    del marked[old]
            if new[1]:
                marked.setdefault(new, {})[key] = None

    def _count(self, less: tuple[Amount, ...], more: tuple[Amount, ...]) -> None:
        if less == more:
            return
        totals = self._totals
        for name, key, value in less:
            if key and value:
                totals[name, key] -= value
                if not totals[name, key]:
                    del totals[name, key]
        for name, key, value in more:
            if key and value:
                totals[name, key] = totals.get((name, key), 0) + value
