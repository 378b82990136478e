"""Scenes of the commands about hosts, and of those that move machines."""

from msgspec.structs import replace

from core.model.commands.command import Command
from core.model.commands.host import (
    CancelHostMaintenance,
    DeleteHost,
    PrepareHostForMaintenance,
    ReconnectHost,
)
from core.model.commands.internal import AddLocalPool, EvacuateMachine
from core.model.commands.migration import (
    MigrateVirtualMachine,
    MigrateVirtualMachineWithVolume,
    VolumeTarget,
)
from core.model.commands.offering import CreateDiskOffering
from core.model.commands.vm import StopVirtualMachine
from core.model.commands.volume import AttachVolume, CreateVolume
from core.model.records import Host, Vm, Zone
from tests.simulation.scene import Scene
from tests.simulation.stage import Stage, add_host


async def _two_hosts(stage: Stage) -> None:
    """A machine on h1, and another host beside it."""
    await stage.machine()
    stage.ids["h1"] = stage.inventory.get(Vm, stage.ids["vm"]).host_id
    stage.ids["h2"] = (await stage.do(add_host("h2")))["id"]


async def _to_host(stage: Stage) -> Command:
    await _two_hosts(stage)
    return MigrateVirtualMachine(virtual_machine_id=stage.ids["vm"], host_id=stage.ids["h2"])


async def _to_pool(stage: Stage) -> Command:
    await stage.machine()
    await stage.do(StopVirtualMachine(id=stage.ids["vm"]))
    return MigrateVirtualMachine(
        virtual_machine_id=stage.ids["vm"], storage_id=stage.other_pool("root")
    )


async def _with_volume(stage: Stage) -> Command:
    """Both disks go along, to the pool that the other one is on."""
    await _two_hosts(stage)
    return MigrateVirtualMachineWithVolume(
        virtual_machine_id=stage.ids["vm"],
        host_id=stage.ids["h2"],
        migrate_to=tuple(
            VolumeTarget(volume=stage.ids[name], pool=stage.other_pool(name))
            for name in ("root", "data")
        ),
    )


async def _volumes_of_stopped(stage: Stage) -> Command:
    command = await _with_volume(stage)
    assert isinstance(command, MigrateVirtualMachineWithVolume)
    await stage.do(StopVirtualMachine(id=stage.ids["vm"]))
    return replace(command, host_id=None)


async def _prepare(stage: Stage) -> Command:
    await _two_hosts(stage)
    return PrepareHostForMaintenance(id=stage.ids["h1"])


async def _prepare_last(stage: Stage) -> Command:
    """Without another host the machine is stopped."""
    await stage.machine()
    return PrepareHostForMaintenance(id=stage.inventory.get(Vm, stage.ids["vm"]).host_id)


async def _cancel(stage: Stage) -> Command:
    await stage.do(await _prepare(stage))
    return CancelHostMaintenance(id=stage.ids["h1"])


async def _reconnect(stage: Stage) -> Command:
    (host,) = stage.inventory.all(Host)
    return ReconnectHost(id=host.id)


async def _delete(stage: Stage) -> Command:
    """The machine has left."""
    await stage.do(await _prepare(stage))
    return DeleteHost(id=stage.ids["h1"])


async def local_volume(stage: Stage) -> str:
    """A data volume on the local storage of h1, attached to the machine there."""
    (host,) = stage.inventory.all(Host)
    zone = stage.inventory.get(Zone, "z1")
    await stage.plane.found([replace(zone, local_storage_enabled=True)])
    await stage.do(AddLocalPool(host_id=host.id, uuid="local-1", path="/mnt/l1"))
    offering = CreateDiskOffering(name="local", disk_size=1, storage_type="local")
    offering_id = (await stage.do(offering))["id"]
    volume: str = await stage.do(CreateVolume(disk_offering_id=offering_id, zone_id="z1"))
    await stage.do(AttachVolume(id=volume, virtual_machine_id=stage.ids["vm"]))
    return volume


async def _delete_forced(stage: Stage) -> Command:
    """It is stopped there, and its local volume is lost."""
    await stage.machine()
    await local_volume(stage)
    (host,) = stage.inventory.all(Host)
    return DeleteHost(id=host.id, forced=True, force_destroy_local_storage=True)


async def _evacuate(stage: Stage) -> Command:
    """It has nothing to do where no maintenance is under way."""
    await _two_hosts(stage)
    return EvacuateMachine(id=stage.ids["vm"], host_id=stage.ids["h1"])


SCENES: dict[str, Scene] = {
    "migrateVirtualMachineWithVolume, running": Scene(_with_volume),
    "migrateVirtualMachineWithVolume, stopped": Scene(_volumes_of_stopped),
    "prepareHostForMaintenance": Scene(_prepare, frozenset({"host"})),
    "prepareHostForMaintenance, last host": Scene(_prepare_last, frozenset({"host"})),
    "cancelHostMaintenance": Scene(_cancel, reaches_out=False),
    "reconnectHost": Scene(_reconnect),
    "deleteHost": Scene(_delete, reaches_out=False),
    "deleteHost, forced": Scene(_delete_forced, frozenset({"vm", "volume"})),
    "evacuateMachine": Scene(_evacuate, reaches_out=False),
    "migrateVirtualMachine, to a host": Scene(_to_host),
    "migrateVirtualMachine, to a pool": Scene(_to_pool),
}
