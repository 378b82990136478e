"""The journal's file: one SQLite database, each change to it one durable transaction."""

from collections.abc import Generator, Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from struct import pack
from typing import Any, Protocol, cast
from zlib import crc32

import apsw

from core.journal import Entry, Stored
from core.model.errors import Integrity, Unavailable, Unsupported
from server.journal import schema


class Rows(Protocol):
    """What a statement answers; `get` is all of it, the single value when there is only one."""

    @property
    def get(self) -> Any: ...
    def fetchall(self) -> list[tuple[Any, ...]]: ...
    def __iter__(self) -> Iterator[tuple[Any, ...]]: ...


class Connection(Protocol):
    """As much of SQLite's connection as is used here."""

    @property
    def in_transaction(self) -> bool: ...
    def execute(self, statement: str, values: Sequence[object] | None = None, /) -> Rows: ...
    def executemany(self, statement: str, rows: Iterable[Sequence[object]], /) -> Rows: ...
    def close(self) -> None: ...


class Batch:
    """What one transaction will write: events in order, and the last bytes of each record.

    `first` is the lowest position that is not durable before this batch is.
    """

    def __init__(self, first: int) -> None:
        self.first = first
        self.events: list[Entry] = []
        self.records: dict[tuple[str, str], bytes | None] = {}
        self.size_bytes = 0

    def add(self, entries: Sequence[Entry], records: Sequence[Stored]) -> None:
        """Take in one append."""
        self.events.extend(entries)
        for entry in entries:
            self.size_bytes += len(entry.data)
        for record in records:
            self.records[record.kind, record.id] = record.data
            self.size_bytes += len(record.data or b"")

    @property
    def empty(self) -> bool:
        """Whether there is nothing to write."""
        return not (self.events or self.records)


