"""The actor that lets a job have other jobs done."""

from collections.abc import Awaitable, Callable

import msgspec

from core.actors.actor import Actor
from core.actors.fabric import Fabric
from core.actors.jobs import Jobs
from core.driver import Progress
from core.model import errors
from core.model.access import Caller
from core.model.commands.command import Command
from core.model.commands.registry import JOB_COMMANDS
from core.model.inventory import Inventory
from core.model.records import Job, JobPlan
from core.plans.operation import AwaitReaders, CancelJobs, EndJob, Errand, JobsDone, RunJobs
from core.runtime import Runtime

KEY = "jobs"
AT_ONCE_MAX = 64
WAIT_S = 3600.0
PAUSE_S = 1.0
Submit = Callable[[Command, Caller, str], Awaitable[object]]


class ErrandActor(Actor):
    """Begins jobs as the caller of the job that asks, at most AT_ONCE_MAX at a time.

    Their ids follow from the operation's, so that after a restart they are found again.
    """

    def __init__(
        self, runtime: Runtime, fabric: Fabric, inventory: Inventory, jobs: Jobs, submit: Submit
    ) -> None:
        super().__init__(runtime, KEY, fabric)
        self._inventory = inventory
        self._jobs = jobs
        self._submit = submit
        self._methods = {
            RunJobs: self._run_jobs,
            CancelJobs: self._cancel_jobs,
            AwaitReaders: self._await_readers,
            EndJob: self._end_job,
        }

    async def _run_jobs(self, op: str, asked: RunJobs, progress: Progress) -> JobsDone:
        tally = _Tally(asked.errands, progress)
        waiting = list(enumerate(asked.errands))
        async with self._runtime.nursery() as nursery:
            most = min(asked.at_once or AT_ONCE_MAX, AT_ONCE_MAX, len(waiting))
            for _ in range(most):
                nursery.start_soon(self._work, op, waiting, tally, asked.detached)
        if tally.failure is not None and not asked.tolerant:
            raise tally.failure
        message = str(tally.failure) if tally.failure is not None else ""
        return JobsDone(succeeded=tally.succeeded, failed=tally.failed, message=message)

    async def _work(
        self, op: str, waiting: list[tuple[int, Errand]], tally: "_Tally", detached: bool
    ) -> None:
        while waiting:
            index, errand = waiting.pop(0)
            tally.count(errand, await self._do(op, f"{op}-{index}", errand, detached=detached))

    async def _do(
        self, op: str, job_id: str, errand: Errand, *, detached: bool
    ) -> errors.ForebayError | None:
        """One errand to its end, or only begun; answers why it failed."""
        try:
            if self._inventory.find(Job, job_id) is None:
                command = msgspec.json.decode(errand.request, type=JOB_COMMANDS[errand.command])
                await self._submit(command, self._jobs.caller_of(op.rpartition("-")[0]), job_id)
            if detached:
                return None
            await self._wait(job_id)
        except errors.ForebayError as error:
            return error
        failure = self._inventory.get(Job, job_id).failure
        return errors.raised(failure) if failure is not None else None

    async def _cancel_jobs(self, op: str, asked: CancelJobs, progress: Progress) -> None:
        begun = [f"{op}-{index}" for index in range(asked.count)]
        begun = [job_id for job_id in begun if self._inventory.find(Job, job_id) is not None]
        for job_id in begun:
            await self._jobs.cancel(job_id)
        for job_id in begun:
            await self._wait(job_id)

    async def _await_readers(self, op: str, asked: AwaitReaders, progress: Progress) -> None:
        """Plans are searched as they are recorded: a path stands there as its JSON text."""
        own = op.rpartition("-")[0]
        wanted = [msgspec.json.encode(path) for path in asked.paths]
        readers = [
            known.id
            for known in self._inventory.all(JobPlan)
            if known.id != own and any(path in bytes(known.plan) for path in wanted)
        ]
        for job_id in readers:
            await self._wait(job_id)

    async def _end_job(self, op: str, asked: EndJob, progress: Progress) -> None:
        await self._jobs.cancel(asked.job_id)
        await self._wait(asked.job_id)

    async def _wait(self, job_id: str) -> None:
        """Until the job has ended; one that nobody runs yet is looked at again."""
        while not await self._jobs.wait(job_id, WAIT_S):
            await self._runtime.sleep(PAUSE_S)


class _Tally:
    """Counts jobs that have ended; the bytes of those that copy are its progress."""

    def __init__(self, errands: tuple[Errand, ...], progress: Progress) -> None:
        self._total = sum(_weight(errand) for errand in errands)
        self._done = 0
        self._progress = progress
        self.succeeded = 0
        self.failed = 0
        self.failure: errors.ForebayError | None = None
        progress(0, self._total)

    def count(self, errand: Errand, failure: errors.ForebayError | None) -> None:
        if failure is None:
            self.succeeded += 1
        else:
            self.failed += 1
            self.failure = self.failure or failure
        self._done += _weight(errand)
        self._progress(self._done, self._total)


def _weight(errand: Errand) -> int:
    """What it counts for in the progress; sizes that are not known count for one."""
    return errand.bytes or 1
