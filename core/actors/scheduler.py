"""What happens by the clock: storage and hosts are looked at, old jobs are forgotten."""

from collections.abc import Awaitable, Callable, Iterable
from math import inf
from operator import attrgetter
from typing import Generic, TypeVar

from core.actors.cast import Cast
from core.actors.ledger import Ledger
from core.driver import HostStatus, Space
from core.model import errors
from core.model.inventory import Inventory
from core.model.records import (
    KIND_OF,
    Host,
    ImageStore,
    Job,
    Pool,
    Record,
    RequestKey,
    Vm,
)
from core.model.settings import Settings
from core.model.states import HostState
from core.model.transitions import admits
from core.plans.operation import ProbeHost, ProbePool, ProbeStore
from core.plans.step import Change, Drop
from core.runtime import Nursery, Runtime

R = TypeVar("R", bound=Record)
KEY_LIFE_S = 86400.0
SWEEP_S = 60.0
SWEEP_MAX = 1000


def _no_progress(done_bytes: int, total_bytes: int) -> None:
    """Probes have none."""


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


class Scheduler:
    """Runs each round, then sleeps as long as its setting says."""

    def __init__(
        self,
        runtime: Runtime,
        inventory: Inventory,
        settings: Settings,
        ledger: Ledger,
        cast: Cast,
    ) -> None:
        self._runtime = runtime
        self._inventory = inventory
        self._settings = settings
        self._ledger = ledger
        self._cast = cast
        self._jobs = _Aging(
            lambda: inventory.having(Job, "status", "ended"), attrgetter("completed_s")
        )
        self._keys = _Aging(lambda: inventory.all(RequestKey), attrgetter("created_s"))

    def start(self, nursery: Nursery) -> None:
        """Start the rounds."""
        nursery.start_soon(self._every, self._storage_pause_s, self._look_at_storage)
        nursery.start_soon(self._every, self._host_pause_s, self._look_at_hosts)
        nursery.start_soon(self._every, lambda: SWEEP_S, self._sweep)

    async def _every(
        self, pause_s: Callable[[], float], work: Callable[[], Awaitable[None]]
    ) -> None:
        while True:
            await self._runtime.sleep(pause_s())
            await work()

    def _storage_pause_s(self) -> float:
        return self._settings.number("storage.stats.interval") / 1000

    def _host_pause_s(self) -> float:
        return self._settings.number("ping.interval")

    async def _look_at_storage(self) -> None:
        for pool in list(self._inventory.all(Pool)):
            await self._measure(
                "pool", pool.id, ProbePool(), (pool.capacity_bytes, pool.used_bytes)
            )
        for store in list(self._inventory.all(ImageStore)):
            room = (store.capacity_bytes, store.used_bytes)
            await self._measure("image_store", store.id, ProbeStore(), room)

    async def _measure(
        self, kind: str, record_id: str, probe: ProbePool | ProbeStore, known: tuple[int, int]
    ) -> None:
        """Take over what the storage reports, when it changed; a capacity of 0 is ignored."""
        key = f"{kind}/{record_id}"
        try:
            space = await self._cast.actor(key).ask(f"probe-{record_id}", probe, _no_progress)
        except errors.ForebayError:
            return
        assert isinstance(space, Space)
        found = (space.capacity_bytes, space.used_bytes)
        if found != known and space.capacity_bytes:
            fields = {"capacity_bytes": space.capacity_bytes, "used_bytes": space.used_bytes}
            self._ledger.record((Change(kind=kind, id=record_id, fields=fields),), "statistics")

    async def _look_at_hosts(self) -> None:
        for host in list(self._inventory.all(Host)):
            if host.state is not HostState.CREATING:
                await self._look_at_host(host)

    async def _look_at_host(self, host: Host) -> None:
        """Note whether it answers, and which of its machines have stopped by themselves."""
        expected = {vm.id: vm.rev for vm in self._inventory.having(Vm, "host", host.id)}
        state = HostState.UP
        try:
            status = await self._cast.actor(f"host/{host.id}").ask(
                f"ping-{host.id}", ProbeHost(), _no_progress
            )
        except errors.ForebayError:
            state = HostState.ALERT
        else:
            assert isinstance(status, HostStatus)
            self._note_stopped(expected, {guest.vm_id for guest in status.guests})
        known = self._inventory.find(Host, host.id)
        if known is not None and known.state is not state:
            change = Change(kind="host", id=host.id, fields={"state": state.value})
            self._ledger.record((change,), "ping")

    def _note_stopped(self, expected: dict[str, int], running: set[str]) -> None:
        """A machine that its host does not run is Stopped, unless something has changed since."""
        for vm_id in [vm_id for vm_id in expected if vm_id not in running]:
            vm = self._inventory.find(Vm, vm_id)
            if vm is None or vm.rev != expected[vm_id] or vm.job_id:
                continue
            if admits("vm", vm.state, "AgentReportStopped"):
                fields = {"host_id": "", "last_host_id": vm.host_id}
                stopped = Change(kind="vm", id=vm.id, event="AgentReportStopped", fields=fields)
                self._ledger.record((stopped,), "ping")

    async def _sweep(self) -> None:
        """Forget jobs that ended job.expire.minutes ago, and request keys after a day."""
        now_s = self._runtime.now()
        before_s = now_s - self._settings.number("job.expire.minutes") * 60
        jobs = self._jobs.before(before_s, now_s)
        keys = self._keys.before(now_s - KEY_LIFE_S, now_s)
        gone = [Drop(kind=KIND_OF[type(old)], id=old.id) for old in (*jobs, *keys)][:SWEEP_MAX]
        if gone:
            await self._ledger.durable(self._ledger.record(gone, "expiry"))
