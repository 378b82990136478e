"""Primary storage pools as an administrator lives with them, on the simulated zone."""

import pytest
from msgspec.structs import replace

from core.model.commands.offering import CreateDiskOffering
from core.model.commands.pool import (
    CancelStorageMaintenance,
    DeleteStoragePool,
    EnableStorageMaintenance,
    ListStoragePools,
    SyncStoragePool,
    UpdateStoragePool,
)
from core.model.commands.setting import UpdateConfiguration
from core.model.commands.vm import StartVirtualMachine, StopVirtualMachine
from core.model.commands.volume import AttachVolume, CreateVolume
from core.model.hypervisors import Hypervisor
from core.model.pool_types import DiskFormat
from core.model.records import Host, Job, Pool, Volume, Zone
from core.model.states import PoolState
from sim.spec import GIB
from tests.simulation.pool_scenes import create_cluster
from tests.simulation.stage import Stage, create_pool, deploy, play


def _state(stage: Stage, pool_id: str) -> PoolState:
    return stage.inventory.get(Pool, pool_id).state


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
            vm_id = await stage.add_machine("vm")
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
            vm_id = await stage.add_machine("vm")
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
            vm_id = await stage.add_machine("vm")
            for tags, suits in (("ssd", True), ("ssd,slow", False)):
                offering = await stage.do(CreateDiskOffering(name=tags, disk_size=1, tags=tags))
                volume_id = await stage.do(CreateVolume(disk_offering_id=offering["id"]))
                attach = AttachVolume(id=volume_id, virtual_machine_id=vm_id)
                assert await stage.has_room(attach) is suits
                if suits:
                    assert stage.inventory.get(Volume, volume_id).pool_id == stage.pool("p2")

    play(body)


def test_machines_go_on_starting_on_a_disabled_pool() -> None:
    """Only new volumes are kept away from it."""

    async def body(stage: Stage) -> None:
        async with stage.running():
            await stage.build()
            vm_id = await stage.add_machine("vm")
            await stage.do(StopVirtualMachine(id=vm_id))
            await stage.do(UpdateStoragePool(id=stage.pool("p1"), enabled=False))
            await stage.do(StartVirtualMachine(id=vm_id))
            assert not await stage.has_room(deploy(stage))

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
            assert await stage.ask(ListStoragePools(name="p2")) == []
            await stage.do(create_pool("p2", "nfs"))

    play(body)
