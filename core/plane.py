"""The door from above: submit a command, watch what happens, ask how things stand."""

from collections.abc import AsyncGenerator, Iterable, Iterator, Sequence
from contextlib import asynccontextmanager
from itertools import chain
from random import Random

import msgspec

from core.actors.cast import Cast
from core.actors.errands import ErrandActor
from core.actors.fabric import Fabric
from core.actors.hub import Hub, Watch
from core.actors.job_run import JobRun
from core.actors.jobs import CancelAnswer, Jobs
from core.actors.keys import Keys
from core.actors.ledger import Happening, Ledger
from core.actors.locks import Locks
from core.actors.queues import Queues
from core.actors.rounds.round import Means
from core.actors.runner import Runner, beginning, begun
from core.actors.scheduler import Scheduler
from core.driver import Site
from core.journal import Journal
from core.lookout import Lookout
from core.model import errors
from core.model.access import Caller, may_use, require_role, require_standing
from core.model.commands.command import Command, Mode, Role, command_name
from core.model.commands.meta import NO_META, Meta
from core.model.commands.registry import JOB_COMMANDS
from core.model.events import decode_record
from core.model.ids import is_errand, new_id
from core.model.inventory import Inventory
from core.model.records import KINDS, Account, AnyRecord, Job, User
from core.model.settings import Settings
from core.plans.context import AsOwned, Context
from core.plans.effects import event_of
from core.plans.row import Row
from core.plans.step import Add, Claim, Plan
from core.plans.table import PLANS
from core.runtime import Nursery, Runtime
from core.streams import Streams
from core.views.job import JobLive, JobView
from core.views.listing import Answer
from core.views.plan import PlanView, plan_hash, plan_view
from core.views.query import find_job, job_answer, query
from core.views.setting import setting_answer
from core.views.table import view_of

ANSWER_WAIT_S = 3600.0


