"""What volumes take on their pools and how much their guests read and write, as both report."""

from typing import cast

from core.actors.rounds.disk_counters import disk_counters, reports
from core.actors.rounds.round import Means, no_progress
from core.driver_words import StoredObject
from core.model import errors
from core.model.measure import VolumeMeasure, next_measure
from core.model.records import Pool, Volume
from core.model.states import PoolState
from core.plans.operation import ListDisks


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
        counters = await disk_counters(self._means)
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
