"""A visible queue in front of an actor, in which a throttling policy says who goes next."""

from collections.abc import Callable

from core.model import errors
from core.runtime import Event, Reply, Runtime
from core.throttle.policy import Limits, Policy, Request


class Turnstile:
    """Jobs enter, wait until the policy lets them, and leave when they have ended.

    key: of what. what: which jobs. setting: the one that says how many may go at a time.
    """

    def __init__(
        self,
        runtime: Runtime,
        key: str,
        policy: Policy,
        limits: Callable[[], Limits],
        *,
        what: str,
        setting: str,
    ) -> None:
        self._runtime = runtime
        self._now = runtime.now
        self.key = key
        self.what = what
        self._setting = setting
        self._policy = policy
        self._limits = limits
        self._replies: dict[str, Reply[None]] = {}
        self._again_s: float | None = None
        self._alarm: Event = runtime.event()

    def arrive(self, request: Request) -> Reply[None]:
        """Join the queue; the answer is the place, or Deadline when it took too long."""
        reply: Reply[None] = self._runtime.reply()
        self._policy.arrive(request)
        self._replies[request.key] = reply
        self.decide()
        return reply

    def occupy(self, key: str) -> None:
        """Have the place again that was had before a restart."""
        self._policy.occupy(key)

    def leave(self, key: str) -> None:
        """Free the place."""
        self._replies.pop(key, None)
        self._policy.leave(key)
        self.decide()

    def decide(self) -> None:
        """Let the policy decide, now that something has changed."""
        limits = self._limits()
        decision = self._policy.decide(self._now(), limits)
        for key in decision.started:
            self._replies.pop(key).set(None)
        for key in decision.expired:
            self._replies.pop(key).fail(self._expiry(limits))
        earlier = decision.again_s is not None and (
            self._again_s is None or decision.again_s < self._again_s
        )
        self._again_s = decision.again_s
        if earlier:
            self._alarm.set()

    def _expiry(self, limits: Limits) -> errors.Deadline:
        return errors.Deadline(
            f"it waited {limits.wait_s / 60:g} minutes for its turn",
            object=self.key,
            hint=f"raise job.expire.minutes or {self._setting}",
        )

    async def watch_time(self) -> None:
        """Let requests expire when their time has come, until cancelled."""
        while True:
            wait_s = None if self._again_s is None else max(0.0, self._again_s - self._now())
            with self._runtime.scope(wait_s):
                await self._alarm.wait()
            self._alarm = self._runtime.event()
            self.decide()

    def position(self, key: str) -> int:
        """Place in the queue, 1 is next, 0 when it does not wait."""
        return self._policy.position(key)

    def statistics(self) -> dict[str, int]:
        """How many wait and run."""
        return {"waiting": self._policy.waiting(), "running": self._policy.running()}
