"""A job's turn: a place in its host's throttled queue, then its locks, in this order."""

from core.actors.locks import Locks, Ticket
from core.actors.queues import Queues
from core.actors.turnstile import Turnstile
from core.model.ids import is_errand
from core.model.records import Job
from core.runtime import Reply
from core.throttle.policy import Request


class Turn:
    """Begins to wait for the place when it is made; must be left when the job has ended.

    A job that had begun before a restart has its place and its locks again at once: it was
    admitted then, so it neither waits nor expires now.
    """

    __slots__ = ("_job_id", "_locks", "_names", "_place", "_ticket", "_turnstile", "come")

    def __init__(self, job: Job, queues: Queues, locks: Locks) -> None:
        self._job_id = job.id
        self._locks = locks
        self._names = job.locks
        self._turnstile: Turnstile | None = None
        self._place: Reply[None] | None = None
        self._ticket: Ticket | None = None
        self.come = False
        if job.slot:
            self._turnstile = queues.turnstile(job.slot)
        if self._turnstile is not None and job.begun_s:
            self._turnstile.occupy(self._job_id)
        elif self._turnstile is not None:
            request = Request(job.id, job.created_s, job.account_id)
            self._place = self._turnstile.arrive(request)
        self.at_once()

    def at_once(self) -> bool:
        """Whether the turn has come without any waiting."""
        if self._ticket is None and (self._place is None or self._place.is_done()):
            ahead = is_errand(self._job_id)
            self._ticket = self._locks.join(self._names, self._job_id, ahead=ahead)
        self.come = self._ticket is not None and not self._ticket.missing
        return self.come

    async def wait(self) -> None:
        """Wait until the turn has come. Raises Deadline when that took too long."""
        if self._place is not None:
            await self._place.wait()
        if not self.at_once() and self._ticket is not None:
            await self._locks.wait(self._ticket)
        self.come = True

    def leave(self) -> None:
        """Let the next ones have the place and the locks."""
        if self._turnstile is not None:
            self._turnstile.leave(self._job_id)
        if self._ticket is not None:
            self._locks.leave(self._ticket)
            self._ticket = None

    def position(self) -> int:
        """Place in the queue of the host, 1 is next, 0 when it does not wait there."""
        return self._turnstile.position(self._job_id) if self._turnstile is not None else 0

    def waits_for(self) -> str:
        """What it waits for, in words; empty when the turn has come."""
        if self.come:
            return ""
        if self._turnstile is not None and self.position():
            return f"a place among the {self._turnstile.what} of {self._turnstile.key}"
        return self._locks.holder(self._ticket) if self._ticket is not None else ""