class JournalFile:
    """The database `path`: opened, checked and, when it is new, made.

    Not for two threads at once, but for `read`, which has a connection of its own. Raises
    Integrity when the file is damaged, Unsupported when a newer server wrote it, Unavailable when
    the system refuses to open it.
    """

    def __init__(self, path: Path, instance: str) -> None:
        self.path = path
        self.head = self.tail = 0
        self.instance = instance
        with self._reporting("opened"):
            self._writer = _connect(path)
            self._reader = _connect(path)
            if self._writer.execute("PRAGMA schema_version").get == 0:
                self._create()
            self._check()

    def commit(self, batch: Batch, keep_events: int, prune_events: int) -> None:
        """Write the batch and remove events beyond `keep_events`, at most `prune_events` of them.

        All or nothing, and durable on return. Raises Unavailable.
        """
        head = batch.events[-1].position if batch.events else self.head
        spare = max(prune_events, 2 * len(batch.events))
        tail = max(self.tail, min(head - keep_events + 1, self.tail + spare))
        tail = 1 if head and not tail else tail
        try:
            with self._reporting("written"):
                self._write(batch, head, tail)
        finally:
            if self._writer.in_transaction:
                self._writer.execute("ROLLBACK")
        self.head, self.tail = head, tail

    def read(self, after: int, limit: int) -> list[Entry]:
        """At most `limit` events above `after`. Raises Integrity, Unavailable."""
        with self._reporting("read"):
            rows = self._reader.execute(schema.READ_EVENTS, (after, limit)).fetchall()
        entries: list[Entry] = []
        for position, at_s, checksum, data in rows:
            entry = Entry(position, at_s, data)
            if not isinstance(data, bytes) or _event_checksum(entry) != checksum:
                raise self._damaged(f"event {position}")
            entries.append(entry)
        return entries

    def records(self) -> Iterator[Stored]:
        """All records by kind and id. Raises Integrity naming the first that is damaged."""
        with self._reporting("read"):
            for kind, id, checksum, data in self._reader.execute(schema.READ_RECORDS):
                if not isinstance(data, bytes) or _checksum(kind, id, data) != checksum:
                    raise self._damaged(f"record {kind}/{id}")
                yield Stored(str(kind), str(id), data)

    def close(self) -> None:
        """Fold the write-ahead log into the file and close it."""
        with closing(self._writer), closing(self._reader):
            pass

    def _write(self, batch: Batch, head: int, tail: int) -> None:
        run, run_many = self._writer.execute, self._writer.executemany
        run("BEGIN IMMEDIATE")
        run_many(
            schema.ADD_EVENT,
            ((e.position, e.at_s, _event_checksum(e), e.data) for e in batch.events),
        )
        run_many(
            schema.PUT_RECORD,
            (
                (kind, id, _checksum(kind, id, data), data)
                for (kind, id), data in batch.records.items()
                if data is not None
            ),
        )
        run_many(
            schema.REMOVE_RECORD,
            (key for key, data in batch.records.items() if data is None),
        )
        if tail > self.tail:
            run(schema.REMOVE_EVENTS, (tail,))
        run_many(schema.PUT_META, (("head", head), ("tail", tail)))
        run("COMMIT")

    def _create(self) -> None:
        values = ("format", schema.FORMAT), ("instance", self.instance), ("head", 0), ("tail", 0)
        self._writer.execute(f"BEGIN; {schema.TABLES}")
        self._writer.executemany(schema.PUT_META, values)
        self._writer.execute("COMMIT")

    def _check(self) -> None:
        for question in schema.CHECKS:
            report = [str(row[0]) for row in self._reader.execute(question)]
            if report != ["ok"]:
                raise self._damaged(f"structure ({'; '.join(report[:3])})")
        rows = self._reader.execute("SELECT name, value FROM meta").fetchall()
        match dict(rows):
            case {"format": int() as format} if format > schema.FORMAT:
                raise Unsupported(
                    f"journal format {format} is newer than {schema.FORMAT}, this server's",
                    object=f"file/{self.path}",
                    hint="start the server version that wrote it, or a newer one",
                )
            case {"format": int(), "instance": str(instance), "head": int(head), "tail": int(tail)}:
                self.instance, self.head, self.tail = instance, head, tail
            case _:
                raise self._damaged("table meta")
        self._check_span()

    def _check_span(self) -> None:
        count, first, last = self._reader.execute(schema.SPAN).fetchall()[0]
        if (count, first, last) == (self.head - self.tail + (self.head > 0), self.tail, self.head):
            return
        if first != self.tail:
            missing = self.tail
        else:
            missing = self._reader.execute(schema.FIRST_GAP).get or self.head
        raise self._damaged(f"event {missing}", "is missing")

    def _damaged(self, what: str, how: str = "is damaged") -> Integrity:
        return Integrity(
            f"the journal's {what} {how}",
            object=f"file/{self.path}",
            hint="nothing was changed: put the data directory back from a backup, or start with"
            " an empty one and add the site's hosts, pools and image stores again",
        )

    @contextmanager
    def _reporting(self, done: str) -> Generator[None]:
        try:
            yield
        except (apsw.CorruptError, apsw.NotADBError, apsw.SQLError) as error:
            raise self._damaged(f"structure ({error})") from error
        except apsw.Error as error:
            raise Unavailable(
                f"the journal cannot be {done}: {error}",
                object=f"file/{self.path}",
                hint="make room on its disk, or mend it; the server goes on by itself then",
            ) from error


def _connect(path: Path) -> Connection:
    connection = cast("Connection", apsw.Connection(str(path)))
    for setting in schema.SETTINGS:
        connection.execute(setting).fetchall()
    return connection


def _event_checksum(entry: Entry) -> int:
    return crc32(entry.data, crc32(pack("<qd", entry.position, entry.at_s)))


def _checksum(kind: object, id: object, data: bytes) -> int:
    return crc32(data, crc32(f"{kind}/{id}".encode()))
