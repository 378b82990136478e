"""Runs one job: waits for its turn, goes its plan's steps forward, or takes them back.

What the journal says about a job in progress is always enough to go on after a crash:
- phase queued: nothing was done; it starts from the beginning.
- phase running, step k: `begin` of step k has taken effect, its `do` may have: it is done again.
- phase undoing, step k: the steps above k are taken back, `undo` of step k may have been: again.
"""

from collections.abc import Awaitable, Callable, Iterable, Iterator
from functools import partial
from math import inf
from random import Random

import msgspec

from core.actors.cast import Cast
from core.actors.hub import Hub, JobProgress
from core.actors.job_run import JobRun
from core.actors.ledger import Happening, Ledger
from core.actors.patience import Patience, patience
from core.actors.patient_ledger import PatientLedger
from core.model import errors
from core.model.commands.command import Role
from core.model.events import Put
from core.model.inventory import Inventory
from core.model.records import KINDS, Job, JobPlan, Template, Volume
from core.model.settings import Settings
from core.model.states import FAILED_TEMPLATES, JobStatus, Phase, VolumeState
from core.plans.context import Context
from core.plans.effects import still_due
from core.plans.operation import AnyOperation
from core.plans.step import Add, Change, Drop, Effect, Plan, Step
from core.plans.table import PLANS
from core.runtime import Runtime
from core.views.history.told import told

ATTEMPTS_MAX = 5
PAUSE_MAX_S = 60.0
TICK_S = 0.25
_encode = msgspec.json.Encoder().encode
_decode_plan = msgspec.json.Decoder(Plan).decode


