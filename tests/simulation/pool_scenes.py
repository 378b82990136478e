"""Scenes of the commands about primary storage pools."""

from msgspec.structs import replace

from core.model.commands.command import Command
from core.model.commands.internal import AddLocalPool, AdoptDatastores
from core.model.commands.pool import (
    CancelStorageMaintenance,
    ChangeStoragePoolScope,
    ConfigureStorageAccess,
    CreateStoragePool,
    DeleteStoragePool,
    EnableStorageMaintenance,
    SyncStoragePool,
    UpdateStorageCapabilities,
    UpdateStoragePool,
)
from core.model.commands.volume import DetachVolume, MigrateVolume
from core.model.records import Host, Pool
from core.model.states import VolumeState
from sim.spec import GIB
from tests.simulation.scene import Scene
from tests.simulation.stage import Stage, create_pool

MAINTAINED = frozenset({"pool", "pool_work"})


async def _add_local(stage: Stage) -> Command:
    (host,) = stage.inventory.all(Host)
    return AddLocalPool(host_id=host.id, uuid="local-1", path="/mnt/l1")


async def _enable(stage: Stage) -> Command:
    """A machine runs with a volume on each of two pools."""
    await stage.machine()
    return EnableStorageMaintenance(id=stage.volume("root").pool_id)


async def _evacuate(stage: Stage) -> Command:
    """The machine's disks can be mirrored to the other pool."""
    await stage.machine()
    return EnableStorageMaintenance(id=stage.volume("root").pool_id, migrate=True)


async def _cancel(stage: Stage) -> Command:
    command = await _enable(stage)
    assert isinstance(command, EnableStorageMaintenance)
    await stage.do(command)
    return CancelStorageMaintenance(id=command.id)


async def _delete(stage: Stage) -> Command:
    """A pool in maintenance holds nothing but a destroyed volume."""
    await stage.machine()
    data = stage.ids["data"]
    await stage.do(DetachVolume(id=data))
    if stage.volume("data").pool_id == stage.volume("root").pool_id:
        await stage.do(MigrateVolume(volume_id=data, storage_id=stage.other_pool("data")))
    destroyed = replace(stage.volume("data"), state=VolumeState.DESTROY)
    await stage.plane.found([destroyed])
    await stage.do(EnableStorageMaintenance(id=destroyed.pool_id))
    return DeleteStoragePool(id=destroyed.pool_id, forced=True)


async def _change_scope(stage: Stage) -> Command:
    await stage.do(create_pool("p2", "nfs"))
    await stage.do(UpdateStoragePool(id=stage.pool("p2"), enabled=False))
    return ChangeStoragePoolScope(id=stage.pool("p2"), scope="ZONE")


def create_cluster() -> CreateStoragePool:
    """A command createStoragePool of the site's datastore cluster."""
    return CreateStoragePool(
        zone_id="z1",
        name="dsc",
        url="datastorecluster://dsc/datacenter/dsc",
        scope="ZONE",
        hypervisor="VMware",
    )


async def _create_cluster(stage: Stage) -> Command:
    return create_cluster()


async def _sync(stage: Stage) -> Command:
    """One datastore has come since, the other has left."""
    stage.world.pools["ds2"].parent = ""
    await stage.do(create_cluster())
    stage.world.pools["ds1"].parent, stage.world.pools["ds2"].parent = "", "dsc"
    return SyncStoragePool(id=stage.pool("dsc"))


async def _adopt(stage: Stage) -> Command:
    stage.world.pools["ds2"].parent = ""
    await stage.do(create_cluster())
    cluster = stage.inventory.get(Pool, stage.pool("dsc"))
    await stage.plane.found([replace(cluster, child_urls=("vmfs://ds2/datacenter/ds2",))])
    return AdoptDatastores(id=cluster.id)


async def _configure_access(stage: Stage) -> Command:
    return ConfigureStorageAccess(zone_id="z1", storage_access_groups="gold")


async def _refresh(stage: Stage) -> Command:
    stage.world.pools["p1"].room.capacity_bytes += GIB
    return UpdateStorageCapabilities(id=stage.pool("p1"))


SCENES: dict[str, Scene] = {
    "configureStorageAccess": Scene(_configure_access, reaches_out=False),
    "createStoragePool of datastores": Scene(_create_cluster),
    "updateStorageCapabilities": Scene(_refresh),
    "syncStoragePool": Scene(_sync, frozenset({"pool"})),
    "adoptDatastores": Scene(_adopt, frozenset({"pool"})),
    "addLocalPool": Scene(_add_local),
    "enableStorageMaintenance": Scene(_enable, MAINTAINED),
    "enableStorageMaintenance, migrating": Scene(_evacuate, MAINTAINED | {"volume"}),
    "cancelStorageMaintenance": Scene(_cancel, MAINTAINED),
    "deleteStoragePool": Scene(_delete),
    "changeStoragePoolScope": Scene(_change_scope),
}
