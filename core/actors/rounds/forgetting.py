"""What is forgotten at an age: ended jobs, and request keys."""

from collections import deque
from collections.abc import Callable, Iterable
from math import inf
from operator import attrgetter
from typing import Generic, TypeVar

from core.actors.rounds.round import Means
from core.model.records import KIND_OF, Job, Migration, Record, RequestKey
from core.plans.step import Drop

R = TypeVar("R", bound=Record)
KEY_LIFE_S = 86400.0
PAUSE_S = 60.0
BEHIND_S = 1.0
GONE_MAX = 1000


class _Aging(Generic[R]):
    """Records that are forgotten at an age; they are looked through only if the oldest has it."""

    def __init__(self, records: Callable[[], Iterable[R]], moment_s: Callable[[R], float]) -> None:
        self._records = records
        self._moment_s = moment_s
        self._oldest_s = -inf

    def before(self, moment_s: float, now_s: float) -> list[R]:
        """Those from before the moment. None may have come since the last call but from later."""
        if self._oldest_s >= moment_s:
            return []
        dated = [(self._moment_s(record), record) for record in self._records()]
        self._oldest_s = min((at_s for at_s, _ in dated), default=now_s)
        return [record for at_s, record in dated if at_s < moment_s]


class Forgetting:
    """Forgets jobs that ended job.expire.minutes ago, and request keys after a day."""

    def __init__(self, means: Means) -> None:
        self._means = means
        self._due: deque[Drop] = deque()
        inventory = means.inventory
        self._jobs = _Aging(
            lambda: inventory.having(Job, "status", "ended"), attrgetter("completed_s")
        )
        self._keys = _Aging(lambda: inventory.all(RequestKey), attrgetter("created_s"))

    def pause_s(self) -> float:
        """Seconds until the next look; a moment while more is due than goes at a time."""
        return BEHIND_S if self._due else PAUSE_S

    async def run(self) -> None:
        """Forget what is old enough, up to a number at a time."""
        if not self._due:
            self._due.extend(self._old())
        gone = [self._due.popleft() for _ in range(min(GONE_MAX, len(self._due)))]
        if gone:
            ledger = self._means.ledger
            await ledger.durable(ledger.record(gone, "expiry"))

    def _old(self) -> list[Drop]:
        now_s = self._means.runtime.now()
        before_s = now_s - self._means.settings.number("job.expire.minutes") * 60
        jobs = self._jobs.before(before_s, now_s)
        keys = self._keys.before(now_s - KEY_LIFE_S, now_s)
        old = (*jobs, *keys, *self._told(jobs))
        return [Drop(kind=KIND_OF[type(one)], id=one.id) for one in old]

    def _told(self, jobs: list[Job]) -> list[Migration]:
        """What jobs have left for their answer alone."""
        found = (self._means.inventory.find(Migration, job.id) for job in jobs)
        return [migration for migration in found if migration is not None]
