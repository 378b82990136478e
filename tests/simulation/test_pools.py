"""Primary storage pools as an administrator lives with them, on the simulated zone."""

from typing import Any

import msgspec
import pytest
from msgspec.structs import replace

from core.driver_words import DiskSpec
from core.model.commands.command import Command
from core.model.commands.image_store import ListImageStoreObjects
from core.model.commands.offering import CreateDiskOffering
from core.model.commands.pool import (
    CancelStorageMaintenance,
    DeleteStoragePool,
    EnableStorageMaintenance,
    ListStorageOrphans,
    ListStoragePoolObjects,
    ListStoragePools,
    SyncStoragePool,
    UpdateStoragePool,
)
from core.model.commands.setting import UpdateConfiguration
from core.model.commands.snapshot import CreateSnapshot
from core.model.commands.vm import StartVirtualMachine, StopVirtualMachine
from core.model.commands.volume import AttachVolume, CreateVolume, DetachVolume, MigrateVolume
from core.model.errors import Conflict, Invalid, NoCapacity, NotFound, Unavailable
from core.model.hypervisors import Hypervisor
from core.model.pool_types import DiskFormat
from core.model.records import Host, ImageStore, Job, Pool, PoolWork, Vm, Volume, Zone
from core.model.states import JobStatus, Phase, PoolState, VmState
from sim.driver.storage import SimulatedPool
from sim.spec import GIB, PoolSpec
from tests.refusal import refusal
from tests.simulation.checkers import findings
from tests.simulation.pool_scenes import create_cluster
from tests.simulation.stage import Stage, create_pool, deploy, play

DAY_S = 86400.0


def _silent(_done_bytes: int, _total_bytes: int) -> None:
    """A Progress for who does not look."""


async def _ask(stage: Stage, command: Command) -> list[dict[str, Any]]:
    """The rows of a list."""
    answer = msgspec.to_builtins(await stage.plane.submit(command, stage.caller))
    rows: list[dict[str, Any]] = answer.get(command.returns, [])
    return rows


async def _begin(stage: Stage, command: Command) -> str:
    """The id of the job that was begun."""
    answer = msgspec.to_builtins(await stage.plane.submit(command, stage.caller))
    return str(answer["jobid"])


def _state(stage: Stage, pool_id: str) -> PoolState:
    return stage.inventory.get(Pool, pool_id).state


def _vm(stage: Stage, vm_id: str) -> VmState:
    return stage.inventory.get(Vm, vm_id).state


async def _has_room(stage: Stage, command: Command) -> bool:
    """Carry it out, unless nothing has room for it."""
    try:
        await stage.do(command)
    except NoCapacity:
        return False
    return True


async def _add_machine(stage: Stage, name: str) -> str:
    return str(await stage.do(replace(deploy(stage), name=name)))


def test_maintenance_stops_what_runs_and_starts_just_that_again() -> None:
    """The guide's story: no new volumes, all guests stop, and those come back that ran."""

    async def body(stage: Stage) -> None:
        async with stage.running():
            await stage.build()
            runs = await _add_machine(stage, "runs")
            rests = await _add_machine(stage, "rests")
            await stage.do(StopVirtualMachine(id=rests))
            pool_id = stage.pool("p1")
            await stage.do(EnableStorageMaintenance(id=pool_id))
            assert _state(stage, pool_id) is PoolState.MAINTENANCE
            assert (_vm(stage, runs), _vm(stage, rests)) == (VmState.STOPPED, VmState.STOPPED)
            assert not await _has_room(stage, StartVirtualMachine(id=rests))
            await stage.do(CancelStorageMaintenance(id=pool_id))
            assert _state(stage, pool_id) is PoolState.UP
            assert (_vm(stage, runs), _vm(stage, rests)) == (VmState.RUNNING, VmState.STOPPED)
            assert not stage.inventory.all(PoolWork)
            assert findings(stage.inventory, stage.world) == []

    play(body)


