"""One queue for each resource: jobs on the same thing go one at a time, in order.

Jobs that only read a thing (core.plans.step.reading) go side by side, after whoever came before.
"""

from collections import deque
from typing import NamedTuple

from core.plans.step import is_reading, thing_of
from core.runtime import Reply, Runtime


class _Place(NamedTuple):
    """Who waits, and whether only to read."""

    job_id: str
    reads: bool
    reply: Reply[None]


class _Lock:
    """Who has a thing: one job, or several that only read it; and who waits for it."""

    __slots__ = ("holders", "queue", "shared")

    def __init__(self) -> None:
        self.holders: dict[str, None] = {}
        self.shared = False
        self.queue: deque[_Place] = deque()

    def admits(self, *, reads: bool) -> bool:
        """Whether one more can have it now."""
        return not self.queue and (not self.holders or (reads and self.shared))

    def hold(self, job_id: str, *, reads: bool) -> None:
        """From now on the job has it."""
        self.holders[job_id] = None
        self.shared = reads

    def promote(self) -> None:
        """Hand it to whoever is next, and to those after him who can have it too."""
        while self.queue:
            place = self.queue[0]
            if self.holders and not (self.shared and place.reads):
                return
            self.queue.popleft()
            self.hold(place.job_id, reads=place.reads)
            place.reply.set(None)


class Locks:
    """Locks by name ("volume/<id>"); taken in sorted order, so no two jobs wait for each other."""

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime
        self._locks: dict[str, _Lock] = {}

    def take_now(self, names: tuple[str, ...], job_id: str) -> bool:
        """Take all of them if that needs no waiting; answers whether it did."""
        for name in names:
            lock = self._locks.get(thing_of(name))
            if lock is not None and not lock.admits(reads=is_reading(name)):
                return False
        for name in names:
            self._lock(name).hold(job_id, reads=is_reading(name))
        return True

    async def take(self, names: tuple[str, ...], job_id: str) -> None:
        """Take all of them; cancelled, it takes none."""
        taken: list[str] = []
        try:
            for name in sorted(set(names), key=thing_of):
                await self._take_one(name, job_id)
                taken.append(name)
        except BaseException:
            self.release(tuple(taken), job_id)
            raise

    def _lock(self, name: str) -> _Lock:
        return self._locks.setdefault(thing_of(name), _Lock())

    async def _take_one(self, name: str, job_id: str) -> None:
        lock, reads = self._lock(name), is_reading(name)
        if lock.admits(reads=reads):
            lock.hold(job_id, reads=reads)
            return
        place = _Place(job_id, reads, self._runtime.reply())
        lock.queue.append(place)
        try:
            await place.reply.wait()
        except BaseException:
            if place.reply.is_done():
                self.release((name,), job_id)
            else:
                lock.queue.remove(place)
                lock.promote()
            raise

    def release(self, names: tuple[str, ...], job_id: str) -> None:
        """Hand those that the job holds to whoever is next."""
        for name in names:
            thing = thing_of(name)
            lock = self._locks.get(thing)
            if lock is None or job_id not in lock.holders:
                continue
            del lock.holders[job_id]
            lock.promote()
            if not lock.holders:
                del self._locks[thing]

    def holder(self, names: tuple[str, ...], job_id: str) -> str:
        """Who holds one of them, if it is another job that this one must wait for."""
        for name in names:
            lock = self._locks.get(thing_of(name))
            if lock is None or (lock.shared and is_reading(name) and job_id in lock.holders):
                continue
            for holder in lock.holders:
                if holder != job_id:
                    return f"{thing_of(name)}, held by job {holder}"
        return ""
