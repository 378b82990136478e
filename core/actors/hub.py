"""What has happened, for those who watch: cursors over the journal."""

from collections import deque
from collections.abc import Callable, Sequence

import msgspec

from core.journal import Entry, Journal
from core.model import errors
from core.model.records import KINDS, PRIVATE_KINDS
from core.runtime import Event, Runtime

RECENT_MAX = 8192
TICKS_MAX = 1024
Told = Callable[[str, bytes], bytes]
"""A record by its kind and as the journal has it, as a watcher may know it."""
TOPICS = tuple(sorted(KINDS.keys() - PRIVATE_KINDS))


class JobProgress(msgspec.Struct, frozen=True, kw_only=True):
    """How far a job is; ephemeral: only the latest of each job counts."""

    jobid: str
    account_id: str
    step: int
    done_bytes: int
    total_bytes: int


class WatchBatch(msgspec.Struct, frozen=True, kw_only=True):
    """Events as JSON, the position up to which nothing is missing, and progress of jobs."""

    events: tuple[bytes, ...]
    bookmark: int
    progress: tuple[JobProgress, ...]


class _Subject(msgspec.Struct, frozen=True):
    """What a watcher's filters need to know of a record."""

    kind: str = ""
    id: str = ""
    rev: int = 0
    account_id: str = ""


class _Head(msgspec.Struct, frozen=True):
    """What a watcher's filters need to know of an event, and its record as it is."""

    event: str
    what: str
    cause: str = ""
    kind: str = ""
    id: str = ""
    account_id: str = ""
    record: msgspec.Raw = msgspec.Raw(b"null")


_head = msgspec.json.Decoder(_Head).decode
_subject = msgspec.json.Decoder(_Subject).decode
_fields = msgspec.json.Decoder(dict[str, object]).decode


class Hub:
    """Keeps the newest events at hand and wakes those who watch."""

    def __init__(self, runtime: Runtime, journal: Journal) -> None:
        self._runtime = runtime
        self._journal = journal
        self._recent: deque[Entry] = deque(maxlen=RECENT_MAX)
        self._changed: Event = runtime.event()
        self._watches: dict[int, Watch] = {}
        self._serial = 0

    def added(self, head: int, at_s: float, events: Sequence[bytes]) -> None:
        """Events were appended to the journal; `head` is the position of the last."""
        if not self._watches:
            return
        first = head - len(events) + 1
        self._recent.extend(
            Entry(position, at_s, data) for position, data in enumerate(events, start=first)
        )
        self.wake()

    def wake(self) -> None:
        """Let those who watch look again."""
        changed, self._changed = self._changed, self._runtime.event()
        changed.set()

    def tick(self, progress: JobProgress) -> None:
        """A job went on; those who watch jobs are told the latest when they next look."""
        for watch in self._watches.values():
            watch.note(progress)
        if self._watches:
            self.wake()

    def watch(
        self,
        may_see: Callable[[str], bool],
        *,
        after: int | None,
        topics: Sequence[str],
        filter: dict[str, str],
        told: Told,
    ) -> "Watch":
        """A cursor that begins after that position, or now. It must be closed.

        may_see: whether the watcher sees what belongs to an account ("" is nobody's). told: a
        record, by its kind, as the watcher may know it. Raises Invalid for topics of which nothing
        is ever told.
        """
        for topic in topics:
            if topic not in TOPICS:
                raise errors.Invalid(
                    f"nothing is told of {topic!r}",
                    object="events.subscribe",
                    hint=f"topics are {', '.join(TOPICS)}",
                )
        self._serial += 1
        watch = Watch(self, self._serial, may_see, after, frozenset(topics), filter, told)
        self._watches[self._serial] = watch
        return watch

    def forget(self, serial: int) -> None:
        """The watch is closed."""
        self._watches.pop(serial, None)
        if not self._watches:
            self._recent.clear()

    @property
    def journal(self) -> Journal:
        """Where older events are."""
        return self._journal

    async def changed(self) -> None:
        """Wait until something is added or goes on."""
        await self._changed.wait()

    def read(self, after: int, limit: int) -> Sequence[Entry]:
        """Events after the position: from memory if they are there, else from the journal."""
        recent = self._recent
        if not recent or after + 1 < recent[0].position:
            return self._journal.read(after, limit)
        start = after + 1 - recent[0].position
        return [recent[index] for index in range(start, min(len(recent), start + limit))]

    def statistics(self) -> dict[str, int]:
        """Watchers, and events kept in memory."""
        return {"watches": len(self._watches), "recent": len(self._recent)}


