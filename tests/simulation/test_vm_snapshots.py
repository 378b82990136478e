"""Snapshots of whole machines as users meet them, on the simulated zone."""

from typing import cast

import pytest

from core.model.commands.command import TagAsked
from core.model.commands.ownership.tag import CreateTags
from core.model.commands.setting import UpdateConfiguration
from core.model.commands.snapshot import CreateSnapshot, ListSnapshots
from core.model.commands.vm import DestroyVirtualMachine, StartVirtualMachine, StopVirtualMachine
from core.model.commands.vm_snapshot import (
    CreateSnapshotFromVMSnapshot,
    CreateVMSnapshot,
    DeleteVMSnapshot,
    ListVMSnapshot,
    RevertToVMSnapshot,
)
from core.model.commands.volume import AttachVolume, CreateVolume, DetachVolume, ResizeVolume
from core.model.errors import Conflict
from core.model.records import VmSnapshot
from core.views.vm_snapshot import VmSnapshotView
from sim.guest import WritePattern
from sim.spec import MIB
from sim.timing import Duration
from tests.simulation.checkers import findings
from tests.simulation.linstor import machine_on_ceph
from tests.simulation.stage import Stage, play


async def written(stage: Stage, name: str) -> int:
    """The number of the last write on the disk of a volume, once its guest was looked at."""
    volume = stage.volume(name)
    pool = next(pool for pool in stage.world.pools.values() if volume.id in pool.disks)
    disk = pool.disks[volume.id]
    if disk.look is not None:
        disk.look()
    return disk.content.last


async def listed(stage: Stage, **asked: str) -> list[VmSnapshotView]:
    """What listVMSnapshot answers."""
    answer = await stage.plane.submit(ListVMSnapshot(**asked), stage.caller)  # type: ignore[arg-type]
    assert isinstance(answer, dict)
    return cast("list[VmSnapshotView]", answer["vmSnapshot"])


async def keep(stage: Stage, *, memory: bool = False, name: str | None = None) -> str:
    """A snapshot of the machine as it is now."""
    command = CreateVMSnapshot(
        virtual_machine_id=stage.ids["vm"], snapshot_memory=memory, name=name
    )
    return str(await stage.do(command))


def test_a_running_machine_goes_on_from_its_memory() -> None:
    """Both its disks are as they were, and it goes on writing."""

    async def body(stage: Stage) -> None:
        async with stage.running():
            await stage.build()
            await stage.machine()
            kept = await keep(stage, memory=True)
            then = await written(stage, "root"), await written(stage, "data")
            await stage.runtime.sleep(600.0)
            assert await written(stage, "root") > then[0]
            answer = await stage.do(RevertToVMSnapshot(id=kept))
            assert answer == stage.ids["vm"]
            assert await written(stage, "root") < then[0] + 20
            assert await written(stage, "data") < then[1] + 20
            await stage.runtime.sleep(600.0)
            assert await written(stage, "data") > then[1] + 20
            assert findings(stage.inventory, stage.world) == []

    play(body)


def test_a_stopped_machine_is_as_it_was() -> None:
    """Its disks have the bytes of then, and the size; it starts again from there."""

    async def body(stage: Stage) -> None:
        async with stage.running():
            await stage.build()
            await stage.machine()
            await stage.do(StopVirtualMachine(id=stage.ids["vm"]))
            then = await written(stage, "data")
            kept = await keep(stage)
            await stage.do(StartVirtualMachine(id=stage.ids["vm"]))
            await stage.do(ResizeVolume(id=stage.ids["data"], size=2))
            await stage.runtime.sleep(600.0)
            await stage.do(StopVirtualMachine(id=stage.ids["vm"]))
            assert await written(stage, "data") > then
            await stage.do(RevertToVMSnapshot(id=kept))
            assert await written(stage, "data") == then
            assert stage.volume("data").size_bytes == 1 << 30
            await stage.do(StartVirtualMachine(id=stage.ids["vm"]))
            assert findings(stage.inventory, stage.world) == []

    play(body)


