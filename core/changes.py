"""Carries out commands that change something: checks them, records them, begins their jobs."""

from collections.abc import Callable, Iterable, Iterator
from random import Random

import msgspec

from core.actors.job_run import JobRun
from core.actors.jobs import Jobs
from core.actors.ledger import Happening, Ledger
from core.actors.runner import beginning, begun
from core.keys import Keys
from core.model import errors
from core.model.access import Caller
from core.model.commands.command import Command, Mode, command_name
from core.model.commands.meta import Meta
from core.model.commands.registry import JOB_COMMANDS
from core.model.ids import is_errand, new_id
from core.model.inventory import Inventory
from core.model.records import KINDS, Job
from core.model.states import JobStatus, Phase
from core.plans.context import Context
from core.plans.effects import events_of
from core.plans.row import Row
from core.plans.step import Add, Claim, Plan
from core.plans.table import PLANS
from core.views.listing import Answer
from core.views.plan import PlanView, plan_hash, plan_view
from core.views.setting import setting_answer
from core.views.table import view_of

ANSWER_WAIT_S = 3600.0


class Changes:
    """Those that are jobs go on after the answer, or the caller waits for them (Mode.JOB_WAIT).

    context_of: (caller, job id) -> what plans see. reconsider: told when a setting has changed.
    """

    def __init__(
        self,
        *,
        inventory: Inventory,
        ledger: Ledger,
        jobs: Jobs,
        keys: Keys,
        random: Random,
        context_of: Callable[[Caller, str], Context],
        reconsider: Callable[[], None],
    ) -> None:
        self._inventory = inventory
        self._ledger = ledger
        self._jobs = jobs
        self._keys = keys
        self._random = random
        self._context_of = context_of
        self._reconsider = reconsider

    async def submit(
        self, command: Command, caller: Caller, meta: Meta
    ) -> Answer | PlanView | msgspec.Raw:
        """Carry the command out unless its key was used; then the first answer is given again."""
        known = None if meta.dry_run else self._keys.known_answer(command, caller, meta.key)
        if known is None:
            return await self.change(command, caller, meta)
        await self._ledger.durable(self._ledger.head)
        if command.mode is Mode.JOB_WAIT:
            job_id = str(msgspec.json.decode(known)["jobid"])
            return known if self._inventory.find(Job, job_id) is None else await self._end(job_id)
        return known

    async def change(
        self, command: Command, caller: Caller, meta: Meta, job_id: str = ""
    ) -> Answer | PlanView:
        """Carry the command out, or begin its job. Raises any error; then nothing has changed."""
        row = PLANS[type(command)]
        if row.plan is not None:
            job_id = job_id or new_id(self._random)
        context = self._context_of(caller, job_id)
        for check in (*row.checks, *row.once):
            check(context, command)
        claim = row.claim(context, command)
        if meta.dry_run:
            return self._shown(context, command, row, claim)
        if row.plan is None:
            return await self._answer_change(command, context, claim, meta)
        return await self._answer_job(command, context, row, claim, meta)

    def _shown(self, context: Context, command: Command, row: Row, claim: Claim) -> PlanView:
        events = [
            event
            for effect in claim.effects
            for event in events_of(effect, self._inventory, context.job_id)
        ]
        with self._inventory.trial(events):
            plan = row.plan(context, command, claim.id) if row.plan else Plan(steps=())
        return plan_view(claim, plan)

    async def _answer_change(
        self, command: Command, context: Context, claim: Claim, meta: Meta
    ) -> Answer:
        def answer() -> Answer:
            return self._object(claim)

        about_events = claim.kind == "job"
        done = () if about_events else (_deed(command, context, claim),)
        happenings = self._with_key((*claim.effects, *done), command, context.caller, meta, answer)
        position = self._ledger.record(happenings, command_name(type(command)))
        if claim.kind == "setting_value":
            self._reconsider()
        given = answer()
        await self._ledger.durable(position)
        return given

    def _with_key(
        self,
        happenings: Iterable[Happening],
        command: Command,
        caller: Caller,
        meta: Meta,
        answer: Callable[[], Answer],
    ) -> Iterator[Happening]:
        """What happens and, in the same transaction, what is answered to the caller's key."""
        yield from happenings
        if meta.key:
            yield self._keys.record(command, caller, meta.key, answer())

    def _object(self, claim: Claim) -> Answer:
        if claim.answer is not None:
            return dict(claim.answer)
        if claim.kind == "setting_value":
            return setting_answer(self._inventory, claim.id)
        record = self._inventory.find(KINDS[claim.kind], claim.id)
        if record is None:
            return {"success": True}
        key, view = view_of(self._inventory, record)
        return {key: view}

    async def _answer_job(
        self, command: Command, context: Context, row: Row, claim: Claim, meta: Meta
    ) -> Answer:
        job = self._job(command, context, claim, meta)

        def answer() -> Answer:
            begun = command.mode is not Mode.JOB_CLAIM
            return {"jobid": job.id, "id": claim.id} if begun else self._object(claim)

        run = self._jobs.arrive(job, command, context.caller)
        try:
            submitted = self._submission(run, job, context, row, claim, meta)
            happenings = self._with_key(submitted, command, context.caller, meta, answer)
            position = self._ledger.record(happenings, job.id)
        except BaseException:
            run.turn.leave()
            raise
        if run.plan is not None and not run.plan.steps:
            run.turn.leave()
        else:
            self._jobs.start(run)
        await self._ledger.durable(position)
        return await self._end(job.id) if command.mode is Mode.JOB_WAIT else answer()

    def _submission(
        self, run: JobRun, job: Job, context: Context, row: Row, claim: Claim, meta: Meta
    ) -> Iterator[Happening]:
        """What a new job records: its claim and, when its turn has come at once, its first step.

        The plan is made while this is recorded, because it must see the claim. An errand that
        cannot be planned is not refused: it fails, and leaves its object well.
        """
        yield from claim.effects
        if is_errand(job.id) or not run.turn.at_once():
            if meta.plan:
                raise errors.Conflict(
                    f"it would have to wait for {run.turn.waits_for()}",
                    object=f"{claim.kind}/{claim.id}",
                    hint="look at it again with dry_run when that has ended",
                )
            yield Add(record=job)
            return
        assert row.plan is not None
        if row.turn is not None:
            row.turn(context, run.command)
        plan = run.plan = row.plan(context, run.command, claim.id)
        if meta.plan and meta.plan != plan_hash(claim, plan):
            raise errors.Conflict(
                "the plan is not what was shown any more",
                object=f"{claim.kind}/{claim.id}",
                hint="look at it again with dry_run",
            )
        yield Add(record=begun(job, plan, context.now_s))
        yield from beginning(job, plan)

    async def _end(self, job_id: str) -> Answer:
        """The answer to a caller who waits for the job. Raises what the job failed with."""
        await self._jobs.wait(job_id, ANSWER_WAIT_S)
        job = self._inventory.get(Job, job_id)
        if job.failure is not None:
            raise errors.raised(job.failure)
        if not job.completed_s:
            raise errors.Deadline(
                "it still goes on",
                object=f"job/{job_id}",
                hint="queryAsyncJobResult shows its state",
            )
        record = self._inventory.find(KINDS[job.instance_kind], job.instance_id)
        if record is None or JOB_COMMANDS[job.command].returns == "success":
            return {"success": True}
        key, view = view_of(self._inventory, record)
        return {key: view}

    def _job(self, command: Command, context: Context, claim: Claim, meta: Meta) -> Job:
        return msgspec.structs.replace(
            _blank(command, context, claim, context.job_id),
            request=msgspec.Raw(msgspec.json.encode(command)),
            slot=claim.slot,
            locks=claim.locks,
            deadline_s=context.now_s + meta.deadline_s if meta.deadline_s is not None else 0.0,
        )


def _deed(command: Command, context: Context, claim: Claim) -> Add:
    """What listEvents shows of a change: a job that has ended (docs/decisions/0054).

    Nothing is kept of what was asked, because some of it is secret.
    """
    begun = _blank(command, context, claim, context.new_id())
    ended = msgspec.structs.replace(
        begun,
        status=JobStatus.SUCCEEDED,
        phase=Phase.ENDED,
        begun_s=context.now_s,
        completed_s=context.now_s,
    )
    return Add(record=ended)


def _blank(command: Command, context: Context, claim: Claim, job_id: str) -> Job:
    return Job(
        id=job_id,
        created_s=context.now_s,
        command=command_name(type(command)),
        account_id=context.caller.account_id,
        domain_id=context.caller.domain_id,
        user_id=context.caller.user_id,
        instance_kind=claim.kind,
        instance_id=claim.id,
    )
