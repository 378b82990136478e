"""What guests do with their disks, remembered for a while."""

from core.actors.rounds.disk_counters import disk_counters
from core.actors.rounds.round import Means

INTERVAL, RETENTION = "vm.disk.stats.interval", "vm.disk.stats.max.retention.time"
OFF_S = 60.0
"""How often it is looked whether it was switched on."""


class DiskUsage:
    """Asks all hosts, every vm.disk.stats.interval; 0 is off, and forgets."""

    def __init__(self, means: Means) -> None:
        self._means = means

    def pause_s(self) -> float:
        """Seconds until the next look."""
        return self._means.settings.number(INTERVAL) or OFF_S

    async def run(self) -> None:
        """Look at all disks that are open."""
        settings, usage = self._means.settings, self._means.inventory.usage
        if not settings.number(INTERVAL):
            usage.forget()
            return
        seen = await disk_counters(self._means)
        usage.add(self._means.runtime.now(), seen, settings.number(RETENTION) * 60)
