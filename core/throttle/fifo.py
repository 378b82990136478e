"""CloudStack's documented policy: first come, first served, at most so many at a time."""

from core.throttle.policy import Decision, Limits, Request


class FirstInFirstOut:
    """`places` requests run, the others wait in order; one that waits `wait_s` expires.

    Source: concurrent.snapshots.threshold.perhost and job.expire.minutes, semantics section 5.2.
    """

    def __init__(self) -> None:
        self._waiting: dict[str, float] = {}
        self._running: set[str] = set()

    def arrive(self, request: Request) -> None:
        """Join the end of the queue."""
        self._waiting[request.key] = request.arrived_s

    def occupy(self, key: str) -> None:
        """Take a place without waiting."""
        self._running.add(key)

    def leave(self, key: str) -> None:
        """Free a place, or leave the queue."""
        if self._waiting.pop(key, None) is None:
            self._running.discard(key)

    def decide(self, now_s: float, limits: Limits) -> Decision:
        """Expire from the front, where the oldest are; then fill the free places."""
        expired: list[str] = []
        started: list[str] = []
        again_s: float | None = None
        for key, arrived_s in self._waiting.items():
            if now_s >= arrived_s + limits.wait_s:
                expired.append(key)
            elif not limits.places or len(self._running) + len(started) < limits.places:
                started.append(key)
            else:
                again_s = arrived_s + limits.wait_s
                break
        for key in expired:
            del self._waiting[key]
        for key in started:
            del self._waiting[key]
            self._running.add(key)
        return Decision(tuple(started), tuple(expired), again_s)

    def position(self, key: str) -> int:
        """Place in the queue, 1 is next, 0 when it does not wait."""
        for place, waiting in enumerate(self._waiting, start=1):
            if waiting == key:
                return place
        return 0

    def waiting(self) -> int:
        """How many wait."""
        return len(self._waiting)

    def running(self) -> int:
        """How many run."""
        return len(self._running)
