"""Snapshots of whole machines that are older than their account may keep them are deleted."""

from core.actors.rounds.round import ITSELF, Means
from core.model import errors
from core.model.commands.vm_snapshot import DeleteVMSnapshot
from core.model.inventory import Inventory
from core.model.records import VmSnapshot
from core.model.settings import Settings
from core.model.states import VmSnapshotState

SETTING = "vmsnapshot.expire.interval"
HOUR_S = 3600.0


class VmSnapshotCleanup:
    """Deletes what is older than vmsnapshot.expire.interval hours, every hour."""

    def __init__(self, means: Means) -> None:
        self._means = means

    def pause_s(self) -> float:
        """Seconds until the next look."""
        return HOUR_S

    async def run(self) -> None:
        """Begin a job for each that is due; one that is refused waits for the next look."""
        means = self._means
        for taken in due(means.inventory, means.settings, means.runtime.now()):
            try:
                await means.submit(DeleteVMSnapshot(id=taken.id), ITSELF)
            except errors.ForebayError:
                continue


def due(inventory: Inventory, settings: Settings, now_s: float) -> list[VmSnapshot]:
    """Ready snapshots older than their accounts admit; a negative age admits any."""
    found: list[VmSnapshot] = []
    for taken in inventory.all(VmSnapshot):
        hours = settings.whole(SETTING, ("account", taken.account_id))
        is_old = 0 <= hours * HOUR_S < now_s - taken.created_s
        if is_old and taken.state is VmSnapshotState.READY:
            found.append(taken)
    return found
