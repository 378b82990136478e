"""The limits that keep one client from harming the others, with their numbers."""

from typing import Annotated

import msgspec
from msgspec import Meta

from core.model.errors import Busy

Seconds = Annotated[float, Meta(gt=0, le=86_400)]
Positive = Annotated[int, Meta(ge=1, le=1 << 40)]


class RateLimited(Busy):
    """A client calls more often than it may."""

    code = "rate.limited"


class Limits(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Limits of the listener and its sessions (users' needs, list S).

    `connections_per_address` and `unidentified_per_address` do not hold for the loopback address,
    behind which every local user and every proxy stands.
    """

    connections: Positive = 2000
    connections_per_address: Positive = 64
    unidentified_per_address: Positive = 10
    head_bytes: Positive = 8192
    head_s: Seconds = 5.0
    identify_s: Seconds = 5.0
    message_bytes: Positive = 256 << 10
    message_frames: Positive = 1000
    message_s: Seconds = 10.0
    ping_s: Seconds = 15.0
    slow_s: Seconds = 30.0
    calls_running: Positive = 64
    calls_per_s: Positive = 5000
    subscriptions: Positive = 32
    events_per_message: Positive = 128
    stop_s: Seconds = 5.0


class TokenBucket:
    """Lets `per_s` calls a second through, and twice as many at once after a rest."""

    def __init__(self, per_s: float, now_s: float) -> None:
        self._per_s = per_s
        self._most = self._tokens = 2 * per_s
        self._last_s = now_s

    def take(self, now_s: float) -> None:
        """Take one token. Raises RateLimited when there is none."""
        self._tokens = min(self._most, self._tokens + (now_s - self._last_s) * self._per_s)
        self._last_s = now_s
        if self._tokens < 1:
            raise RateLimited(
                f"more than {self._per_s:g} calls a second",
                object="session",
                hint=f"try again in {1 / self._per_s:.3f} s",
            )
        self._tokens -= 1
