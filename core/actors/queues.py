"""The throttled queues in which jobs wait for a place, one for each thing that a setting limits."""

from collections.abc import Callable
from typing import NamedTuple

from core.actors.turnstile import Turnstile
from core.model.inventory import Inventory
from core.model.records import SystemVm
from core.model.settings import Settings
from core.model.states import SystemVmState
from core.runtime import Nursery, Runtime
from core.throttle.fifo import FirstInFirstOut
from core.throttle.policy import Limits


class Queue(NamedTuple):
    """One kind of queue; `places` says how many may go at a time, 0 is no limit.

    what: of which jobs. setting: what to raise when it is too slow.
    """

    what: str
    setting: str
    places: Callable[[Settings, Inventory, str], int]


def _snapshots(settings: Settings, inventory: Inventory, host_id: str) -> int:
    return settings.whole("concurrent.snapshots.threshold.perhost")


def _migrations(settings: Settings, inventory: Inventory, pool_id: str) -> int:
    return settings.whole("concurrent.migrations.per.target.datastore")


def _sessions(settings: Settings, inventory: Inventory, zone_id: str) -> int:
    """Every system VM carries so many copies; without one, as if there were one."""
    vms = inventory.having(SystemVm, "zone", zone_id)
    running = sum(1 for vm in vms if vm.state is SystemVmState.RUNNING)
    return settings.whole("secstorage.max.migrate.sessions") * max(1, running)


# kind of the thing that a job's slot names: its queue
QUEUES: dict[str, Queue] = {
    "host": Queue("snapshots", "concurrent.snapshots.threshold.perhost", _snapshots),
    "pool": Queue("migrations", "concurrent.migrations.per.target.datastore", _migrations),
    "zone": Queue("copies", "secstorage.max.migrate.sessions", _sessions),
}


class Queues:
    """Makes each queue when a job first names its slot ("<kind>/<id>"), and finds it again."""

    def __init__(
        self, runtime: Runtime, inventory: Inventory, settings: Settings, nursery: Nursery
    ) -> None:
        self._runtime = runtime
        self._inventory = inventory
        self._settings = settings
        self._nursery = nursery
        self._turnstiles: dict[str, Turnstile] = {}

    def turnstile(self, slot: str) -> Turnstile:
        """The turnstile of that slot."""
        turnstile = self._turnstiles.get(slot)
        if turnstile is None:
            turnstile = self._turnstiles[slot] = self._make(slot)
            self._nursery.start_soon(turnstile.watch_time)
        return turnstile

    def _make(self, slot: str) -> Turnstile:
        kind, _, thing_id = slot.partition("/")
        queue = QUEUES[kind]

        def limits() -> Limits:
            return Limits(
                places=max(0, queue.places(self._settings, self._inventory, thing_id)),
                wait_s=self._settings.number("job.expire.minutes") * 60,
            )

        return Turnstile(
            self._runtime, slot, FirstInFirstOut(), limits, what=queue.what, setting=queue.setting
        )

    def reconsider(self) -> None:
        """Let every queue decide again, because a setting or what it counts has changed."""
        for turnstile in self._turnstiles.values():
            turnstile.decide()

    def statistics(self) -> dict[str, int]:
        """How many wait and run, by what they are."""
        sums: dict[str, int] = {}
        for slot, turnstile in self._turnstiles.items():
            what = QUEUES[slot.partition("/")[0]].what
            for name, value in turnstile.statistics().items():
                sums[f"{what}_{name}"] = sums.get(f"{what}_{name}", 0) + value
        return sums
