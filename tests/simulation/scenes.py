"""For every command with a plan, scenes that lead to it: to be failed, repeated and cut off."""

from core.model.commands.command import Command
from core.model.commands.snapshot import CreateSnapshot, DeleteSnapshot
from core.model.commands.vm import (
    DestroyVirtualMachine,
    StartVirtualMachine,
    StopVirtualMachine,
)
from core.model.commands.volume import (
    AttachVolume,
    CreateVolume,
    DeleteVolume,
    DetachVolume,
    MigrateVolume,
    ResizeVolume,
)
from tests.simulation import (
    account_scenes,
    host_scenes,
    image_scenes,
    upload_scenes,
    vm_scenes,
    vm_snapshot_scenes,
    volume_scenes,
)
from tests.simulation.pool_scenes import SCENES as POOL_SCENES
from tests.simulation.scene import Scene
from tests.simulation.secondary_scenes import SCENES as SECONDARY_SCENES
from tests.simulation.snapshot_scenes import SCENES as SNAPSHOT_SCENES
from tests.simulation.stage import Stage, add_host, add_store, create_pool, deploy, register


async def _add_host(stage: Stage) -> Command:
    return add_host("h2")


async def _create_pool(stage: Stage) -> Command:
    return create_pool("p2", "nfs")


async def _add_store(stage: Stage) -> Command:
    return add_store("s2")


async def _register(stage: Stage) -> Command:
    return register("root")


async def _deploy(stage: Stage) -> Command:
    return deploy(stage)


async def _start(stage: Stage) -> Command:
    await stage.machine()
    await stage.do(StopVirtualMachine(id=stage.ids["vm"]))
    return StartVirtualMachine(id=stage.ids["vm"])


async def _stop(stage: Stage) -> Command:
    await stage.machine()
    return StopVirtualMachine(id=stage.ids["vm"])


async def _destroy(stage: Stage) -> Command:
    await stage.machine()
    return DestroyVirtualMachine(id=stage.ids["vm"], expunge=True, volume_ids=(stage.ids["data"],))


async def _create_from_snapshot(stage: Stage) -> Command:
    await stage.machine()
    snapshot = await stage.do(CreateSnapshot(volume_id=stage.ids["data"]))
    return CreateVolume(snapshot_id=snapshot)


async def _attach_allocated(stage: Stage) -> Command:
    await stage.machine()
    volume = await stage.do(CreateVolume(disk_offering_id=stage.ids["disk"]))
    return AttachVolume(id=volume, virtual_machine_id=stage.ids["vm"])


async def _attach_ready(stage: Stage) -> Command:
    await stage.machine()
    await stage.do(DetachVolume(id=stage.ids["data"]))
    return AttachVolume(id=stage.ids["data"], virtual_machine_id=stage.ids["vm"])


async def _detach(stage: Stage) -> Command:
    await stage.machine()
    return DetachVolume(id=stage.ids["data"])


async def _resize_running(stage: Stage) -> Command:
    await stage.machine()
    return ResizeVolume(id=stage.ids["data"], size=2)


async def _resize_detached(stage: Stage) -> Command:
    await stage.machine()
    await stage.do(DetachVolume(id=stage.ids["data"]))
    return ResizeVolume(id=stage.ids["data"], size=3)


async def _migrate_live(stage: Stage) -> Command:
    await stage.machine()
    return MigrateVolume(
        volume_id=stage.ids["data"], storage_id=stage.other_pool("data"), live_migrate=True
    )


async def _migrate_detached(stage: Stage) -> Command:
    await stage.machine()
    await stage.do(DetachVolume(id=stage.ids["data"]))
    return MigrateVolume(volume_id=stage.ids["data"], storage_id=stage.other_pool("data"))


async def _delete_volume(stage: Stage) -> Command:
    await stage.machine()
    await stage.do(DetachVolume(id=stage.ids["data"]))
    return DeleteVolume(id=stage.ids["data"])


async def _snapshot_running(stage: Stage) -> Command:
    await stage.machine()
    return CreateSnapshot(volume_id=stage.ids["data"])


async def _snapshot_detached(stage: Stage) -> Command:
    await stage.machine()
    await stage.do(DetachVolume(id=stage.ids["data"]))
    return CreateSnapshot(volume_id=stage.ids["data"])


async def _snapshot_rbd(stage: Stage) -> Command:
    await stage.machine()
    await stage.do(create_pool("r1", "rbd"))
    await stage.do(
        MigrateVolume(volume_id=stage.ids["data"], storage_id=stage.pool("r1"), live_migrate=True)
    )
    return CreateSnapshot(volume_id=stage.ids["data"])


async def _delete_snapshot(stage: Stage) -> Command:
    await stage.machine()
    return DeleteSnapshot(id=await stage.do(CreateSnapshot(volume_id=stage.ids["data"])))


SCENES: dict[str, Scene] = {
    "addHost": Scene(_add_host),
    "createStoragePool": Scene(_create_pool),
    "addImageStore": Scene(_add_store),
    "registerTemplate": Scene(_register, frozenset({"template"})),
    "deployVirtualMachine": Scene(_deploy, frozenset({"vm", "volume"})),
    "startVirtualMachine": Scene(_start),
    "stopVirtualMachine": Scene(_stop),
    "destroyVirtualMachine": Scene(_destroy),
    "createVolume from snapshot": Scene(_create_from_snapshot),
    "attachVolume, Allocated": Scene(_attach_allocated),
    "attachVolume, Ready": Scene(_attach_ready),
    "detachVolume": Scene(_detach),
    "resizeVolume, running": Scene(_resize_running),
    "resizeVolume, detached": Scene(_resize_detached),
    "migrateVolume, live": Scene(_migrate_live),
    "migrateVolume, detached": Scene(_migrate_detached),
    "deleteVolume": Scene(_delete_volume),
    "createSnapshot, running": Scene(_snapshot_running, frozenset({"snapshot"})),
    "createSnapshot, detached": Scene(_snapshot_detached, frozenset({"snapshot"})),
    "createSnapshot, RBD": Scene(_snapshot_rbd, frozenset({"snapshot"})),
    "deleteSnapshot": Scene(_delete_snapshot),
    **account_scenes.SCENES,
    **POOL_SCENES,
    **SNAPSHOT_SCENES,
    **upload_scenes.SCENES,
    **SECONDARY_SCENES,
    **volume_scenes.SCENES,
    **vm_scenes.SCENES,
    **vm_snapshot_scenes.SCENES,
    **image_scenes.SCENES,
    **host_scenes.SCENES,
}
