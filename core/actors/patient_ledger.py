"""The ledger for jobs: what they have done must be recorded, however long the journal refuses."""

from collections.abc import Callable, Iterable

import msgspec

from core.actors.job_run import JobRun
from core.actors.ledger import Happening, Ledger
from core.model import errors
from core.runtime import Runtime

PAUSE_S = 1.0


class PatientLedger:
    """Waits until the journal takes it; only the plane's own stop, or a cancellation, cuts it."""

    def __init__(self, runtime: Runtime, ledger: Ledger) -> None:
        self._runtime = runtime
        self._ledger = ledger

    async def record(
        self,
        run: JobRun,
        happenings: Callable[[], Iterable[Happening]],
        answer: msgspec.Struct | None = None,
    ) -> int:
        """Record what happens; it is asked for anew at each try. Answers the last position."""
        while True:
            try:
                position = self._ledger.record(happenings(), run.job_id, answer)
            except (errors.Unavailable, errors.Busy) as refusal:
                run.waits_for = str(refusal)
                await self._runtime.sleep(PAUSE_S)
            else:
                run.waits_for = ""
                return position

    async def durable(self, run: JobRun, position: int) -> None:
        """Wait until everything up to `position` would survive a power cut."""
        while True:
            try:
                await self._ledger.durable(position)
            except errors.Unavailable as refusal:
                run.waits_for = str(refusal)
                await self._runtime.sleep(PAUSE_S)
            else:
                run.waits_for = ""
                return

    async def all_durable(self, run: JobRun) -> None:
        """Wait until everything that was recorded would survive a power cut."""
        await self.durable(run, self._ledger.head)
