"""Local storage as the guide tells of it: data volumes beside their machine, several folders."""

import pytest
from msgspec.structs import replace

from core.model.commands.offering import CreateDiskOffering
from core.model.commands.pool import ListStoragePools
from core.model.commands.volume import (
    AttachVolume,
    CreateVolume,
    DeleteVolume,
    DetachVolume,
    MigrateVolume,
)
from core.model.errors import Invalid
from core.model.pool_types import PoolType
from core.model.records import Host, Pool, Volume, Zone
from sim.spec import LocalStorageSpec, PoolSpec
from sim.world import Pool as SimulatedFolder
from tests.simulation.checkers import findings
from tests.simulation.stage import Stage, deploy, play


async def _with_folders(stage: Stage, *uuids: str) -> None:
    """The agent of host h1 names these folders; the zone allows local storage."""
    host = stage.world.hosts["h1"]
    folders = tuple(LocalStorageSpec(uuid=uuid, path=f"/mnt/{uuid}") for uuid in uuids)
    host.spec = replace(host.spec, local_storage=folders)
    for uuid in uuids:
        spec = PoolSpec(name=uuid, type=PoolType.FILESYSTEM, host="h1")
        stage.world.pools[uuid] = SimulatedFolder(spec)
    await stage.plane.found([Zone(id="z1", name="z1", local_storage_enabled=True)])
    await stage.runtime.sleep(200.0)
    await stage.settle()


async def _local_volume(stage: Stage) -> str:
    offering = CreateDiskOffering(name="local", disk_size=1, storage_type="local")
    stage.ids["local"] = (await stage.do(offering))["id"]
    return str(await stage.do(CreateVolume(disk_offering_id=stage.ids["local"])))


def test_a_kvm_host_may_have_several_local_storages() -> None:
    """Each folder of its configuration is a pool of its own, by the UUID beside it."""

    async def body(stage: Stage) -> None:
        async with stage.running():
            await stage.build()
            await _with_folders(stage, "first", "second")
            host = next(iter(stage.inventory.all(Host)))
            local = [pool for pool in stage.inventory.all(Pool) if pool.scope == "HOST"]
            assert {(pool.id, pool.host_id) for pool in local} == {
                ("first", host.id),
                ("second", host.id),
            }
            answer = await stage.plane.submit(ListStoragePools(scope="host"), stage.caller)
            assert isinstance(answer, dict)
            assert answer["count"] == 2

    play(body)


def test_a_local_data_volume_lies_beside_its_machine() -> None:
    """It is attached, detached, attached again and deleted like any other."""

    async def body(stage: Stage) -> None:
        async with stage.running():
            await stage.build()
            await _with_folders(stage, "first")
            vm_id = await stage.do(deploy(stage))
            volume_id = await _local_volume(stage)
            for _ in range(2):
                await stage.do(AttachVolume(id=volume_id, virtual_machine_id=vm_id))
                assert stage.inventory.get(Volume, volume_id).pool_id == "first"
                await stage.do(DetachVolume(id=volume_id))
            assert findings(stage.inventory, stage.world) == []
            await stage.do(DeleteVolume(id=volume_id))
            assert stage.inventory.find(Volume, volume_id) is None
            assert findings(stage.inventory, stage.world) == []

    play(body)


def test_a_machine_can_be_deployed_with_a_local_data_disk() -> None:
    """Its root disk stays on shared storage."""

    async def body(stage: Stage) -> None:
        async with stage.running():
            await stage.build()
            await _with_folders(stage, "first")
            offering = CreateDiskOffering(name="local", disk_size=1, storage_type="local")
            disk = await stage.do(offering)
            vm_id = await stage.do(replace(deploy(stage), disk_offering_id=disk["id"]))
            volumes = stage.inventory.having(Volume, "vm", vm_id)
            assert {volume.type: volume.pool_id for volume in volumes} == {
                "ROOT": stage.pool("p1"),
                "DATADISK": "first",
            }

    play(body)


def test_a_local_volume_leaves_neither_its_kind_nor_its_host() -> None:
    """Not for shared storage with its local offering (431)."""

    async def body(stage: Stage) -> None:
        async with stage.running():
            await stage.build()
            await _with_folders(stage, "first")
            vm_id = await stage.do(deploy(stage))
            volume_id = await _local_volume(stage)
            await stage.do(AttachVolume(id=volume_id, virtual_machine_id=vm_id))
            await stage.do(DetachVolume(id=volume_id))
            with pytest.raises(Invalid) as refused:
                await stage.do(MigrateVolume(volume_id=volume_id, storage_id=stage.pool("p1")))
            assert refused.value.number == 431

    play(body)
