"""LINSTOR as a primary pool, on the simulated zone."""

from typing import cast

import pytest
from msgspec.structs import replace

from core.model.commands.pool import ListStoragePools
from core.model.commands.setting import UpdateConfiguration
from core.model.commands.snapshot import CreateSnapshot, DeleteSnapshot, RevertSnapshot
from core.model.commands.vm import StartVirtualMachine, StopVirtualMachine
from core.model.commands.vm_snapshot import CreateVMSnapshot, RevertToVMSnapshot
from core.model.commands.volume import (
    CreateVolume,
    DeleteVolume,
    DetachVolume,
    MigrateVolume,
    ResizeVolume,
)
from core.model.errors import Conflict, NoCapacity
from core.model.pool_types import DiskFormat
from core.model.records import Host, Pool, Snapshot, Vm
from core.views.pool.pool import PoolView
from tests.simulation.checkers import findings
from tests.simulation.linstor import linstor_pool, machine_on_linstor
from tests.simulation.stage import Stage, add_host, deploy, play

GIB = 1 << 30


def linstor(stage: Stage) -> Pool:
    """The pool as it is recorded."""
    return stage.inventory.get(Pool, stage.pool("lin"))


async def shown(stage: Stage) -> PoolView:
    """The pool as it is listed."""
    answer = await stage.plane.submit(ListStoragePools(name="lin"), stage.caller)
    assert isinstance(answer, dict)
    (row,) = cast("list[PoolView]", answer["storagepool"])
    return row


def test_a_pool_without_a_node_on_any_host_is_not_added() -> None:
    """Satellites must have the hosts' names."""

    async def body(stage: Stage) -> None:
        async with stage.running():
            await stage.build()
            host = next(iter(stage.inventory.all(Host)))
            await stage.plane.found([replace(host, name="other")])
            with pytest.raises(Conflict) as refused:
                await stage.do(linstor_pool())
            assert (refused.value.number, "h1" in refused.value.hint) == (530, True)
            assert all(pool.name != "lin" for pool in stage.inventory.all(Pool))

    play(body)


def test_machines_run_where_a_satellite_has_the_hosts_name() -> None:
    """On another host they are not started, and the reason says why."""

    async def body(stage: Stage) -> None:
        async with stage.running():
            await stage.build()
            await machine_on_linstor(stage)
            assert stage.inventory.get(Vm, stage.ids["vm"]).host_id
            await stage.do(StopVirtualMachine(id=stage.ids["vm"]))
            there = (await stage.do(add_host("h2")))["id"]
            with pytest.raises(NoCapacity, match="lin"):
                await stage.do(StartVirtualMachine(id=stage.ids["vm"], host_id=there))
            await stage.do(StartVirtualMachine(id=stage.ids["vm"]))
            assert findings(stage.inventory, stage.world) == []

    play(body)


def test_new_disks_go_only_where_the_host_is_a_node() -> None:
    """A machine on a host that is none finds no pool with the tag."""

    async def body(stage: Stage) -> None:
        async with stage.running():
            await stage.build()
            await machine_on_linstor(stage)
            there = (await stage.do(add_host("h2")))["id"]
            offering = stage.inventory.get(Vm, stage.ids["vm"]).service_offering_id
            command = replace(deploy(stage), service_offering_id=offering, host_id=there)
            with pytest.raises(NoCapacity, match="lin has no node of the host's name"):
                await stage.do(command)

    play(body)


def test_each_replica_counts_as_allocated() -> None:
    """What is used, allocated and there are in the same unit; the share of both is limited."""

    async def body(stage: Stage) -> None:
        async with stage.running():
            await stage.build()
            await machine_on_linstor(stage)
            await stage.runtime.sleep(200.0)
            view = await shown(stage)
            given = stage.inventory.total("pool.allocated", stage.pool("lin"))
            assert view.disksizeallocated == 2 * given >= 4 * GIB
            disks = stage.world.pools["lin"].disks.values()
            assert view.disksizeused > sum(disk.content.written_bytes for disk in disks) / 2
            assert linstor(stage).nodes == ("h1", "node2")

    play(body)


def test_a_volumes_whole_life_is_possible() -> None:
    """Raw; it grows under its machine, moves away and back, and goes."""

    async def body(stage: Stage) -> None:
        async with stage.running():
            await stage.build()
            await machine_on_linstor(stage)
            assert stage.volume("data").format is DiskFormat.RAW
            await stage.do(ResizeVolume(id=stage.ids["data"], size=2))
            await stage.do(DetachVolume(id=stage.ids["data"]))
            away = UpdateConfiguration(
                name="match.storage.pool.tags.with.disk.offering", value="false"
            )
            await stage.do(away)
            for name in ("p1", "lin"):
                command = MigrateVolume(volume_id=stage.ids["data"], storage_id=stage.pool(name))
                await stage.do(command)
                assert stage.volume("data").pool_id == stage.pool(name)
                assert findings(stage.inventory, stage.world) == []
            await stage.do(DeleteVolume(id=stage.ids["data"]))
            assert findings(stage.inventory, stage.world) == []

    play(body)


@pytest.mark.parametrize("backed_up", [True, False])
def test_snapshots_are_backed_up_or_stay(*, backed_up: bool) -> None:
    """Of a running machine too; a volume is made of either, and the volume goes back to it."""

    async def body(stage: Stage) -> None:
        async with stage.running():
            await stage.build()
            await machine_on_linstor(stage)
            text = str(backed_up).lower()
            await stage.do(UpdateConfiguration(name="lin.backup.snapshots", value=text))
            snapshot_id = await stage.do(CreateSnapshot(volume_id=stage.ids["data"]))
            snapshot = stage.inventory.get(Snapshot, snapshot_id)
            assert bool(snapshot.pool_id) is not backed_up
            inside = stage.world.pools["lin"].disks[stage.ids["data"]].snapshots
            assert (snapshot_id in inside) is not backed_up
            copy = await stage.do(CreateVolume(snapshot_id=snapshot_id))
            await stage.do(DeleteVolume(id=copy))
            if not backed_up:
                await stage.do(DetachVolume(id=stage.ids["data"]))
                await stage.do(RevertSnapshot(id=snapshot_id))
            await stage.do(DeleteSnapshot(id=snapshot_id))
            assert findings(stage.inventory, stage.world) == []

    play(body)


def test_a_running_machine_is_kept_as_a_whole_without_its_memory() -> None:
    """All its resources at one moment; reverting needs it stopped."""

    async def body(stage: Stage) -> None:
        async with stage.running():
            await stage.build()
            await machine_on_linstor(stage)
            vm_id = stage.ids["vm"]
            kept = await stage.do(CreateVMSnapshot(virtual_machine_id=vm_id))
            there = stage.world.pools["lin"].disks
            disks = {name: there[name] for name in (stage.ids["root"], stage.ids["data"])}
            then = {name: disk.snapshots[kept].last for name, disk in disks.items()}
            await stage.runtime.sleep(60.0)
            await stage.do(StopVirtualMachine(id=vm_id))
            assert all(disk.content.last > then[name] for name, disk in disks.items())
            await stage.do(RevertToVMSnapshot(id=kept))
            assert {name: disk.content.last for name, disk in disks.items()} == then
            assert findings(stage.inventory, stage.world) == []

    play(body)