def test_nothing_new_is_placed_on_a_pool_in_maintenance() -> None:
    """A new machine goes to the other pool, and fails where there is none."""

    async def body(stage: Stage) -> None:
        async with stage.running():
            await stage.build()
            await stage.do(EnableStorageMaintenance(id=stage.pool("p1")))
            assert not await _has_room(stage, deploy(stage))
            await stage.do(create_pool("p2", "nfs"))
            await _add_machine(stage, "new")
            assert {volume.pool_id for volume in stage.inventory.all(Volume) if volume.pool_id} == {
                stage.pool("p2")
            }

    play(body)


def test_a_cancelled_maintenance_can_be_gone_on_with_or_given_up() -> None:
    """What had stopped is noted: both ways every machine that ran runs in the end."""

    async def body(stage: Stage) -> None:
        async with stage.running():
            await stage.build()
            machines = [await _add_machine(stage, f"vm{number}") for number in range(3)]
            pool_id = stage.pool("p1")
            for _ in range(2):
                job_id = await _begin(stage, EnableStorageMaintenance(id=pool_id))
                await stage.runtime.sleep(0.1)
                await stage.plane.cancel_job(job_id, stage.caller)
                await stage.settle()
                assert stage.inventory.get(Job, job_id).status is JobStatus.CANCELLED
                assert _state(stage, pool_id) is PoolState.ERROR_IN_MAINTENANCE
            await stage.do(EnableStorageMaintenance(id=pool_id))
            assert _state(stage, pool_id) is PoolState.MAINTENANCE
            await stage.do(CancelStorageMaintenance(id=pool_id))
            assert [_vm(stage, vm_id) for vm_id in machines] == [VmState.RUNNING] * 3
            assert findings(stage.inventory, stage.world) == []

    play(body)


def test_machines_may_move_away_instead_of_being_stopped() -> None:
    """With every byte, while they go on writing; a machine that cannot move is stopped."""

    async def body(stage: Stage) -> None:
        async with stage.running():
            await stage.build()
            await stage.machine()
            root = stage.volume("root")
            await stage.do(EnableStorageMaintenance(id=root.pool_id, migrate=True))
            assert _vm(stage, stage.ids["vm"]) is VmState.RUNNING
            assert _state(stage, root.pool_id) is PoolState.MAINTENANCE
            there = stage.volume("root").pool_id
            assert there == stage.volume("data").pool_id != root.pool_id
            assert findings(stage.inventory, stage.world) == []
            await stage.do(EnableStorageMaintenance(id=there, migrate=True))
            assert _vm(stage, stage.ids["vm"]) is VmState.STOPPED
            await stage.do(CancelStorageMaintenance(id=there))
            assert _vm(stage, stage.ids["vm"]) is VmState.RUNNING

    play(body)


def test_a_volume_on_its_way_to_a_machine_is_waited_for() -> None:
    """The machine that gets a disk of the pool at that moment is stopped too."""

    async def body(stage: Stage) -> None:
        async with stage.running():
            await stage.build()
            await stage.machine()
            data, vm_id = stage.ids["data"], stage.ids["vm"]
            await stage.do(DetachVolume(id=data))
            pool_id = stage.other_pool("data")
            await stage.do(MigrateVolume(volume_id=data, storage_id=pool_id))
            attaching = await _begin(stage, AttachVolume(id=data, virtual_machine_id=vm_id))
            maintaining = await _begin(stage, EnableStorageMaintenance(id=pool_id))
            assert stage.inventory.get(Job, maintaining).phase is Phase.QUEUED
            await stage.settle()
            assert stage.inventory.get(Job, attaching).status is JobStatus.SUCCEEDED
            assert _vm(stage, vm_id) is VmState.STOPPED
            assert _state(stage, pool_id) is PoolState.MAINTENANCE

    play(body)


def test_a_refused_second_maintenance_leaves_its_pool_up() -> None:
    """Unlike CloudStack, where the refused pool ends in ErrorInMaintenance."""

    async def body(stage: Stage) -> None:
        async with stage.running():
            await stage.build()
            await stage.do(create_pool("p2", "nfs"))
            await _add_machine(stage, "vm")
            busy = next(volume.pool_id for volume in stage.inventory.all(Volume))
            free = next(pool.id for pool in stage.inventory.all(Pool) if pool.id != busy)
            await _begin(stage, EnableStorageMaintenance(id=busy))
            with refusal(Conflict, 530, f"pool/{busy}"):
                await stage.plane.submit(EnableStorageMaintenance(id=free), stage.caller)
            assert _state(stage, free) is PoolState.UP
            await stage.settle()

    play(body)


