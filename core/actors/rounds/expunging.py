"""Expunges what was destroyed long enough ago: volumes, and machines.

Source: the guide, "Volume Deletion and Garbage Collection"; semantics section 9.5.
"""

from core.actors.rounds.round import Means
from core.model import errors
from core.model.access import SYSTEM
from core.model.commands.command import Command
from core.model.commands.vm import DestroyVirtualMachine
from core.model.commands.volume import DeleteVolume
from core.model.records import Vm, Volume
from core.model.states import VmState, VolumeState


class Expunging:
    """Looks every expunge.interval for what is older than expunge.delay."""

    def __init__(self, means: Means) -> None:
        self._means = means

    def pause_s(self) -> float:
        """Seconds until the next look."""
        return self._means.settings.number("expunge.interval")

    async def run(self) -> None:
        """Begin a job for each; one that is refused now is tried at the next look."""
        inventory = self._means.inventory
        before_s = self._means.runtime.now() - self._means.settings.number("expunge.delay")
        due: list[Command] = [
            DestroyVirtualMachine(id=vm.id, expunge=True)
            for vm in inventory.all(Vm)
            if vm.state is VmState.DESTROYED and not vm.job_id and vm.destroyed_s <= before_s
        ]
        due += [
            DeleteVolume(id=volume.id)
            for volume in inventory.all(Volume)
            if volume.state is VolumeState.DESTROY
            and not volume.vm_id
            and volume.destroyed_s <= before_s
        ]
        for command in due:
            try:
                await self._means.submit(command, SYSTEM)
            except errors.ForebayError:
                continue
