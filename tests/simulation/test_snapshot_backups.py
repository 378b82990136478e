"""Backups that go on after the caller was answered, and what a snapshot that waits becomes."""

from collections.abc import Awaitable, Callable

import pytest

from core.model.commands.image_store import UpdateImageStore
from core.model.commands.snapshot import (
    ArchiveSnapshot,
    CreateSnapshot,
    DeleteSnapshot,
    RevertSnapshot,
)
from core.model.commands.vm import StopVirtualMachine
from core.model.commands.volume import MigrateVolume, ResizeVolume
from core.model.records import ImageStore, Job, Snapshot
from core.model.states import SnapshotState
from sim.spec import GIB
from tests.simulation.built import on_stage
from tests.simulation.snapshot_scenes import detached, on_rbd, set_to
from tests.simulation.stage import Stage

Prepare = Callable[[Stage], Awaitable[str]]


def test_an_asynchronous_backup_goes_on_alone() -> None:
    """The caller has its answer before the copy has begun; the volume is not Snapshotting."""

    async def body(stage: Stage) -> None:
        volume_id = await on_rbd(stage)
        snapshot_id = await stage.do(CreateSnapshot(volume_id=volume_id, async_backup=True))
        state = stage.inventory.get(Snapshot, snapshot_id).state
        assert state in (SnapshotState.CREATED_ON_PRIMARY, SnapshotState.BACKING_UP)
        assert stage.volume("data").state == "Ready"
        await stage.settle()
        snapshot = stage.inventory.get(Snapshot, snapshot_id)
        assert snapshot.state is SnapshotState.BACKED_UP
        assert 0 < snapshot.physical_bytes < snapshot.size_bytes

    on_stage(body)


@pytest.mark.parametrize(("away_s", "expected"), [(200.0, "BackedUp"), (900.0, "Error")])
def test_an_asynchronous_backup_is_tried_again(away_s: float, expected: str) -> None:
    """backup.retry times, backup.retry.interval apart; then it is in Error, and nothing is left."""

    async def body(stage: Stage) -> None:
        volume_id = await detached(stage)
        await set_to(stage, "backup.retry.interval", 150)
        room = stage.world.stores["s1"].room
        capacity_bytes, room.capacity_bytes = room.capacity_bytes, room.used_bytes
        began_s = stage.runtime.now()
        snapshot_id = await stage.do(CreateSnapshot(volume_id=volume_id, async_backup=True))
        with stage.runtime.scope(away_s):
            await stage.settle()
        room.capacity_bytes = capacity_bytes
        await stage.settle()
        snapshot = stage.inventory.get(Snapshot, snapshot_id)
        assert snapshot.state == expected
        assert stage.runtime.now() - began_s > 150.0
        if expected == "Error":
            assert stage.inventory.total("account.snapshots", "admin") == 0
            assert snapshot.pool_id == ""
            await stage.do(DeleteSnapshot(id=snapshot_id))

    on_stage(body)


@pytest.mark.parametrize("on", [detached, on_rbd])
def test_an_asynchronous_backup_that_cannot_begin_stays_on_its_pool(on: Prepare) -> None:
    """Its job says why; the snapshot is there and can be backed up later."""

    async def body(stage: Stage) -> None:
        volume_id = await on(stage)
        store = next(iter(stage.inventory.all(ImageStore)))
        await stage.do(UpdateImageStore(id=store.id, readonly=True))
        await stage.attempt(CreateSnapshot(volume_id=volume_id, async_backup=True))
        failure = next(job.failure for job in stage.inventory.all(Job) if job.failure)
        assert "image store" in failure.message
        snapshot = next(iter(stage.inventory.all(Snapshot)))
        assert (snapshot.state, snapshot.location) == (SnapshotState.BACKED_UP, "PRIMARY")
        await stage.do(UpdateImageStore(id=store.id, readonly=False))
        await stage.do(ArchiveSnapshot(id=snapshot.id))
        assert stage.inventory.get(Snapshot, snapshot.id).location == "SECONDARY"

    on_stage(body)


def test_a_snapshot_has_the_size_that_the_volume_has_when_it_is_taken() -> None:
    """Not the one from before a resize that it had to wait for."""

    async def body(stage: Stage) -> None:
        await stage.machine()
        root, data = stage.ids["root"], stage.ids["data"]
        elsewhere = stage.other_pool("root")
        moving = MigrateVolume(volume_id=root, storage_id=elsewhere, live_migrate=True)
        await stage.plane.submit(moving, stage.caller)
        await stage.plane.submit(ResizeVolume(id=data, size=3), stage.caller)
        snapshot_id = await stage.do(CreateSnapshot(volume_id=data))
        assert stage.inventory.get(Snapshot, snapshot_id).size_bytes == 3 * GIB
        await stage.do(StopVirtualMachine(id=stage.ids["vm"]))
        await stage.do(RevertSnapshot(id=snapshot_id))
        assert stage.volume("data").size_bytes == 3 * GIB

    on_stage(body)
