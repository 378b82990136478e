"""Garbage collection of volumes: what was destroyed long enough ago is removed for good."""

from core.actors.rounds.round import Means, owner_of
from core.model import errors
from core.model.commands.internal import ExpungeVolume
from core.model.inventory import Inventory
from core.model.records import Vm, Volume
from core.model.states import VmState, VolumeState
from core.plans.step import change


class VolumeCleanup:
    """Expunges volumes older than expunge.delay, every expunge.interval (decision 0013)."""

    def __init__(self, means: Means) -> None:
        self._means = means

    def pause_s(self) -> float:
        """Seconds until the next look."""
        return self._means.settings.number("expunge.interval")

    async def run(self) -> None:
        """Begin a job for each volume that is due; one that is refused waits for the next look."""
        if not self._means.settings.flag("storage.cleanup.enabled"):
            return
        now_s = self._means.runtime.now()
        self._date(now_s)
        before_s = now_s - self._means.settings.number("expunge.delay")
        for volume in due(self._means.inventory, before_s):
            try:
                await self._means.submit(ExpungeVolume(id=volume.id), owner_of(volume))
            except errors.ForebayError:
                continue

    def _date(self, now_s: float) -> None:
        """A volume that does not know when it was destroyed counts from now."""
        undated = [
            change(volume, destroyed_s=now_s)
            for volume in self._means.inventory.all(Volume)
            if volume.state is VolumeState.DESTROY and not volume.destroyed_s
        ]
        if undated:
            self._means.ledger.record(undated, "garbage collection")


def due(inventory: Inventory, before_s: float) -> list[Volume]:
    """Volumes destroyed before that moment; a destroyed machine's root disk goes with it."""
    return [
        volume
        for volume in inventory.all(Volume)
        if volume.state is VolumeState.DESTROY
        and volume.destroyed_s <= before_s
        and not _belongs_to_destroyed_vm(inventory, volume)
    ]


def _belongs_to_destroyed_vm(inventory: Inventory, volume: Volume) -> bool:
    vm = inventory.find(Vm, volume.vm_id) if volume.type == "ROOT" else None
    return vm is not None and vm.state is VmState.DESTROYED
