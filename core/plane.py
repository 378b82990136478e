"""The door from above: submit a command, watch what happens, ask how things stand."""

from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from functools import partial
from random import Random

import msgspec

from core.actors.cast import Cast
from core.actors.errands import ErrandActor
from core.actors.fabric import Fabric
from core.actors.hub import Hub, Watch
from core.actors.jobs import CancelAnswer, Jobs
from core.actors.ledger import Ledger
from core.actors.locks import Locks
from core.actors.queues import Queues
from core.actors.rounds.round import Means
from core.actors.runner import Runner
from core.actors.scheduler import Scheduler
from core.changes import Changes
from core.driver import Site
from core.journal import Journal
from core.keys import Keys
from core.lookout import Lookout
from core.model import errors
from core.model.access import Caller, may_use, require_role, require_standing
from core.model.commands.command import Command, Mode, Role, command_name
from core.model.commands.meta import NO_META, Meta
from core.model.events import decode_record
from core.model.inventory import Inventory
from core.model.records import KINDS, Account, AnyRecord, Job, User
from core.model.settings import Settings
from core.plans.context import AsOwned, Context
from core.plans.step import Add
from core.runtime import Nursery, Runtime
from core.streams import Streams
from core.views.history.job import JobLive, JobView
from core.views.history.told import record_told, told
from core.views.listing import Answer
from core.views.plan import PlanView
from core.views.query import find_job, job_answer, query


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
        self._changes = Changes(
            inventory=inventory,
            ledger=self._ledger,
            jobs=self._jobs,
            keys=Keys(inventory, runtime.now),
            random=random,
            context_of=self._context,
            reconsider=self._reconsider,
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

    @property
    def settled(self) -> bool:
        """Whether a query would be answered without waiting for the journal."""
        return self._journal.settled

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

    def require_standing(self, caller: Caller) -> None:
        """Raise Denied when the caller may not even look any more: gone, disabled, of less role."""
        require_standing(caller, self.inventory, "looking", reads=True)

    async def submit(
        self, command: Command, caller: Caller, meta: Meta = NO_META
    ) -> Answer | PlanView | msgspec.Raw:
        """Carry the command out, or begin to. Raises any error; then nothing has changed.

        Only root administrators are told what is inside the cloud (core.views.history.told).
        """
        try:
            return await self._submit(command, caller, meta)
        except errors.ForebayError as error:
            if caller.role is Role.ADMIN:
                raise
            raise errors.raised(told(error.failure(), caller.role)) from error

    async def _submit(
        self, command: Command, caller: Caller, meta: Meta
    ) -> Answer | PlanView | msgspec.Raw:
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
        return await self._changes.submit(command, caller, meta)

    async def _begin(self, command: Command, caller: Caller, meta: Meta = NO_META) -> str:
        """Begin a command that nobody waits for; answers the id of its job, "" without one."""
        answer = await self._changes.change(command, caller, meta)
        return str(answer.get("jobid", "")) if isinstance(answer, dict) else ""

    async def _run_errand(self, command: Command, caller: Caller, job_id: str) -> None:
        """Begin a command on behalf of another job, under that id."""
        await self._changes.change(command, caller, NO_META, job_id)

    def _reconsider(self) -> None:
        """A setting has changed."""
        self._queues.reconsider()
        self._scheduler.reconsider()

    def _context(self, caller: Caller, job_id: str = "") -> Context:
        return Context(
            self.inventory, self.settings, caller, self._runtime.now(), self._random, job_id
        )

    async def wait_job(self, job_id: str, caller: Caller, timeout_s: float) -> JobView:
        """The job at its end, or as it is when the time is out. Raises NotFound, Denied."""
        require_standing(caller, self.inventory, "waiting", reads=True)
        find_job(self._context(caller), job_id)
        await self._jobs.wait(job_id, timeout_s)
        await self._ledger.durable(self._ledger.head)
        context = self._context(caller)
        return job_answer(context, find_job(context, job_id), self._live)

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
        """What happens from now on, or since a position; it must be closed.

        Raises Denied, and Invalid for topics of which nothing is ever told.
        """
        require_standing(caller, self.inventory, "watching", reads=True)

        def may_see(account_id: str) -> bool:
            account = self.inventory.find(Account, account_id)
            own = account is not None and may_use(caller, AsOwned(account), self.inventory)
            return own or caller.role is Role.ADMIN

        return self._hub.watch(
            may_see,
            after=after,
            topics=topics,
            filter=filter or {},
            told=partial(record_told, caller.role),
        )

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
            **self._scheduler.statistics(),
            **self._hub.statistics(),
        }
