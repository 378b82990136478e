"""One queue for each resource: jobs on the same thing go one at a time, in the order they came.

A job stands in the queues of all its things at once, and its turn has come when it is the first in
each. Whoever came earlier is ahead everywhere, so no two jobs ever wait for each other. Errands go
ahead of all jobs that still wait, because one of those may wait for the job whose errand it is.
"""

from core.runtime import Reply, Runtime


class Ticket:
    """A job's places in the queues of its things; its turn has come when none is `missing`."""

    __slots__ = ("ahead", "job_id", "missing", "names", "reply")

    def __init__(self, job_id: str, names: tuple[str, ...], *, ahead: bool) -> None:
        self.job_id = job_id
        self.names = names
        self.ahead = ahead
        self.missing = 0
        self.reply: Reply[None] | None = None


class Locks:
    """The queues, by name ("volume/<id>")."""

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime
        self._queues: dict[str, list[Ticket]] = {}

    def join(self, names: tuple[str, ...], job_id: str, *, ahead: bool = False) -> Ticket:
        """Stand in the queue of each; ahead: before all whose turn has not come, but for others so.

        The ticket must leave in the end.
        """
        ticket = Ticket(job_id, tuple(dict.fromkeys(names)), ahead=ahead)
        for name in ticket.names:
            queue = self._queues.setdefault(name, [])
            index = _place_ahead(queue) if ahead else len(queue)
            if index:
                ticket.missing += 1
            elif queue:
                queue[0].missing += 1
            queue.insert(index, ticket)
        return ticket

    async def wait(self, ticket: Ticket) -> None:
        """Wait until the ticket's turn has come."""
        if ticket.missing:
            ticket.reply = self._runtime.reply()
            await ticket.reply.wait()

    def leave(self, ticket: Ticket) -> None:
        """Leave all queues; whoever is first now may go."""
        for name in ticket.names:
            queue = self._queues[name]
            was_first = queue[0] is ticket
            queue.remove(ticket)
            if not queue:
                del self._queues[name]
            elif was_first:
                _step_up(queue[0])

    def holder(self, ticket: Ticket) -> str:
        """Who is before the ticket somewhere, in words; "" when its turn has come."""
        for name in ticket.names:
            first = self._queues[name][0]
            if first is not ticket:
                return f"{name}, held by job {first.job_id}"
        return ""


def _place_ahead(queue: list[Ticket]) -> int:
    for index, ticket in enumerate(queue):
        if ticket.missing and not ticket.ahead:
            return index
    return len(queue)


def _step_up(ticket: Ticket) -> None:
    ticket.missing -= 1
    if not ticket.missing and ticket.reply is not None:
        ticket.reply.set(None)
