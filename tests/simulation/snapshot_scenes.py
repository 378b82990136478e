"""Scenes of the commands about snapshots and their policies."""

from core.model.commands.command import Command
from core.model.commands.image_store import AddImageStore
from core.model.commands.setting import UpdateConfiguration
from core.model.commands.snapshot import (
    ArchiveSnapshot,
    CopySnapshot,
    CreateSnapshot,
    DeleteSnapshot,
    RevertSnapshot,
)
from core.model.commands.snapshot_policy import CreateSnapshotPolicy, UpdateSnapshotPolicy
from core.model.commands.volume import DetachVolume, MigrateVolume
from core.model.records import Zone
from tests.simulation.scene import Scene
from tests.simulation.stage import Stage, create_pool

SNAPSHOT = frozenset({"snapshot"})


async def set_to(stage: Stage, name: str, value: object) -> None:
    """Change a setting everywhere."""
    text = str(value).lower() if isinstance(value, bool) else str(value)
    await stage.do(UpdateConfiguration(name=name, value=text))


async def second_zone(stage: Stage) -> None:
    """A zone z2 with an image store of its own, s2."""
    await stage.plane.found([Zone(id="z2", name="z2")])
    url = "nfs://s2/export"
    await stage.do(AddImageStore(provider="NFS", url=url, name="s2", zone_id="z2"))


async def detached(stage: Stage) -> str:
    """The data volume, detached from its machine, with what that has written."""
    await stage.machine()
    await stage.do(DetachVolume(id=stage.ids["data"]))
    return stage.ids["data"]


async def on_rbd(stage: Stage) -> str:
    """The data volume, on RBD, while its machine runs."""
    await stage.machine()
    await stage.do(create_pool("r1", "rbd"))
    volume_id = stage.ids["data"]
    await stage.do(
        MigrateVolume(volume_id=volume_id, storage_id=stage.pool("r1"), live_migrate=True)
    )
    return volume_id


async def chained(stage: Stage, volume_id: str, count: int = 2) -> list[str]:
    """So many incremental snapshots of the volume, one after the other."""
    await set_to(stage, "kvm.incremental.snapshot", value=True)
    return [await stage.do(CreateSnapshot(volume_id=volume_id)) for _ in range(count)]


async def _asynchronous(stage: Stage) -> Command:
    return CreateSnapshot(volume_id=await detached(stage), async_backup=True)


async def _asynchronous_rbd(stage: Stage) -> Command:
    return CreateSnapshot(volume_id=await on_rbd(stage), async_backup=True)


async def _to_zones(stage: Stage) -> Command:
    volume_id = await detached(stage)
    await second_zone(stage)
    return CreateSnapshot(volume_id=volume_id, zone_ids=("z2",))


async def _incremental_running(stage: Stage) -> Command:
    await stage.machine()
    await chained(stage, stage.ids["data"], 1)
    await stage.runtime.sleep(30.0)
    return CreateSnapshot(volume_id=stage.ids["data"])


async def _incremental_detached(stage: Stage) -> Command:
    volume_id = await detached(stage)
    await chained(stage, volume_id, 1)
    return CreateSnapshot(volume_id=volume_id)


async def _kept(stage: Stage, volume_id: str) -> str:
    await set_to(stage, "snapshot.backup.to.secondary", value=False)
    snapshot_id = await stage.do(CreateSnapshot(volume_id=volume_id))
    await set_to(stage, "snapshot.backup.to.secondary", value=True)
    return str(snapshot_id)


async def _archive(stage: Stage) -> Command:
    return ArchiveSnapshot(id=await _kept(stage, await detached(stage)))


async def _copy(stage: Stage) -> Command:
    snapshot_id = await stage.do(CreateSnapshot(volume_id=await detached(stage)))
    await second_zone(stage)
    return CopySnapshot(id=snapshot_id, dest_zone_id="z2")


async def _revert_from_store(stage: Stage) -> Command:
    return RevertSnapshot(id=await stage.do(CreateSnapshot(volume_id=await detached(stage))))


async def _revert_in_disk(stage: Stage) -> Command:
    return RevertSnapshot(id=await _kept(stage, await detached(stage)))


async def _delete_parent(stage: Stage) -> Command:
    first, _ = await chained(stage, await detached(stage))
    return DeleteSnapshot(id=first)


async def _delete_chain(stage: Stage) -> Command:
    first, second = await chained(stage, await detached(stage))
    await stage.do(DeleteSnapshot(id=first))
    return DeleteSnapshot(id=second)


async def _delete_in_zone(stage: Stage) -> Command:
    copied = await _copy(stage)
    assert isinstance(copied, CopySnapshot)
    await stage.do(copied)
    return DeleteSnapshot(id=copied.id, zone_id="z2")


async def _update_policy(stage: Stage) -> Command:
    policy = await stage.do(
        CreateSnapshotPolicy(
            volume_id=await detached(stage),
            interval_type="DAILY",
            schedule="30:02",
            timezone="UTC",
            max_snaps=2,
        )
    )
    return UpdateSnapshotPolicy(id=policy["id"], for_display=False)


SCENES: dict[str, Scene] = {
    "backUpSnapshot, begun by createSnapshot": Scene(_asynchronous, SNAPSHOT),
    "createSnapshot, asyncbackup on RBD": Scene(_asynchronous_rbd, SNAPSHOT),
    "createSnapshot, to another zone": Scene(_to_zones, SNAPSHOT),
    "createSnapshot, incremental running": Scene(_incremental_running, SNAPSHOT),
    "createSnapshot, incremental detached": Scene(_incremental_detached, SNAPSHOT),
    "archiveSnapshot": Scene(_archive),
    "copySnapshot": Scene(_copy),
    "revertSnapshot, from the image store": Scene(_revert_from_store),
    "revertSnapshot, inside the disk": Scene(_revert_in_disk),
    "deleteSnapshot, with a child": Scene(_delete_parent, reaches_out=False),
    "deleteSnapshot, with its parents": Scene(_delete_chain),
    "deleteSnapshot, in one zone": Scene(_delete_in_zone),
    "updateSnapshotPolicy": Scene(_update_policy, reaches_out=False),
}
