"""All jobs in progress: started, watched, cancelled, and taken up again after a crash."""

import msgspec

from core.actors.job_run import JobRun
from core.actors.ledger import Ledger
from core.actors.locks import Locks
from core.actors.queues import Queues
from core.actors.runner import Runner
from core.actors.turn import Turn
from core.model.access import Caller
from core.model.commands.command import Command, Role
from core.model.commands.registry import JOB_COMMANDS
from core.model.events import Put
from core.model.inventory import Inventory
from core.model.records import Account, Job, User
from core.model.states import JobStatus, Phase
from core.plans.operation import RunJobs
from core.runtime import Nursery, Runtime


class CancelAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """What a cancel request will come to.

    outcome: "cancelled" (it had not begun), "rolling_back", "past_point_of_no_return" (it goes on
    to its end) or "finished" (it had ended).
    """

    jobid: str
    outcome: str


class Jobs:
    """Keeps the runs."""

    def __init__(
        self,
        *,
        runtime: Runtime,
        inventory: Inventory,
        ledger: Ledger,
        queues: Queues,
        locks: Locks,
        runner: Runner,
        nursery: Nursery,
    ) -> None:
        self._runtime = runtime
        self._inventory = inventory
        self._ledger = ledger
        self._queues = queues
        self._locks = locks
        self._runner = runner
        self._nursery = nursery
        self._runs: dict[str, JobRun] = {}

    def arrive(self, job: Job, command: Command, caller: Caller) -> JobRun:
        """A job that is about to be recorded joins its queue; it must be started or dropped."""
        turn = Turn(job, self._queues, self._locks)
        return JobRun(job.id, command, caller, self._runtime.event(), turn)

    def start(self, run: JobRun) -> None:
        """Run a job that was recorded."""
        self._runs[run.job_id] = run
        self._nursery.start_soon(self._run, run)

    async def _run(self, run: JobRun) -> None:
        try:
            await self._runner.run(run)
        finally:
            del self._runs[run.job_id]

    def resume(self) -> None:
        """Take up every job that a crash or a stop interrupted, those that had begun first."""
        pending = self._inventory.having(Job, "status", "pending")
        for job in sorted(pending, key=lambda job: job.phase is Phase.QUEUED):
            command = msgspec.json.decode(job.request, type=JOB_COMMANDS[job.command])
            self.start(self.arrive(job, command, self.caller_of(job.id)))

    def caller_of(self, job_id: str) -> Caller:
        """Who asked for the job."""
        job = self._inventory.get(Job, job_id)
        account = self._inventory.find(Account, job.account_id)
        user = self._inventory.find(User, job.user_id)
        return Caller(
            user_id=job.user_id,
            account_id=job.account_id,
            domain_id=job.domain_id,
            role=account.role if account is not None else Role.USER,
            username=user.username if user is not None else "",
        )

    def find(self, job_id: str) -> JobRun | None:
        """The run of a job in progress."""
        return self._runs.get(job_id)

    async def wait(self, job_id: str, timeout_s: float) -> bool:
        """Wait for the job's end; answers whether it has ended."""
        run = self._runs.get(job_id)
        if run is not None:
            with self._runtime.scope(timeout_s):
                await run.ended.wait()
        return self._inventory.get(Job, job_id).status is not JobStatus.IN_PROGRESS

    async def cancel(self, job_id: str) -> CancelAnswer:
        """Ask the job to stop at its next safe point."""
        job = self._inventory.get(Job, job_id)
        run = self._runs.get(job_id)
        if job.status is not JobStatus.IN_PROGRESS or run is None:
            return CancelAnswer(jobid=job_id, outcome="finished")
        if run.committed and job.phase is Phase.RUNNING:
            return CancelAnswer(jobid=job_id, outcome="past_point_of_no_return")
        if not job.cancel:
            asked = msgspec.structs.replace(job, rev=job.rev + 1, cancel=True)
            put = Put(what="CancelRequested", cause=job_id, record=asked)
            await self._ledger.durable(self._ledger.record((put,), job_id))
        if run.scope is not None:
            run.scope.cancel()
        queued = job.phase is Phase.QUEUED
        return CancelAnswer(jobid=job_id, outcome="cancelled" if queued else "rolling_back")

    def done_bytes(self, run: JobRun) -> int:
        """The bytes of its step that are copied, by itself or by the jobs that it has begun."""
        job = self._inventory.get(Job, run.job_id)
        step = run.plan.steps[job.step] if run.plan is not None and job.step >= 0 else None
        if step is None or not isinstance(step.do, RunJobs):
            return run.done_bytes
        begun = (self._runs.get(f"{job.id}-{job.step}-{n}") for n in range(len(step.do.errands)))
        parts = zip(step.do.errands, begun, strict=True)
        return run.done_bytes + sum(
            int(errand.bytes * other.share_done(self._inventory.get(Job, other.job_id).step))
            for errand, other in parts
            if other is not None
        )

    def statistics(self) -> dict[str, int]:
        """Jobs in progress."""
        return {"jobs_in_progress": len(self._runs)}