class Watch:
    """One watcher's place in the stream of events.

    mode: "live", "replay" (older events come first) or "snapshot" (the position was older than the
    journal reaches: list everything anew; events go on after `start`).
    """

    def __init__(
        self,
        hub: Hub,
        serial: int,
        may_see: Callable[[str], bool],
        after: int | None,
        topics: frozenset[str],
        filter: dict[str, str],
        told: Told,
    ) -> None:
        head, tail = hub.journal.head, hub.journal.tail
        known = after is not None and tail - 1 <= after <= head
        self.mode = "live" if after is None else "replay" if known else "snapshot"
        self.start = after if known and after is not None else head
        self._position = self.start
        self._hub = hub
        self._serial = serial
        self._may_see = may_see
        self._topics = topics
        self._filter = filter
        self._told = told
        self._ticks: dict[str, JobProgress] = {}

    def note(self, progress: JobProgress) -> None:
        """Remember the latest progress of a job that the watcher may see."""
        wanted = not self._topics or "job" in self._topics
        known = progress.jobid in self._ticks
        if (
            wanted
            and self._may_see(progress.account_id)
            and (known or len(self._ticks) < TICKS_MAX)
        ):
            self._ticks[progress.jobid] = progress

    async def next(self, limit: int) -> WatchBatch:
        """The next events, at most `limit`; waits until there is something.

        Raises Unavailable, and Conflict when the journal has forgotten what should come next.
        """
        journal = self._hub.journal
        while self._position >= journal.head and not self._ticks:
            await self._hub.changed()
        await journal.durable(journal.head)
        entries = self._hub.read(self._position, limit) if self._position < journal.head else ()
        if entries:
            self._require_no_gap(entries[0])
            self._position = entries[-1].position
        shown = (self._shown(entry) for entry in entries)
        progress, self._ticks = tuple(self._ticks.values()), {}
        events = tuple(event for event in shown if event)
        return WatchBatch(events=events, bookmark=self._position, progress=progress)

    def _require_no_gap(self, first: Entry) -> None:
        if first.position != self._position + 1:
            raise errors.Conflict(
                f"events {self._position + 1} to {first.position - 1} are no longer kept",
                object=f"position/{self._position}",
                hint="list everything anew and watch from now on",
            )

    def close(self) -> None:
        """End the watch."""
        self._hub.forget(self._serial)

    def _shown(self, entry: Entry) -> bytes:
        head = _head(entry.data)
        removed = head.event == "removed"
        subject = (
            _Subject(head.kind, head.id, account_id=head.account_id)
            if removed
            else _subject(head.record)
        )
        if subject.kind in PRIVATE_KINDS or not self._may_see(subject.account_id):
            return b""
        if self._topics and subject.kind not in self._topics:
            return b""
        if self._filter and not self._matches(subject, head.record, removed=removed):
            return b""
        return (
            b'{"position":%d,"at":%r,"what":"%b","topic":"%b","id":"%b","rev":%d,'
            b'"object":%b,"cause":"%b"}'
            % (
                entry.position,
                entry.at_s,
                head.what.encode(),
                subject.kind.encode(),
                subject.id.encode(),
                subject.rev,
                self._told(subject.kind, bytes(head.record)),
                head.cause.encode(),
            )
        )

    def _matches(self, subject: _Subject, record: msgspec.Raw, *, removed: bool) -> bool:
        if removed:
            return self._filter.get("id", subject.id) == subject.id
        fields = _fields(record)
        return all(str(fields.get(name, "")) == value for name, value in self._filter.items())