def test_files_are_listed_with_what_they_belong_to() -> None:
    """Volumes on a pool; templates and snapshots on an image store; by folder, file and page."""

    async def body(stage: Stage) -> None:
        async with stage.running():
            await stage.build()
            await stage.machine()
            root = stage.volume("root")
            snapshot = await stage.do(CreateSnapshot(volume_id=root.id))
            rows = await _ask(stage, ListStoragePoolObjects(id=root.pool_id))
            (row,) = [row for row in rows if row["name"] == root.id]
            assert (row["volumeid"], row["volumename"]) == (root.id, root.name)
            assert not row["isdirectory"]
            assert row["size"] > 0
            one = ListStoragePoolObjects(id=root.pool_id, path=root.id)
            assert [row["name"] for row in await _ask(stage, one)] == [root.id]
            (kept,) = [row for row in rows if "templateid" in row]
            assert kept["templateid"] == stage.ids["template"]
            paged = ListStoragePoolObjects(id=root.pool_id, page=2, pagesize=len(rows) - 1)
            assert len(await _ask(stage, paged)) == 1
            found = await _walk(stage, "")
            owners = {row.get("snapshotid") or row.get("templateid") for row in found}
            assert owners == {snapshot, stage.ids["template"]}

    play(body)


async def _walk(stage: Stage, path: str) -> list[dict[str, Any]]:
    """All files of the image store."""
    store = next(iter(stage.inventory.all(ImageStore)))
    found: list[dict[str, Any]] = []
    for row in await _ask(stage, ListImageStoreObjects(id=store.id, path=path)):
        below = f"{path}/{row['name']}".strip("/")
        found.extend(await _walk(stage, below) if row["isdirectory"] else [row])
    return found


def test_what_cannot_be_listed_says_why() -> None:
    """An unknown path is the caller's fault, storage that does not answer is not."""

    async def body(stage: Stage) -> None:
        async with stage.running():
            await stage.build()
            pool_id = stage.pool("p1")
            with refusal(NotFound, 431, f"pool/{pool_id}"):
                await _ask(stage, ListStoragePoolObjects(id=pool_id, path="nowhere"))
            stage.world.set_online(stage.world.pools["p1"], online=False)
            with refusal(Unavailable, 530, f"pool/{pool_id}"):
                await _ask(stage, ListStoragePoolObjects(id=pool_id))
            with refusal(Invalid, 431):
                await _ask(stage, ListStorageOrphans())

    play(body)


def test_slow_storage_is_not_waited_for() -> None:
    """A look ends after fifteen seconds, as CloudStack's agents end theirs."""

    async def body(stage: Stage) -> None:
        async with stage.running():
            await stage.build()
            pool = stage.world.pools["p1"]
            assert isinstance(pool.spec, PoolSpec)
            pool.spec = replace(pool.spec, latency_s=60.0)
            began_s = stage.runtime.now()
            with refusal(Unavailable, 530, f"pool/{stage.pool('p1')}"):
                await _ask(stage, ListStoragePoolObjects(id=stage.pool("p1")))
            assert stage.runtime.now() - began_s == 15.0

    play(body)


def test_orphans_are_found_both_ways() -> None:
    """A stray file is safe to delete after a day; a volume whose file is gone is told of."""

    async def body(stage: Stage) -> None:
        async with stage.running():
            await stage.build()
            await stage.machine()
            pool_id = stage.volume("root").pool_id
            orphans = ListStorageOrphans(storage_id=pool_id)
            assert await _ask(stage, orphans) == []
            driver = stage.world.pools[stage.inventory.get(Pool, pool_id).name]
            await _stray(stage, pool_id)
            (fresh,) = await _ask(stage, orphans)
            assert (fresh["path"], fresh["missing"], fresh["safe"]) == ("stray", "record", False)
            await stage.runtime.sleep(DAY_S + 1)
            (old,) = await _ask(stage, orphans)
            assert old["safe"]
            lost = driver.disks.pop("stray")
            assert await _ask(stage, orphans) == []
            driver.disks["stray"] = lost
            root = driver.disks.pop(stage.ids["root"])
            rows = {row["path"]: row for row in await _ask(stage, orphans)}
            assert rows[stage.ids["root"]]["missing"] == "file"
            assert rows[stage.ids["root"]]["recordid"] == stage.ids["root"]
            assert not rows[stage.ids["root"]]["safe"]
            driver.disks[stage.ids["root"]] = root

    play(body)


