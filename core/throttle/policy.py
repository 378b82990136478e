"""Who may go next: the one interface that all throttling policies fill.

A policy is pure: it is told that a request arrives, ends or gives up, and asked at a given time who
starts and who has waited too long. The same policy runs in production and in the lab.
"""

from typing import NamedTuple, Protocol


class Request(NamedTuple):
    """Someone who wants a place. Times are seconds since the epoch."""

    key: str
    arrived_s: float
    account_id: str = ""
    size_bytes: int = 0


class Limits(NamedTuple):
    """What the settings say now: places (0 is no limit) and how long one may wait."""

    places: int
    wait_s: float


class Decision(NamedTuple):
    """Keys that start now, keys that waited too long, and when to ask again (None: no need)."""

    started: tuple[str, ...]
    expired: tuple[str, ...]
    again_s: float | None


class Policy(Protocol):
    """Decides for one queue."""

    def arrive(self, request: Request) -> None:
        """A request joins the queue."""
        ...

    def occupy(self, key: str) -> None:
        """A request has its place again after a restart, even if there are fewer places now."""
        ...

    def leave(self, key: str) -> None:
        """A request ended, or gave up waiting; unknown keys are passed over."""
        ...

    def decide(self, now_s: float, limits: Limits) -> Decision:
        """Who starts and who expires at this moment."""
        ...

    def position(self, key: str) -> int:
        """Place in the queue, 1 is next; 0 when it runs or is unknown. O(queue)."""
        ...

    def waiting(self) -> int:
        """How many wait."""
        ...

    def running(self) -> int:
        """How many run."""
        ...
