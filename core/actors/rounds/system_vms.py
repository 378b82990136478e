"""Keeps as many system VMs in each zone as its copies between image stores need."""

from uuid import NAMESPACE_URL, uuid5

from core.actors.rounds.round import Means
from core.model import errors
from core.model.records import Host, ImageStore, Job, SystemVm, Zone
from core.model.states import SystemVmState
from core.plans.step import Add, Drop, Effect
from core.throttle.scale import Load, Scale, change

CAUSE = "secondary storage"
FIRST_S = 60.0


class SystemVms:
    """Looks at every zone with an image store, every secstorage.capacityscan.interval."""

    def __init__(self, means: Means) -> None:
        self._means = means
        self._inventory = means.inventory
        self._looked = False

    def pause_s(self) -> float:
        """Seconds until the next look; the first one comes later."""
        scan_s = self._means.settings.number("secstorage.capacityscan.interval") / 1000
        return scan_s if self._looked else FIRST_S

    async def run(self) -> None:
        """Add one or let one go in each zone, at most."""
        self._looked = True
        effects = [effect for zone in self._inventory.all(Zone) for effect in self._tended(zone)]
        if not effects:
            return
        try:
            self._means.ledger.record(effects, CAUSE)
        except errors.Unavailable:
            return
        self._means.reconsider()

    def _tended(self, zone: Zone) -> tuple[Effect, ...]:
        vms = list(self._inventory.having(SystemVm, "zone", zone.id))
        stores = self._stores(zone)
        if not stores:
            return tuple(Drop(kind="system_vm", id=vm.id) for vm in vms)
        newest = max(vms, key=lambda vm: (vm.created_s, vm.name), default=None)
        due = change(self._load(zone, vms, newest, stores), self._scale())
        if due > 0:
            return (Add(record=self._another(zone)),)
        if due < 0 and newest is not None:
            return (Drop(kind="system_vm", id=newest.id),)
        return ()

    def _stores(self, zone: Zone) -> list[ImageStore]:
        stores = self._inventory.all(ImageStore)
        return [store for store in stores if store.up and store.zone_id in ("", zone.id)]

    def _load(
        self,
        zone: Zone,
        vms: list[SystemVm],
        newest: SystemVm | None,
        stores: list[ImageStore],
    ) -> Load:
        now_s = self._means.runtime.now()
        copies = self._inventory.having(Job, "slot", f"zone/{zone.id}")
        actors = (self._means.cast.actor(f"image_store/{store.id}") for store in stores)
        return Load(
            running=sum(1 for vm in vms if vm.state is SystemVmState.RUNNING),
            hosts=len(self._inventory.having(Host, "zone", zone.id)),
            working=sum(actor.statistics()["working"] for actor in actors),
            waited_s=tuple(now_s - job.created_s for job in copies),
            since_last_s=now_s - newest.created_s if newest is not None else now_s,
        )

    def _scale(self) -> Scale:
        settings = self._means.settings
        return Scale(
            additional=settings.whole("max.ssvm.count"),
            sessions=settings.whole("secstorage.session.max"),
            copies=settings.whole("secstorage.max.migrate.sessions"),
            standby=settings.whole("secstorage.capacity.standby"),
            wait_s=settings.number("max.data.migration.wait.time") * 60,
            shrinks=settings.flag("secstorage.vm.auto.scale.down"),
        )

    def _another(self, zone: Zone) -> SystemVm:
        """The next number that no system VM has; its id follows from zone and name."""
        taken = {vm.name for vm in self._inventory.all(SystemVm)}
        number = next(n for n in range(1, len(taken) + 2) if f"s-{n}-VM" not in taken)
        name = f"s-{number}-VM"
        return SystemVm(
            id=str(uuid5(NAMESPACE_URL, f"{zone.id}/{name}")),
            created_s=self._means.runtime.now(),
            name=name,
            zone_id=zone.id,
        )
