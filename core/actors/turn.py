"""A job's turn: a place in its host's throttled queue, then its locks, in this order."""

from core.actors.locks import Locks
from core.actors.queues import Queues
from core.actors.turnstile import Turnstile
from core.model.records import Job
from core.runtime import Reply
from core.throttle.policy import Request


class Turn:
    """Begins to wait for the place when it is made; must be left when the job has ended.

    A job that had begun before a restart has its place and its locks again at once: it was
    admitted then, so it neither waits nor expires now.
    """

    __slots__ = ("_job_id", "_locks", "_names", "_place", "_turnstile", "come")

    def __init__(self, job: Job, queues: Queues, locks: Locks) -> None:
        self._job_id = job.id
        self._locks = locks
        self._names = job.locks
        self._turnstile: Turnstile | None = None
        self._place: Reply[None] | None = None
        self.come = False
        if job.slot:
            self._turnstile = queues.turnstile(job.slot)
        if job.begun_s:
            self._go_on()
        elif self._turnstile is not None:
            request = Request(job.id, job.created_s, job.account_id)
            self._place = self._turnstile.arrive(request)

    def _go_on(self) -> None:
        if self._turnstile is not None:
            self._turnstile.occupy(self._job_id)
        self.come = self._locks.take_now(self._names, self._job_id)

    def at_once(self) -> bool:
        """Whether the turn has come without any waiting; then it is taken."""
        has_place = self._place is None or self._place.is_done()
        self.come = has_place and self._locks.take_now(self._names, self._job_id)
        return self.come

    async def wait(self) -> None:
        """Wait until the turn has come. Raises Deadline when that took too long."""
        if self.come:
            return
        if self._place is not None:
            await self._place.wait()
        await self._locks.take(self._names, self._job_id)
        self.come = True

    def leave(self) -> None:
        """Let the next ones have the place and the locks."""
        if self._turnstile is not None:
            self._turnstile.leave(self._job_id)
        self._locks.release(self._names, self._job_id)

    def position(self) -> int:
        """Place in the queue of the host, 1 is next, 0 when it does not wait there."""
        return self._turnstile.position(self._job_id) if self._turnstile is not None else 0

    def waits_for(self) -> str:
        """What it waits for, in words; empty when the turn has come."""
        if self.come:
            return ""
        if self._turnstile is not None and self.position():
            return f"a place among the {self._turnstile.what} of {self._turnstile.key}"
        return self._locks.holder(self._names, self._job_id)
