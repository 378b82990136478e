"""Garbage collection of machines: what was destroyed long enough ago is expunged."""

from core.actors.rounds.round import Means, owner_of
from core.model import errors
from core.model.commands.vm import ExpungeVirtualMachine
from core.model.inventory import Inventory
from core.model.records import Vm
from core.model.states import VmState
from core.plans.step import change


class VmCleanup:
    """Expunges machines destroyed longer ago than expunge.delay, every expunge.interval.

    storage.cleanup.enabled is about volumes, templates and snapshots; it stops nothing here
    (semantics section 3.4).
    """

    def __init__(self, means: Means) -> None:
        self._means = means

    def pause_s(self) -> float:
        """Seconds until the next look."""
        return self._means.settings.number("expunge.interval")

    async def run(self) -> None:
        """Begin a job for each machine that is due; one that is refused waits for the next look."""
        now_s = self._means.runtime.now()
        self._date(now_s)
        before_s = now_s - self._means.settings.number("expunge.delay")
        for vm in due(self._means.inventory, before_s):
            try:
                await self._means.submit(ExpungeVirtualMachine(id=vm.id), owner_of(vm))
            except errors.ForebayError:
                continue

    def _date(self, now_s: float) -> None:
        """A machine that does not know when it was destroyed counts from now."""
        undated = [
            change(vm, destroyed_s=now_s)
            for vm in self._means.inventory.all(Vm)
            if vm.state is VmState.DESTROYED and not vm.destroyed_s
        ]
        if undated:
            self._means.ledger.record(undated, "garbage collection")


def due(inventory: Inventory, before_s: float) -> list[Vm]:
    """Machines destroyed before that moment."""
    return [
        vm
        for vm in inventory.all(Vm)
        if vm.state is VmState.DESTROYED and vm.destroyed_s <= before_s
    ]
