"""One queue for each resource: jobs on the same thing go one at a time, in the order they came.

A job stands in the queues of all its things at once, and its turn has come when it is in front in
each: the first, or among the first that all only read the thing (core.plans.step.reading). Whoever
came earlier is ahead everywhere, so no two jobs ever wait for each other. Errands go ahead of all
jobs that still wait, because one of those may wait for the job whose errand it is.
"""

from itertools import takewhile

from core.plans.step import is_reading, thing_of
from core.runtime import Reply, Runtime


class Ticket:
    """A job's places in the queues of its things; its turn has come when none is `missing`.

    names: of all its things. reads: of those that it only reads.
    """

    __slots__ = ("ahead", "job_id", "missing", "names", "reads", "reply")

    def __init__(self, job_id: str, locks: tuple[str, ...], *, ahead: bool) -> None:
        self.job_id = job_id
        self.names = tuple(dict.fromkeys(thing_of(lock) for lock in locks))
        self.reads = frozenset(thing_of(lock) for lock in locks if is_reading(lock))
        self.ahead = ahead
        self.missing = 0
        self.reply: Reply[None] | None = None

    def gives_way(self) -> bool:
        """Whether one that goes ahead goes before it: it waits, and plainly."""
        return bool(self.missing) and not self.ahead


class Locks:
    """The queues, by name ("volume/<id>")."""

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime
        self._queues: dict[str, list[Ticket]] = {}

    def join(self, names: tuple[str, ...], job_id: str, *, ahead: bool = False) -> Ticket:
        """Stand in the queue of each; ahead: before all whose turn has not come, but for others so.

        The ticket must leave in the end.
        """
        ticket = Ticket(job_id, names, ahead=ahead)
        for name in ticket.names:
            queue = self._queues.setdefault(name, [])
            before = _front(name, queue)
            if ahead:
                queue.sort(key=Ticket.gives_way)
            index = sum(1 for other in queue if not other.gives_way()) if ahead else len(queue)
            queue.insert(index, ticket)
            now = _front(name, queue)
            for other in (*before, ticket):
                other.missing += other not in now
        return ticket

    async def wait(self, ticket: Ticket) -> None:
        """Wait until the ticket's turn has come."""
        if ticket.missing:
            ticket.reply = self._runtime.reply()
            await ticket.reply.wait()

    def leave(self, ticket: Ticket) -> None:
        """Leave all queues; whoever is in front now may go."""
        for name in ticket.names:
            queue = self._queues[name]
            before = _front(name, queue)
            queue.remove(ticket)
            for other in _front(name, queue):
                if other not in before:
                    _step_up(other)
            if not queue:
                del self._queues[name]

    def holder(self, ticket: Ticket) -> str:
        """Who is before the ticket somewhere, in words; "" when its turn has come."""
        for name in ticket.names:
            queue = self._queues[name]
            if ticket not in _front(name, queue):
                return f"{name}, held by job {queue[0].job_id}"
        return ""


def _front(name: str, queue: list[Ticket]) -> list[Ticket]:
    """The first; with all that follow at once when they only read, as it does."""
    return list(takewhile(lambda ticket: name in ticket.reads, queue)) or queue[:1]


def _step_up(ticket: Ticket) -> None:
    ticket.missing -= 1
    if not ticket.missing and ticket.reply is not None:
        ticket.reply.set(None)
