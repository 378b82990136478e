"""The journal as the control plane sees it: what is appended together is committed together."""

from collections import deque
from collections.abc import AsyncGenerator, Iterator, Sequence
from contextlib import asynccontextmanager
from itertools import islice
from pathlib import Path

import trio

from core.journal import Entry, Stored
from core.model.errors import Busy, Integrity, Unavailable
from core.runtime import Runtime
from server.journal.database import Batch, JournalFile
from server.journal.schema import JournalLimits


class GroupCommitJournal:
    """Fills core.journal.Journal.

    `append` only queues. One task commits all that has queued, as one transaction in a thread,
    then wakes who waits in `durable`. A commit that fails is tried again, the same and in order,
    until it succeeds; meanwhile `append` refuses and `durable` gives up after `wait_s`.
    """

    def __init__(self, file: JournalFile, runtime: Runtime, limits: JournalLimits) -> None:
        self._file = file
        self._runtime = runtime
        self._limits = limits
        self._head = self._durable = file.head
        self._recent: deque[Entry] = deque(maxlen=limits.recent_events)
        self._thread = trio.CapacityLimiter(1)
        self._failure: Unavailable | Integrity | None = None
        self._writing: Batch | None = None
        self._queued = Batch(self._head)
        self._written = runtime.event()
        self._wake = runtime.event()
        self._counts = dict.fromkeys(("commits", "committed_events", "failed_commits"), 0)

    @property
    def instance(self) -> str:
        """Identity of this journal, drawn when its file was made."""
        return self._file.instance

    @property
    def head(self) -> int:
        """Position of the newest appended event, 0 when there is none."""
        return self._head

    @property
    def tail(self) -> int:
        """Position of the oldest event that can still be read."""
        return self._file.tail

    @property
    def settled(self) -> bool:
        """Whether everything that was appended is durable."""
        return self._queued.empty and self._writing is None

    @property
    def failure(self) -> Unavailable | Integrity | None:
        """Why the last commit failed; None when it did not."""
        return self._failure

    def append(self, at_s: float, events: Sequence[bytes], records: Sequence[Stored]) -> int:
        """Queue one transaction's events and records; answers the new head.

        Raises Unavailable while commits fail, Busy when too much is queued.
        """
        if self._failure is not None:
            raise self._refusal(str(self._failure))
        self._require_room()
        if self._queued.empty:
            self._queued.first = self._head + 1 if events else self._head
        start = self._head + 1
        entries = [Entry(start + index, at_s, data) for index, data in enumerate(events)]
        self._head += len(entries)
        self._queued.add(entries, records)
        self._wake.set()
        return self._head

    async def durable(self, position: int) -> None:
        """Wait until a power cut would not lose `position`; Unavailable after `wait_s`."""
        if not self._waits(position):
            return
        with self._runtime.scope(self._limits.wait_s):
            while self._waits(position):
                await self._written.wait()
        if self._waits(position):
            raise self._refusal(
                str(self._failure or f"no answer from its disk in {self._limits.wait_s:g} s")
            )

    def read(self, after: int, limit: int) -> list[Entry]:
        """At most `limit` durable events above `after`. Raises Integrity, Unavailable."""
        limit = min(limit, self._durable - after)
        if limit <= 0:
            return []
        if self._recent and after + 1 >= self._recent[0].position:
            skipped = after + 1 - self._recent[0].position
            return list(islice(self._recent, skipped, skipped + limit))
        return self._file.read(after, limit)

    def records(self) -> Iterator[Stored]:
        """All records at the last durable position. Raises Integrity naming a damaged one."""
        return self._file.records()

    def statistics(self) -> dict[str, int | float | str]:
        """Counters since the start, and gauges."""
        return {
            **self._counts,
            "head": self._head,
            "durable": self._durable,
            "tail": self.tail,
            "queued_events": len(self._queued.events),
            "queued_bytes": self._queued.size_bytes,
            "failing": int(self._failure is not None),
        }

    async def run(self) -> None:
        """Commit what is queued, for ever."""
        while True:
            await self._wake.wait()
            self._wake = self._runtime.event()
            while await self._flush():
                pass

    async def finish(self) -> None:
        """Commit what is left, once, and close the file. Raises Unavailable when that fails."""
        try:
            for _ in range(2):
                self._take()
                if self._writing is not None:
                    await self._commit(self._writing)
        finally:
            await trio.to_thread.run_sync(self._file.close, limiter=self._thread)

    async def _flush(self) -> bool:
        """Commit one batch however long it takes; False when there was none."""
        self._take()
        if self._writing is None:
            return False
        pause_s = self._limits.retry_first_s
        batch, done = self._writing, False
        while not done:
            try:
                await self._commit(batch)
                done = True
            except (Unavailable, Integrity) as error:
                self._failure = error
                self._counts["failed_commits"] += 1
                await self._runtime.sleep(pause_s)
                pause_s = min(2 * pause_s, self._limits.retry_most_s)
        self._failure = None
        return True

    def _take(self) -> None:
        if self._writing is None and not self._queued.empty:
            self._writing, self._queued = self._queued, Batch(self._head)

    async def _commit(self, batch: Batch) -> None:
        limits = self._limits
        await trio.to_thread.run_sync(
            self._file.commit, batch, limits.keep_events, limits.prune_events, limiter=self._thread
        )
        self._writing = None
        self._durable = self._file.head
        self._recent.extend(batch.events)
        self._counts["commits"] += 1
        self._counts["committed_events"] += len(batch.events)
        written, self._written = self._written, self._runtime.event()
        written.set()

    def _waits(self, position: int) -> bool:
        if not self._queued.empty and position >= self._queued.first:
            return True
        return self._writing is not None and position >= self._writing.first

    def _require_room(self) -> None:
        queued, limits = self._queued, self._limits
        if len(queued.events) >= limits.queue_events or queued.size_bytes >= limits.queue_bytes:
            raise Busy(
                f"{len(queued.events)} events wait to be written to the journal",
                object="journal",
                hint="try again in a second",
            )

    def _refusal(self, reason: str) -> Unavailable:
        return Unavailable(
            f"the journal takes nothing now: {reason}",
            object="journal",
            hint="make room on its disk, or mend it; the server goes on by itself then",
        )


@asynccontextmanager
async def open_journal(
    path: Path, runtime: Runtime, *, instance: str, limits: JournalLimits | None = None
) -> AsyncGenerator[GroupCommitJournal]:
    """The journal in the file `path`, made with the identity `instance` when there is none.

    Raises Integrity, Unsupported or Unavailable when the file cannot be used, and Unavailable at
    the end when the last appends could not be written (nobody was told that they were).
    """
    file = await trio.to_thread.run_sync(JournalFile, path, instance)
    journal = GroupCommitJournal(file, runtime, limits or JournalLimits())
    try:
        async with runtime.nursery() as nursery:
            nursery.start_soon(journal.run)
            try:
                yield journal
            finally:
                nursery.cancel()
    finally:
        with runtime.shield():
            await journal.finish()
