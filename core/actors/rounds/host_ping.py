"""Which hosts answer, and which of their machines still run."""

from core.actors.rounds.datastores import Datastores
from core.actors.rounds.local_storage import LocalStorage
from core.actors.rounds.round import Means, no_progress
from core.driver_words import HostStatus
from core.model import errors
from core.model.records import Host, Vm
from core.model.states import HostState
from core.model.transitions import admits
from core.plans.operation import ProbeHost
from core.plans.step import change


class HostPing:
    """Asks every host, every ping.interval."""

    def __init__(self, means: Means) -> None:
        self._means = means
        self._inventory = means.inventory
        self._local_storage = LocalStorage(means)
        self._datastores = Datastores(means)

    def pause_s(self) -> float:
        """Seconds until the next look."""
        return self._means.settings.number("ping.interval")

    async def run(self) -> None:
        """Look at each, one after the other."""
        for host in list(self._inventory.all(Host)):
            if host.state is not HostState.CREATING:
                await self._look_at(host)

    async def _look_at(self, host: Host) -> None:
        """Note whether it answers, and which of its machines have stopped by themselves."""
        expected = {vm.id: vm.rev for vm in self._inventory.having(Vm, "host", host.id)}
        state = HostState.UP
        actor = self._means.cast.actor(f"host/{host.id}")
        try:
            status = await actor.ask(f"ping-{host.id}", ProbeHost(), no_progress)
        except errors.ForebayError:
            state = HostState.ALERT
            self._datastores.lost(host)
        else:
            assert isinstance(status, HostStatus)
            self._note_stopped(expected, {guest.vm_id for guest in status.guests})
            await self._local_storage.take_in(host, status)
            await self._datastores.connected(host)
        known = self._inventory.find(Host, host.id)
        if known is not None and known.state is not state:
            self._means.ledger.record((change(known, state=state.value),), "ping")

    def _note_stopped(self, expected: dict[str, int], running: set[str]) -> None:
        """A machine that its host does not run is Stopped, unless something has changed since."""
        for vm_id in [vm_id for vm_id in expected if vm_id not in running]:
            vm = self._inventory.find(Vm, vm_id)
            if vm is None or vm.rev != expected[vm_id] or vm.job_id:
                continue
            if admits("vm", vm.state, "AgentReportStopped"):
                stopped = change(vm, "AgentReportStopped", host_id="", last_host_id=vm.host_id)
                self._means.ledger.record((stopped,), "ping")