def test_a_kvm_machine_stands_still_while_its_memory_is_kept() -> None:
    """For as long as the pool takes to write it; without memory it hardly does."""

    async def body(stage: Stage) -> None:
        async with stage.running():
            await stage.build()
            await stage.machine()
            took: list[float] = []
            for memory in (False, True):
                began_s = stage.runtime.now()
                await keep(stage, memory=memory)
                took.append(stage.runtime.now() - began_s)
            assert took[0] < 0.25 < took[1]

    play(body)


def test_snapshots_of_a_machine_form_a_tree() -> None:
    """Listed by machine, name, state, id; the one it goes on from is current."""

    async def body(stage: Stage) -> None:
        async with stage.running():
            await stage.build()
            await stage.machine()
            await stage.do(StopVirtualMachine(id=stage.ids["vm"]))
            first = await keep(stage, name="first")
            second = await keep(stage, name="second")
            await stage.do(RevertToVMSnapshot(id=first))
            third = await keep(stage, name="third")
            of_vm = await listed(stage, virtual_machine_id=stage.ids["vm"])
            tree = {row.name: (row.parent, row.current, row.type) for row in of_vm}
            assert tree == {
                "first": (None, False, "Disk"),
                "second": (first, False, "Disk"),
                "third": (first, True, "Disk"),
            }
            assert [row.id for row in await listed(stage, name="second")] == [second]
            assert [row.id for row in await listed(stage, id=third)] == [third]
            assert await listed(stage, state="Error") == []
            await stage.do(DeleteVMSnapshot(id=first))
            rest = await listed(stage, state="Ready")
            assert [(row.name, row.parent) for row in rest] == [("second", None), ("third", None)]
            assert findings(stage.inventory, stage.world) == []

    play(body)


def test_kept_memory_takes_room_until_it_is_deleted() -> None:
    """On the pool of the root disk."""

    async def body(stage: Stage) -> None:
        async with stage.running():
            await stage.build()
            await stage.machine()
            pool_id = stage.volume("root").pool_id
            pools = stage.world.pools.values()
            root = stage.ids["root"]
            disk = next(pool.disks[root] for pool in pools if root in pool.disks)
            before = stage.inventory.total("pool.allocated", pool_id)
            kept = await keep(stage, memory=True)
            memory_bytes = stage.inventory.get(VmSnapshot, kept).memory_bytes
            assert stage.inventory.total("pool.allocated", pool_id) == before + memory_bytes
            assert disk.memories == {kept: memory_bytes}
            assert disk.taken_bytes == disk.content.written_bytes + disk.held_bytes + memory_bytes
            await stage.do(DeleteVMSnapshot(id=kept))
            assert stage.inventory.total("pool.allocated", pool_id) == before
            assert disk.memories == {}

    play(body)


def test_one_disk_is_taken_out_as_a_snapshot_of_its_own() -> None:
    """It has the bytes of then, and lives on when the machine's snapshot is deleted."""

    async def body(stage: Stage) -> None:
        async with stage.running():
            await stage.build()
            await stage.machine()
            await stage.do(StopVirtualMachine(id=stage.ids["vm"]))
            then = await written(stage, "data")
            kept = await keep(stage)
            await stage.do(StartVirtualMachine(id=stage.ids["vm"]))
            await stage.runtime.sleep(60.0)
            await stage.do(StopVirtualMachine(id=stage.ids["vm"]))
            snapshot = await stage.do(
                CreateSnapshotFromVMSnapshot(volume_id=stage.ids["data"], vm_snapshot_id=kept)
            )
            await stage.do(DeleteVMSnapshot(id=kept))
            shown = await stage.plane.submit(ListSnapshots(id=snapshot), stage.caller)
            assert isinstance(shown, dict)
            stage.ids["copy"] = await stage.do(CreateVolume(snapshot_id=snapshot))
            assert await written(stage, "copy") == then
            assert findings(stage.inventory, stage.world) == []

    play(body)