async def _stray(stage: Stage, pool_id: str) -> None:
    """A disk that no record knows."""
    pool = stage.world.pools[stage.inventory.get(Pool, pool_id).name]
    driver = SimulatedPool(stage.world, pool, pool_id)
    disk = DiskSpec(name="stray", size_bytes=GIB, format=DiskFormat.QCOW2)
    await driver.create_disk("stray-1", disk, None, _silent)


@pytest.mark.parametrize("how", ["zone", "setting"])
def test_a_hosts_folders_become_pools_where_local_storage_is_allowed(how: str) -> None:
    """At the next look at the host; with the UUID that its configuration gives them."""

    async def body(stage: Stage) -> None:
        async with stage.running():
            await stage.build()
            await stage.runtime.sleep(200.0)
            assert stage.inventory.find(Pool, "local-1") is None
            if how == "zone":
                await stage.plane.found([Zone(id="z1", name="z1", local_storage_enabled=True)])
            else:
                await stage.do(
                    UpdateConfiguration(name="system.vm.use.local.storage", value="true")
                )
            await stage.runtime.sleep(200.0)
            await stage.settle()
            pool = stage.inventory.get(Pool, "local-1")
            assert (pool.scope, pool.type, pool.state) == ("HOST", "Filesystem", PoolState.UP)
            assert pool.url == "file:///mnt/l1"
            assert pool.capacity_bytes > 0
            before = len(list(stage.inventory.all(Job)))
            await stage.runtime.sleep(200.0)
            assert len(list(stage.inventory.all(Job))) == before

    play(body)


def test_a_storage_system_keeps_its_promises() -> None:
    """One volume there for each volume here, with its rates; its capacity is what was agreed."""

    async def body(stage: Stage) -> None:
        async with stage.running():
            await stage.build()
            command = replace(
                create_pool("fire", "solidfire"), capacity_bytes=50 * GIB, tags="fire"
            )
            pool = await stage.do(command)
            offering = await stage.do(
                CreateDiskOffering(
                    name="rated",
                    disk_size=1,
                    tags="fire",
                    customized_iops=False,
                    min_iops=100,
                    max_iops=200,
                )
            )
            vm_id = await _add_machine(stage, "vm")
            volume_id = await stage.do(CreateVolume(disk_offering_id=offering["id"]))
            await stage.do(AttachVolume(id=volume_id, virtual_machine_id=vm_id))
            assert stage.world.pools["fire"].disks[volume_id].rates == (100, 200)
            await stage.runtime.sleep(200.0)
            assert stage.inventory.get(Pool, pool["id"]).capacity_bytes == 50 * GIB
            assert pool["managed"]

    play(body)


def test_a_linstor_pool_is_added_by_its_controllers_address() -> None:
    """Its resource group is its path; machines use its disks on hosts that are its nodes."""

    async def body(stage: Stage) -> None:
        async with stage.running():
            await stage.build()
            command = replace(
                create_pool("lin", "http"),
                url="http://lin:3370",
                details={"resourceGroup": "fast"},
                tags="drbd",
            )
            pool = await stage.do(command)
            assert (pool["type"], pool["provider"], pool["path"]) == ("Linstor", "Linstor", "fast")
            offering = await stage.do(CreateDiskOffering(name="drbd", disk_size=1, tags="drbd"))
            vm_id = await _add_machine(stage, "vm")
            volume_id = await stage.do(CreateVolume(disk_offering_id=offering["id"]))
            await stage.do(AttachVolume(id=volume_id, virtual_machine_id=vm_id))
            assert stage.inventory.get(Volume, volume_id).format is DiskFormat.RAW
            await stage.runtime.sleep(600.0)
            disk = stage.world.pools["lin"].disks[volume_id]
            assert disk.taken_bytes == 2 * disk.content.written_bytes

    play(body)


