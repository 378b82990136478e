"""Starts the rounds: each is done, then again after as long as it says."""

from collections.abc import Callable

from core.actors.rounds.capacity_alerts import CapacityAlerts
from core.actors.rounds.disk_usage import DiskUsage
from core.actors.rounds.forgetting import Forgetting
from core.actors.rounds.host_ping import HostPing
from core.actors.rounds.link_cleanup import LinkCleanup
from core.actors.rounds.recurring_snapshots import RecurringSnapshots
from core.actors.rounds.round import Means, Round
from core.actors.rounds.storage_statistics import StorageStatistics
from core.actors.rounds.system_vms import SystemVms
from core.actors.rounds.template_cleanup import TemplateCleanup
from core.actors.rounds.upload_monitor import UploadMonitor
from core.actors.rounds.vm_cleanup import VmCleanup
from core.actors.rounds.vm_snapshot_cleanup import VmSnapshotCleanup
from core.actors.rounds.volume_cleanup import VolumeCleanup
from core.actors.rounds.volume_statistics import VolumeStatistics
from core.model import errors
from core.runtime import Nursery, Scope

ROUNDS: tuple[Callable[[Means], Round], ...] = (
    StorageStatistics,
    HostPing,
    Forgetting,
    RecurringSnapshots,
    LinkCleanup,
    UploadMonitor,
    VmCleanup,
    VmSnapshotCleanup,
    VolumeCleanup,
    VolumeStatistics,
    DiskUsage,
    SystemVms,
    CapacityAlerts,
    TemplateCleanup,
)


class Scheduler:
    """Runs each round, then sleeps as long as it says; what a setting says counts at once."""

    def __init__(self, means: Means) -> None:
        self._means = means
        self._asleep: dict[Round, Scope] = {}
        self._failed = 0

    def start(self, nursery: Nursery) -> None:
        """Start the rounds."""
        for make in ROUNDS:
            nursery.start_soon(self._every, make(self._means))

    def reconsider(self) -> None:
        """Let every round sleep as long as it says now, counted from when it lay down."""
        for scope in self._asleep.values():
            scope.cancel()

    async def _every(self, work: Round) -> None:
        while True:
            await self._sleep(work)
            try:
                await work.run()
            except errors.ForebayError:
                # The journal refuses, or an actor is swamped: the next time sees it again.
                self._failed += 1

    async def _sleep(self, work: Round) -> None:
        now = self._means.runtime.now
        began_s, woken = now(), True
        while woken:
            with self._means.runtime.scope() as scope:
                self._asleep[work] = scope
                await self._means.runtime.sleep(max(0.0, began_s + work.pause_s() - now()))
            woken = scope.cancelled
        del self._asleep[work]

    def statistics(self) -> dict[str, int]:
        """How often a round was given up."""
        return {"rounds_failed": self._failed}