class ControlPlane:
    """Everything that Forebay knows and does. Made by `open`."""

    def __init__(
        self, runtime: Runtime, journal: Journal, site: Site, random: Random, nursery: Nursery
    ) -> None:
        self._runtime = runtime
        self._journal = journal
        self._random = random
        self.inventory = inventory = Inventory()
        self.settings = Settings(inventory)
        self._hub = Hub(runtime, journal)
        self._ledger = Ledger(runtime, inventory, journal, self._hub)
        self._keys = Keys(inventory, runtime.now)
        fabric = Fabric(site, inventory)
        self._cast = Cast(runtime, fabric, nursery)
        self._lookout = Lookout(runtime, self._cast)
        self._queues = Queues(runtime, inventory, self.settings, nursery)
        locks = Locks(runtime)
        runner = Runner(
            runtime=runtime,
            inventory=inventory,
            settings=self.settings,
            ledger=self._ledger,
            cast=self._cast,
            hub=self._hub,
            random=random,
        )
        self._jobs = Jobs(
            runtime=runtime,
            inventory=inventory,
            ledger=self._ledger,
            queues=self._queues,
            locks=locks,
            runner=runner,
            nursery=nursery,
        )
        self._cast.add(ErrandActor(runtime, fabric, inventory, self._jobs, self._run_errand))
        self.streams = Streams(
            runtime, inventory, self.settings, fabric, self._begin, self._jobs.wait
        )
        self._scheduler = Scheduler(
            Means(
                runtime=runtime,
                inventory=inventory,
                settings=self.settings,
                ledger=self._ledger,
                cast=self._cast,
                random=random,
                submit=self._begin,
                wait=self._jobs.wait,
                reconsider=self._queues.reconsider,
            )
        )

    @classmethod
    @asynccontextmanager
    async def open(
        cls, runtime: Runtime, journal: Journal, site: Site, random: Random
    ) -> "AsyncGenerator[ControlPlane]":
        """Load what the journal holds, take up interrupted jobs, and run until the block ends.

        Raises Integrity, naming the record, when one cannot be read.
        """
        async with runtime.nursery() as nursery:
            plane = cls(runtime, journal, site, random, nursery)
            plane._load()
            plane._jobs.resume()
            plane._scheduler.start(nursery)
            yield plane
            nursery.cancel()

    def _load(self) -> None:
        for stored in self._journal.records():
            assert stored.data is not None
            try:
                record = decode_record(stored.data)
            except (msgspec.DecodeError, msgspec.ValidationError) as error:
                raise errors.Integrity(
                    f"a record in the journal cannot be read: {error}",
                    object=f"{stored.kind}/{stored.id}",
                    hint="restore the journal from a backup, or remove this record from it",
                ) from error
            self.inventory.put(record)

    @property
    def is_empty(self) -> bool:
        """Whether nothing was ever recorded."""
        return self._journal.head == 0

    @property
    def head(self) -> int:
        """Position of the newest event."""
        return self._journal.head

    async def found(self, records: Sequence[AnyRecord]) -> None:
        """Record what a new site begins with."""
        at_s = self._runtime.now()
        dated = [msgspec.structs.replace(record, created_s=at_s) for record in records]
        head = self._ledger.record([Add(record=record) for record in dated], "foundation")
        await self._ledger.durable(head)

    def identify(self, token_sha256: str) -> Caller:
        """Whose token this is, given its SHA-256. Raises Denied (401)."""
        for user in self.inventory.having(User, "token", token_sha256):
            account = self.inventory.get(Account, user.account_id)
            return Caller(
                user_id=user.id,
                account_id=account.id,
                domain_id=account.domain_id,
                role=account.role,
                username=user.username,
            )
        raise errors.Denied("no user has this token", hint="check the token", number=401)

    async def submit(
        self, command: Command, caller: Caller, meta: Meta = NO_META
    ) -> Answer | PlanView | msgspec.Raw:
        """Carry the command out, or begin to. Raises any error; then nothing has changed."""
        name, reads = command_name(type(command)), command.mode is Mode.QUERY
        require_role(caller, command.role, name)
        require_standing(caller, self.inventory, name, reads=reads)
        if reads:
            answer = query(self._context(caller), command, self._live)
            await self._ledger.durable(self._ledger.head)
            return answer
        if command.mode is Mode.LOOK:
            answer = await self._lookout.look(command, lambda: self._context(caller))
            await self._ledger.durable(self._ledger.head)
            return answer
        known = self._keys.known_answer(command, caller, meta.key) if not meta.dry_run else None
        if known is not None:
            await self._ledger.durable(self._ledger.head)
            return known
        return await self._change(command, caller, meta)

    async def _begin(self, command: Command, caller: Caller, meta: Meta = NO_META) -> str:
        """Begin a command that nobody waits for; answers the id of its job, "" without one."""
        answer = await self._change(command, caller, meta)
        return str(answer.get("jobid", "")) if isinstance(answer, dict) else ""

    async def _run_errand(self, command: Command, caller: Caller, job_id: str) -> None:
        """Begin a command on behalf of another job, under that id."""
        await self._change(command, caller, NO_META, job_id)

    def _context(self, caller: Caller, job_id: str = "") -> Context:
        return Context(
            self.inventory, self.settings, caller, self._runtime.now(), self._random, job_id
        )

    async def _change(
        self, command: Command, caller: Caller, meta: Meta, job_id: str = ""
    ) -> Answer | PlanView | msgspec.Raw:
        row = PLANS[type(command)]
        if row.plan is not None:
            job_id = job_id or new_id(self._random)
        context = self._context(caller, job_id)
        for check in (*row.checks, *row.once):
            check(context, command)
        claim = row.claim(context, command)
        if meta.dry_run:
            return self._shown(context, command, row, claim)
        if row.plan is None:
            return await self._answer_change(command, caller, claim, meta)
        return await self._answer_job(command, context, row, claim, meta)

    def _shown(self, context: Context, command: Command, row: Row, claim: Claim) -> PlanView:
        events = (event_of(effect, self.inventory, context.job_id) for effect in claim.effects)
        with self.inventory.trial([event for event in events if event is not None]):
            plan = row.plan(context, command, claim.id) if row.plan else Plan(steps=())
        return plan_view(claim, plan)

    async def _answer_change(
        self, command: Command, caller: Caller, claim: Claim, meta: Meta
    ) -> Answer:
        cause = command_name(type(command))
        happenings: list[Happening] = list(claim.effects)
        position = self._ledger.record(happenings, cause)
        if claim.kind == "setting_value":
            self._queues.reconsider()
        answer = self._object(claim)
        if meta.key:
            position = self._ledger.record(
                (self._keys.record(command, caller, meta.key, answer),), cause
            )
        await self._ledger.durable(position)
        return answer

    def _object(self, claim: Claim) -> Answer:
        if claim.answer is not None:
            return dict(claim.answer)
        if claim.kind == "setting_value":
            return setting_answer(self.inventory, claim.id)
        record = self.inventory.find(KINDS[claim.kind], claim.id)
        if record is None:
            return {"success": True}
        key, view = view_of(self.inventory, record)
        return {key: view}

    async def _answer_job(
        self, command: Command, context: Context, row: Row, claim: Claim, meta: Meta
    ) -> Answer:
        job = self._job(command, context, claim, meta)
        run = self._jobs.arrive(job, command, context.caller)
        answer: Answer = {"jobid": job.id, "id": claim.id}
        try:
            happenings: Iterable[Happening] = self._submission(run, job, context, row, claim, meta)
            if meta.key:
                key = self._keys.record(command, context.caller, meta.key, answer)
                happenings = chain(happenings, (key,))
            position = self._ledger.record(happenings, job.id)
        except BaseException:
            run.turn.leave()
            raise
        if run.plan is not None and not run.plan.steps:
            run.turn.leave()
        else:
            self._jobs.start(run)
        await self._ledger.durable(position)
        if command.mode is Mode.JOB_WAIT:
            await self._jobs.wait(job.id, ANSWER_WAIT_S)
            return self._outcome(job.id, claim)
        return answer if command.mode is Mode.JOB else self._object(claim)

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
        yield Add(record=begun(job, plan, self._runtime.now()))
        yield from beginning(job, plan)

    def _outcome(self, job_id: str, claim: Claim) -> Answer:
        """The answer when the caller waited for the job. Raises what the job failed with."""
        job = self.inventory.get(Job, job_id)
        if job.failure is not None:
            raise errors.raised(job.failure)
        if not job.completed_s:
            raise errors.Deadline(
                "it still goes on",
                object=f"job/{job_id}",
                hint="queryAsyncJobResult shows its state",
            )
        record = self.inventory.find(KINDS[claim.kind], claim.id)
        if record is None or JOB_COMMANDS[job.command].returns == "success":
            return {"success": True}
        key, view = view_of(self.inventory, record)
        return {key: view}

    def _job(self, command: Command, context: Context, claim: Claim, meta: Meta) -> Job:
        now_s = context.now_s
        return Job(
            id=context.job_id,
            created_s=now_s,
            command=command_name(type(command)),
            account_id=context.caller.account_id,
            domain_id=context.caller.domain_id,
            user_id=context.caller.user_id,
            instance_kind=claim.kind,
            instance_id=claim.id,
            request=msgspec.Raw(msgspec.json.encode(command)),
            slot=claim.slot,
            locks=claim.locks,
            deadline_s=now_s + meta.deadline_s if meta.deadline_s is not None else 0.0,
        )

    async def wait_job(self, job_id: str, caller: Caller, timeout_s: float) -> JobView:
        """The job at its end, or as it is when the time is out. Raises NotFound, Denied."""
        require_standing(caller, self.inventory, "waiting", reads=True)
        find_job(self._context(caller), job_id)
        await self._jobs.wait(job_id, timeout_s)
        await self._ledger.durable(self._ledger.head)
        return job_answer(self.inventory, find_job(self._context(caller), job_id), self._live)

    async def cancel_job(self, job_id: str, caller: Caller) -> CancelAnswer:
        """Ask a job to stop at its next safe point. Raises NotFound, Denied."""
        require_standing(caller, self.inventory, "cancelling", reads=False)
        find_job(self._context(caller), job_id)
        return await self._jobs.cancel(job_id)

    def watch(
        self,
        caller: Caller,
        *,
        after: int | None = None,
        topics: Sequence[str] = (),
        filter: dict[str, str] | None = None,
    ) -> Watch:
        """What happens from now on, or since a position. It must be closed. Raises Denied."""
        require_standing(caller, self.inventory, "watching", reads=True)

        def may_see(account_id: str) -> bool:
            account = self.inventory.find(Account, account_id)
            own = account is not None and may_use(caller, AsOwned(account), self.inventory)
            return own or caller.role is Role.ADMIN

        return self._hub.watch(may_see, after=after, topics=topics, filter=filter or {})

    def _live(self, job: Job) -> JobLive:
        run = self._jobs.find(job.id)
        if run is None:
            return JobLive()
        done_bytes = self._jobs.done_bytes(run)
        return JobLive(
            steps=len(run.plan.steps) if run.plan is not None else 0,
            step_name=run.step_name(job.step),
            done_bytes=done_bytes,
            total_bytes=run.total_bytes,
            position=run.turn.position(),
            waits_for=run.turn.waits_for() or run.waits_for,
            eta_s=run.eta_s(self._runtime.now(), done_bytes),
        )

    def statistics(self) -> dict[str, int]:
        """Numbers of everything that is counted, by flat names."""
        return {
            "head": self._journal.head,
            **{f"records_{name}": self.inventory.count(kind) for name, kind in KINDS.items()},
            **self._jobs.statistics(),
            **self._cast.statistics(),
            **self._queues.statistics(),
            **self._hub.statistics(),
        }