class Runner:
    """What all runs share."""

    def __init__(
        self,
        *,
        runtime: Runtime,
        inventory: Inventory,
        settings: Settings,
        ledger: Ledger,
        cast: Cast,
        hub: Hub,
        random: Random,
    ) -> None:
        self._runtime = runtime
        self._inventory = inventory
        self._settings = settings
        self._ledger = PatientLedger(runtime, ledger)
        self._cast = cast
        self._hub = hub
        self._random = random

    async def run(self, run: JobRun) -> None:
        """Bring the job to its end; only the plane's own stop cuts it short."""
        try:
            failure = await self._attempt(run)
            if failure is not None:
                await self._take_back(run, failure)
            await self._end(run, failure)
        finally:
            run.turn.leave()
            run.ended.set()

    def _job(self, run: JobRun) -> Job:
        return self._inventory.get(Job, run.job_id)

    async def _attempt(self, run: JobRun) -> errors.Failure | None:
        """Go forward; answers why it must be taken back, if it must."""
        job = self._job(run)
        if job.phase is Phase.UNDOING:
            await run.turn.wait()
            return job.failure
        try:
            if not await self._cancellable(run, run.turn.wait()):
                return self._stopped(run)
            plan = run.plan = run.plan or await self._begin(run)
            return await self._forward(run, plan)
        except Exception as error:  # noqa: BLE001  (whatever it is, the job takes its steps back)
            return errors.failure_of(error)

    async def _cancellable(
        self, run: JobRun, work: Awaitable[None], limit: Patience | None = None
    ) -> bool:
        """Do the work, unless the job is cancelled or out of time; answers whether it was done."""
        job = self._job(run)
        left_s = job.deadline_s - self._runtime.now() if job.deadline_s else inf
        most_s = min(left_s, limit.limit_s if limit else inf)
        run.scope = scope = self._runtime.scope(None if most_s == inf else most_s)
        with scope:
            if job.cancel:
                scope.cancel()
            await work
        run.scope = None
        return not scope.cancelled

    def _stopped(
        self, run: JobRun, limit: Patience | None = None, actor: str = ""
    ) -> errors.Failure:
        job = self._job(run)
        if job.cancel:
            return errors.Cancelled("the job was cancelled", object=f"job/{job.id}").failure()
        if limit and not 0 < job.deadline_s <= self._runtime.now():
            return limit.lost(actor).failure()
        return errors.Deadline(
            "the job's deadline has passed", object=f"job/{job.id}", hint="give a later deadline_s"
        ).failure()

    async def _begin(self, run: JobRun) -> Plan:
        """The journaled plan of a job that had begun; a queued one is admitted and planned now."""
        job = self._job(run)
        known = self._inventory.find(JobPlan, job.id)
        if known is not None:
            run.doubt()
            return _decode_plan(known.plan)
        plans: list[Plan] = []

        def started() -> Iterable[Happening]:
            plan, going = self._planned(run)
            plans.append(plan)
            return (going, *beginning(self._job(run), plan))

        await self._ledger.record(run, started)
        return plans[-1]

    def _planned(self, run: JobRun) -> tuple[Plan, Put]:
        """The plan as things are now, and that the job goes by it. Raises what its checks raise."""
        job, row, context = self._job(run), PLANS[type(run.command)], self._context(run)
        for check in row.checks if row.turn is None else (*row.checks, row.turn):
            check(context, run.command)
        assert row.plan is not None
        plan = row.plan(context, run.command, job.instance_id)
        return plan, _put(job, phase=Phase.RUNNING, begun_s=context.now_s)

    def _context(self, run: JobRun) -> Context:
        return Context(
            self._inventory,
            self._settings,
            run.caller,
            self._runtime.now(),
            self._random,
            run.job_id,
        )

    async def _forward(self, run: JobRun, plan: Plan) -> errors.Failure | None:
        for index in range(self._job(run).step, len(plan.steps)):
            step = plan.steps[index]
            run.committed = step.final
            answer: list[object] = []
            if step.final:
                await self._do(run, step, index, answer, attempts=inf)
            elif not await self._reversible(run, step, index, answer):
                return self._stopped(run, patience(self._settings, step.do), step.actor)
            run.in_doubt = False
            self._require_outcome(run, answer[0])
            await self._advance(run, plan, index, answer[0])
        return None

    def _require_outcome(self, run: JobRun, answer: object) -> None:
        """Ask the command's row; nothing may happen between this and the step's commit."""
        outcome = PLANS[type(run.command)].outcome
        if outcome is not None:
            outcome(self._context(run), run.command, self._job(run).instance_id, answer)

    async def _reversible(self, run: JobRun, step: Step, index: int, answer: list[object]) -> bool:
        """Do a step that a cancellation may cut short, unless its outcome is in doubt."""
        limit = patience(self._settings, step.do)
        if step.certain:
            tries = step.tries or ATTEMPTS_MAX
            doing = self._do(run, step, index, answer, attempts=tries)
            return await self._cancellable(run, doing, limit)
        if not run.in_doubt:
            doing = self._do(run, step, index, answer, attempts=1)
            try:
                done = await self._cancellable(run, doing, limit)
            except errors.Unavailable:
                run.doubt()
            else:
                if done or not run.in_doubt:
                    return done
        await self._do(run, step, index, answer, attempts=inf)
        return True

    async def _advance(self, run: JobRun, plan: Plan, index: int, answer: object) -> None:
        """Step `index` is done: its commit, and the begin of the next, are one transaction."""

        def going_on() -> Iterable[Happening]:
            job = self._job(run)
            yield from plan.steps[index].commit
            if index + 1 < len(plan.steps):
                yield _put(job, step=index + 1)
                yield from plan.steps[index + 1].begin
            else:
                yield from self._ending(job, index + 1, None)

        learnt = answer if isinstance(answer, msgspec.Struct) else None
        await self._ledger.record(run, going_on, learnt)

    async def _do(
        self, run: JobRun, step: Step, index: int, answer: list[object], *, attempts: float
    ) -> None:
        """Do the step's operation, if it has one; its answer is added to `answer`."""
        if step.do is None:
            answer.append(None)
            return
        await self._ledger.all_durable(run)
        run.total_bytes = step.bytes
        pause_s = step.pause_s if step.tries else None
        answer.append(await self._ask(run, step.actor, step.do, index, attempts, pause_s))

    async def _ask(
        self,
        run: JobRun,
        key: str,
        operation: AnyOperation,
        index: int,
        attempts: float,
        pause_s: float | None = None,
    ) -> object:
        """Ask the actor, again while it is not to be had; once committed, whatever it says.

        pause_s: ask again after so long whatever it says, as often as `attempts` admits.
        """
        run.began_s, run.done_bytes = self._runtime.now(), 0
        attempt = 0
        while True:
            attempt += 1
            try:
                answer = await self._cast.actor(key).ask(
                    f"{run.job_id}-{index}", operation, self._progress(run), run.doubt
                )
            except errors.NotFound:
                if run.committed:
                    return None
                raise
            except errors.ForebayError as refusal:
                away = isinstance(refusal, errors.Unavailable)
                again = run.committed or away or pause_s is not None
                if not again or attempt >= attempts:
                    raise
                run.waits_for = str(refusal)
                await self._runtime.sleep(_pause_s(attempt) if pause_s is None else pause_s)
            else:
                run.waits_for = ""
                return answer

    def _progress(self, run: JobRun) -> "_Progress":
        return _Progress(run, self._runtime, self._hub, self._inventory)

    async def _take_back(self, run: JobRun, failure: errors.Failure) -> None:
        """Undo the steps, last first, down to the beginning or to a final one."""
        known = self._inventory.find(JobPlan, run.job_id)
        if known is None:
            return
        plan = run.plan = _decode_plan(known.plan)
        if self._job(run).phase is not Phase.UNDOING:
            await self._record_durably(
                run, lambda: (_put(self._job(run), phase=Phase.UNDOING, failure=failure),)
            )
        run.committed = True
        while (index := self._job(run).step) >= 0 and not plan.steps[index].final:
            step = plan.steps[index]
            if step.undo is not None:
                await self._ask(run, step.undo_actor or step.actor, step.undo, index, inf)
            await self._record_durably(run, partial(self._gone_back, run, step, index))

    def _gone_back(self, run: JobRun, step: Step, index: int) -> Iterable[Happening]:
        due = [effect for effect in step.revert if still_due(effect, self._inventory)]
        return (*due, _put(self._job(run), step=index - 1))

    async def _record_durably(
        self, run: JobRun, happenings: Callable[[], Iterable[Happening]]
    ) -> None:
        await self._ledger.durable(run, await self._ledger.record(run, happenings))

    async def _end(self, run: JobRun, failure: errors.Failure | None) -> None:
        """That the job has ended, if its last step did not say so already."""

        def ended() -> Iterable[Happening]:
            job = self._job(run)
            if failure is not None:
                yield from self._giving_up(run, job, failure)
            yield from self._ending(job, job.step, failure)

        if self._job(run).phase is Phase.ENDED:
            await self._ledger.all_durable(run)
        else:
            await self._record_durably(run, ended)

    def _giving_up(self, run: JobRun, job: Job, failure: errors.Failure) -> Iterator[Effect]:
        """What becomes of the object of a failed job; images that failed keep what all may know."""
        give_up = PLANS[type(run.command)].give_up
        if give_up is not None:
            yield from give_up(self._context(run), job.instance_id)
        known = told(failure, Role.USER).message
        record = self._inventory.find(KINDS[job.instance_kind], job.instance_id)
        if isinstance(record, Template) and record.state in FAILED_TEMPLATES:
            yield Change(kind=job.instance_kind, id=job.instance_id, fields={"failure": known})
        if isinstance(record, Volume) and record.state is VolumeState.UPLOAD_ERROR:
            yield Change(kind="volume", id=record.id, fields={"upload_error": known})

    def _ending(self, job: Job, step: int, failure: errors.Failure | None) -> Iterable[Happening]:
        status = JobStatus.SUCCEEDED
        if failure is not None:
            cancelled = failure.code == errors.Cancelled.code
            status = JobStatus.CANCELLED if cancelled else JobStatus.FAILED
        yield _put(
            job,
            status=status,
            phase=Phase.ENDED,
            step=step,
            failure=failure,
            completed_s=self._runtime.now(),
        )
        if self._inventory.find(JobPlan, job.id) is not None:
            yield Drop(kind="job_plan", id=job.id)


