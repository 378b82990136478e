"""What volumes take on their pools and how much their guests read and write, as both report."""

from typing import cast

from core.actors.rounds.round import Means, no_progress
from core.driver_words import DiskStatistics, StoredObject
from core.model import errors
from core.model.hypervisors import HYPERVISORS
from core.model.measure import VolumeMeasure, next_measure
from core.model.records import Host, Pool, Volume
from core.model.states import HostState, PoolState
from core.plans.operation import ListDisks, MeasureDisks

Counters = tuple[int, int, int, int]


class VolumeStatistics:
    """Asks hosts and pools whose hypervisor reports volumes, every volume.stats.interval."""

    def __init__(self, means: Means) -> None:
        self._means = means

    def pause_s(self) -> float:
        """Seconds until the next look."""
        return self._means.settings.number("volume.stats.interval") / 1000

    async def run(self) -> None:
        """Look at each pool and host once; what does not answer keeps nothing."""
        inventory = self._means.inventory
        sizes: dict[str, int] = {}
        for pool in list(inventory.all(Pool)):
            if pool.state is PoolState.UP and reports(pool.hypervisor):
                sizes.update(await self._sizes(pool.id))
        counters: dict[str, Counters] = {}
        for host in list(inventory.all(Host)):
            if host.state is HostState.UP and reports(host.hypervisor):
                counters.update(await self._counters(host.id))
        now_s = self._means.runtime.now()
        seen: dict[str, VolumeMeasure] = {}
        for volume_id in dict.fromkeys((*sizes, *counters)):
            if inventory.find(Volume, volume_id) is not None:
                before = inventory.measures.get(volume_id)
                size, counted = sizes.get(volume_id, 0), counters.get(volume_id)
                seen[volume_id] = next_measure(before, now_s, size, counted)
        inventory.measures = seen

    async def _sizes(self, pool_id: str) -> dict[str, int]:
        """Bytes that each disk takes there; a disk's file may have an ending."""
        actor = self._means.cast.actor(f"pool/{pool_id}")
        try:
            answer = await actor.ask(f"disks-{pool_id}", ListDisks(), no_progress)
        except errors.ForebayError:
            return {}
        entries = cast("tuple[StoredObject, ...]", answer)
        return {entry.path.partition(".")[0]: entry.size_bytes for entry in entries}

    async def _counters(self, host_id: str) -> dict[str, Counters]:
        actor = self._means.cast.actor(f"host/{host_id}")
        try:
            answer = await actor.ask(f"counters-{host_id}", MeasureDisks(), no_progress)
        except errors.ForebayError:
            return {}
        found: dict[str, Counters] = {}
        for disk in cast("tuple[DiskStatistics, ...]", answer):
            for volume in self._means.inventory.having(Volume, "vm", disk.vm_id):
                if volume.device_id == disk.device_id:
                    found[volume.id] = (
                        disk.read_bytes,
                        disk.write_bytes,
                        disk.read_operations,
                        disk.write_operations,
                    )
        return found


def reports(hypervisor: str) -> bool:
    """Whether the hypervisor reports sizes and rates of volumes; "" and Any may hold such."""
    rows = [row for name, row in HYPERVISORS.items() if hypervisor in ("", "Any", name)]
    return any(row.volume_statistics for row in rows)