def test_a_datastore_cluster_follows_what_vcenter_says() -> None:
    """Its datastores are pools from the beginning, and change when they are synchronised."""

    async def body(stage: Stage) -> None:
        async with stage.running():
            await stage.build()
            await stage.do(create_cluster())
            cluster_id = stage.pool("dsc")
            assert _datastores(stage, cluster_id) == {"ds1", "ds2"}
            stage.world.pools["ds1"].parent = ""
            await stage.do(SyncStoragePool(id=cluster_id))
            assert _datastores(stage, cluster_id) == {"ds2"}
            await stage.do(EnableStorageMaintenance(id=cluster_id))
            assert _state(stage, stage.pool("ds2")) is PoolState.MAINTENANCE
            await stage.do(DeleteStoragePool(id=cluster_id))
            assert not _datastores(stage, cluster_id)

    play(body)


@pytest.mark.parametrize("occasion", ["host", "maintenance"])
def test_a_datastore_cluster_is_synchronised_by_itself(occasion: str) -> None:
    """When a host that uses it connects, and when its maintenance is over."""

    async def body(stage: Stage) -> None:
        async with stage.running():
            await stage.build()
            await stage.do(create_cluster())
            cluster_id = stage.pool("dsc")
            stage.world.pools["ds1"].parent = ""
            if occasion == "host":
                known = next(iter(stage.inventory.all(Host)))
                esx = replace(known, id="esx", url="sim://h2", hypervisor=Hypervisor.VMWARE)
                await stage.plane.found([esx])
                await stage.runtime.sleep(200.0)
                await stage.settle()
            else:
                await stage.do(EnableStorageMaintenance(id=cluster_id))
                await stage.do(CancelStorageMaintenance(id=cluster_id))
            assert _datastores(stage, cluster_id) == {"ds2"}
            assert _state(stage, stage.pool("ds2")) is PoolState.UP

    play(body)


def _datastores(stage: Stage, cluster_id: str) -> set[str]:
    return {pool.name for pool in stage.inventory.having(Pool, "parent", cluster_id)}


def test_a_rule_decides_which_offerings_a_pool_takes() -> None:
    """In the place of tags."""

    async def body(stage: Stage) -> None:
        async with stage.running():
            await stage.build()
            rule = "tags.includes('ssd') && !tags.includes('slow')"
            await stage.do(replace(create_pool("p2", "nfs"), tags=rule, is_tag_a_rule=True))
            vm_id = await _add_machine(stage, "vm")
            for tags, suits in (("ssd", True), ("ssd,slow", False)):
                offering = await stage.do(CreateDiskOffering(name=tags, disk_size=1, tags=tags))
                volume_id = await stage.do(CreateVolume(disk_offering_id=offering["id"]))
                attach = AttachVolume(id=volume_id, virtual_machine_id=vm_id)
                assert await _has_room(stage, attach) is suits
                if suits:
                    assert stage.inventory.get(Volume, volume_id).pool_id == stage.pool("p2")

    play(body)


def test_machines_go_on_starting_on_a_disabled_pool() -> None:
    """Only new volumes are kept away from it."""

    async def body(stage: Stage) -> None:
        async with stage.running():
            await stage.build()
            vm_id = await _add_machine(stage, "vm")
            await stage.do(StopVirtualMachine(id=vm_id))
            await stage.do(UpdateStoragePool(id=stage.pool("p1"), enabled=False))
            await stage.do(StartVirtualMachine(id=vm_id))
            assert not await _has_room(stage, deploy(stage))

    play(body)


def test_a_pool_goes_when_it_is_empty() -> None:
    """By way of maintenance; afterwards nobody sees it."""

    async def body(stage: Stage) -> None:
        async with stage.running():
            await stage.build()
            await stage.do(create_pool("p2", "nfs"))
            pool_id = stage.pool("p2")
            await stage.do(EnableStorageMaintenance(id=pool_id))
            assert await stage.do(DeleteStoragePool(id=pool_id)) is True
            assert await _ask(stage, ListStoragePools(name="p2")) == []
            await stage.do(create_pool("p2", "nfs"))

    play(body)
