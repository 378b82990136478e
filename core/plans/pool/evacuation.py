"""How running machines leave a pool: each of their disks there is mirrored to another pool."""

from core.model import errors
from core.model.commands.volume import MigrateVolume
from core.model.records import DiskOffering, Host, Vm, Volume
from core.plans.context import Context
from core.plans.placement import NOTHING, Promised, choose_pool, need_of
from core.plans.step import Step
from core.plans.volume import migrate


class Evacuation:
    """Plans the moves of one machine after the other; what is promised once is not given twice."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._promised: dict[str, Promised] = {}

    def moves(self, vm: Vm, volumes: list[Volume]) -> tuple[Step, ...]:
        """Move these volumes of a running machine; no steps at all when one of them cannot move."""
        before = dict(self._promised)
        try:
            return tuple(step for volume in volumes for step in self._move(vm, volume))
        except errors.ForebayError:
            self._promised = before
            return ()

    def _move(self, vm: Vm, volume: Volume) -> tuple[Step, ...]:
        context = self._context
        host = context.inventory.get(Host, vm.host_id)
        offering = context.inventory.get(DiskOffering, volume.disk_offering_id)
        target = choose_pool(context, need_of(volume, offering, host), self._promised)
        command = MigrateVolume(volume_id=volume.id, storage_id=target.id, live_migrate=True)
        migrate.check(context, command)
        self._promised[target.id] = self._promised.get(target.id, NOTHING).and_for(volume)
        return migrate.plan(context, command, volume.id).steps
