"""What guests have read and written, by volume, as their host tells."""

from typing import cast

from core.actors.rounds.round import Means, no_progress
from core.driver_words import DiskStatistics
from core.model import errors
from core.model.hypervisors import served_by
from core.model.measure import Counters
from core.model.records import Host, Volume
from core.model.states import HostState
from core.plans.operation import MeasureDisks


async def disk_counters(means: Means) -> dict[str, Counters]:
    """Of each host whose hypervisor reports volumes; what does not answer tells nothing."""
    found: dict[str, Counters] = {}
    for host in list(means.inventory.all(Host)):
        if host.state is HostState.UP and reports(host.hypervisor):
            found.update(await _of_host(means, host.id))
    return found


async def _of_host(means: Means, host_id: str) -> dict[str, Counters]:
    actor = means.cast.actor(f"host/{host_id}")
    try:
        answer = await actor.ask(f"counters-{host_id}", MeasureDisks(), no_progress)
    except errors.ForebayError:
        return {}
    found: dict[str, Counters] = {}
    for disk in cast("tuple[DiskStatistics, ...]", answer):
        for volume in means.inventory.having(Volume, "vm", disk.vm_id):
            if volume.device_id == disk.device_id:
                found[volume.id] = Counters(
                    disk.read_bytes,
                    disk.write_bytes,
                    disk.read_operations,
                    disk.write_operations,
                )
    return found


def reports(hypervisor: str) -> bool:
    """Whether the hypervisor reports sizes and rates of volumes; "" and Any may hold such."""
    return any(row.volume_statistics for row in served_by(hypervisor))