def test_a_machine_with_snapshots_keeps_its_disks() -> None:
    """Until they are deleted."""

    async def body(stage: Stage) -> None:
        async with stage.running():
            await stage.build()
            await stage.machine()
            kept = await keep(stage, memory=True)
            volume = await stage.do(CreateVolume(disk_offering_id=stage.ids["disk"]))
            commands = (
                DetachVolume(id=stage.ids["data"]),
                ResizeVolume(id=stage.ids["data"], size=2),
                CreateSnapshot(volume_id=stage.ids["data"]),
                AttachVolume(id=volume, virtual_machine_id=stage.ids["vm"]),
            )
            for command in commands:
                with pytest.raises(Conflict):
                    await stage.plane.submit(command, stage.caller)
            await stage.do(DeleteVMSnapshot(id=kept))
            for command in reversed(commands):
                await stage.do(command)
            assert findings(stage.inventory, stage.world) == []

    play(body)


def test_a_destroyed_machine_takes_its_snapshots_along() -> None:
    """With their tags; its data disk lives on without them."""

    async def body(stage: Stage) -> None:
        async with stage.running():
            await stage.build()
            await stage.machine()
            kept = await keep(stage, memory=True)
            tags = (TagAsked(key="k", value="v"),)
            await stage.do(CreateTags(resource_ids=(kept,), resource_type="VMSnapshot", tags=tags))
            (row,) = await listed(stage, virtual_machine_id=stage.ids["vm"])
            assert row.tags is not None
            await stage.do(DestroyVirtualMachine(id=stage.ids["vm"]))
            assert stage.inventory.count(VmSnapshot) == 0
            assert findings(stage.inventory, stage.world) == []

    play(body)


def test_old_ones_are_deleted_by_themselves() -> None:
    """Hours after they were taken, when the administrator wants that."""

    async def body(stage: Stage) -> None:
        async with stage.running():
            await stage.build()
            await stage.machine()
            await keep(stage)
            await stage.do(UpdateConfiguration(name="vmsnapshot.expire.interval", value="2"))
            await stage.runtime.sleep(3600.0)
            assert stage.inventory.count(VmSnapshot) == 1
            await stage.runtime.sleep(2.5 * 3600.0)
            await stage.settle()
            assert stage.inventory.count(VmSnapshot) == 0
            assert findings(stage.inventory, stage.world) == []

    play(body)


def _slow(stage: Stage, seconds: float) -> None:
    """Guests write a megabyte each second, and pools take so long to keep a disk."""
    stage.world.pattern_of = lambda _vm: WritePattern(hourly_bytes_per_s=(float(MIB),))
    rows = {"take_snapshot": Duration(seconds, seconds), "hold_vm": Duration(0.0, 0.0)}
    stage.world.rows = {**stage.world.rows, **rows}


def test_raw_disks_are_kept_of_one_moment_while_their_machine_runs() -> None:
    """However long the storage takes for each; stopped, the machine goes back to that moment."""

    async def body(stage: Stage) -> None:
        async with stage.running():
            await stage.build()
            _slow(stage, 25.0)
            await machine_on_ceph(stage)
            kept = await keep(stage)
            disks = [stage.world.pools["r1"].disks[stage.ids[name]] for name in ("root", "data")]
            since = [
                await written(stage, name) - disk.snapshots[kept].last
                for name, disk in zip(("root", "data"), disks, strict=True)
            ]
            assert since == [0, 0]
            await stage.runtime.sleep(60.0)
            assert all([await written(stage, name) > 10 for name in ("root", "data")])
            await stage.do(StopVirtualMachine(id=stage.ids["vm"]))
            await stage.do(RevertToVMSnapshot(id=kept))
            for disk in disks:
                assert disk.content.last == disk.snapshots[kept].last
            assert findings(stage.inventory, stage.world) == []

    play(body)


def test_a_machine_does_not_stand_still_for_long() -> None:
    """Pools that take too long keep nothing, and it goes on."""

    async def body(stage: Stage) -> None:
        async with stage.running():
            await stage.build()
            _slow(stage, 35.0)
            await machine_on_ceph(stage)
            began_s = stage.runtime.now()
            job = await stage.attempt(CreateVMSnapshot(virtual_machine_id=stage.ids["vm"]))
            assert job.failure is not None
            assert "to keep the disks" in job.failure.message
            assert stage.runtime.now() - began_s < 70.0
            before = await written(stage, "data")
            await stage.runtime.sleep(60.0)
            assert await written(stage, "data") > before
            assert not any(disk.snapshots for disk in stage.world.pools["r1"].disks.values())
            assert findings(stage.inventory, stage.world) == []

    play(body)