def _pause_s(attempt: int) -> float:
    """How long to wait after so many attempts: twice as long each time, up to PAUSE_MAX_S."""
    return min(PAUSE_MAX_S, 2.0 ** min(attempt - 1, 8))


def begun(job: Job, plan: Plan, now_s: float) -> Job:
    """The record of a job whose turn came at once; one without steps has ended already."""
    if plan.steps:
        return msgspec.structs.replace(job, phase=Phase.RUNNING, begun_s=now_s)
    return msgspec.structs.replace(
        job,
        status=JobStatus.SUCCEEDED,
        phase=Phase.ENDED,
        begun_s=now_s,
        completed_s=now_s,
    )


def beginning(job: Job, plan: Plan) -> tuple[Effect, ...]:
    """What is recorded when the first step begins."""
    if not plan.steps:
        return ()
    record = JobPlan(id=job.id, created_s=job.created_s, plan=msgspec.Raw(_encode(plan)))
    return (Add(record=record), *plan.steps[0].begin)


def _put(job: Job, **fields: object) -> Put:
    changed = msgspec.structs.replace(job, rev=job.rev + 1, **fields)
    return Put(what=str(fields.get("phase", "step")), cause=job.id, record=changed)


class _Progress:
    """Told by a driver how far a step is; passes it on a few times a second at most."""

    __slots__ = ("_hub", "_inventory", "_run", "_runtime")

    def __init__(self, run: JobRun, runtime: Runtime, hub: Hub, inventory: Inventory) -> None:
        self._run = run
        self._runtime = runtime
        self._hub = hub
        self._inventory = inventory

    def __call__(self, done_bytes: int, total_bytes: int) -> None:
        run, now_s = self._run, self._runtime.now()
        run.done_bytes, run.total_bytes = done_bytes, total_bytes
        if now_s - run.ticked_s < TICK_S and done_bytes < total_bytes:
            return
        run.ticked_s = now_s
        job = self._inventory.get(Job, run.job_id)
        self._hub.tick(
            JobProgress(
                jobid=run.job_id,
                account_id=job.account_id,
                step=job.step,
                done_bytes=done_bytes,
                total_bytes=total_bytes,
            )
        )
