"""Pools that are elsewhere from now on, or for some hosts only, on the simulated zone."""

from typing import cast

import pytest
from msgspec.structs import replace

from core.model.commands.command import ListCommand
from core.model.commands.pool import (
    CancelStorageMaintenance,
    ConfigureStorageAccess,
    EnableStorageMaintenance,
    ListStorageAccessGroups,
    ListStoragePools,
    ListStoragePoolsMetrics,
    UpdateStoragePool,
)
from core.model.commands.vm import StartVirtualMachine, StopVirtualMachine
from core.model.errors import Conflict, NoCapacity
from core.model.records import Pool, Vm
from core.model.states import VmState
from core.views.pool.access import AccessGroupView
from core.views.pool.pool import PoolView
from sim.disk.disk import Disk
from tests.simulation.checkers import findings
from tests.simulation.linstor import linstor_pool
from tests.simulation.stage import Stage, add_host, deploy, play


def _carry(stage: Stage, here: str, there: str) -> None:
    """The administrator moves everything from one server to another."""
    source, target = stage.world.pools[here], stage.world.pools[there]
    for name, disk in source.disks.items():
        target.disks[name] = Disk(name, disk.format, disk.content, target.room, stage.runtime.now())
        disk.vanish()
    source.disks.clear()


def test_a_pool_moves_to_another_server_in_maintenance() -> None:
    """Its machines run from there when the maintenance is over."""

    async def body(stage: Stage) -> None:
        async with stage.running():
            await stage.build()
            vm_id = await stage.do(deploy(stage))
            pool_id = stage.pool("p1")
            await stage.do(EnableStorageMaintenance(id=pool_id))
            _carry(stage, "p1", "p2")
            await stage.do(UpdateStoragePool(id=pool_id, url="nfs://p2/export"))
            await stage.do(CancelStorageMaintenance(id=pool_id))
            assert stage.inventory.get(Vm, vm_id).state is VmState.RUNNING
            assert stage.inventory.get(Pool, pool_id).url == "nfs://p2/export"
            (host,) = (host for host in stage.world.hosts.values() if host.guests)
            slots = host.guests[vm_id].slots.values()
            assert all("/p2/" in slot.attached.address.location for slot in slots)
            assert findings(stage.inventory, stage.world) == []

    play(body)


async def _asked(stage: Stage, command: ListCommand) -> list[object]:
    answer = await stage.plane.submit(command, stage.caller)
    assert isinstance(answer, dict)
    return cast("list[object]", answer[command.returns])


def test_a_pool_is_for_the_hosts_of_its_groups() -> None:
    """Machines start there; those groups are listed, and find the pool."""

    async def body(stage: Stage) -> None:
        async with stage.running():
            await stage.build()
            there = (await stage.do(add_host("h2")))["id"]
            pool_id = stage.pool("p1")
            await stage.do(ConfigureStorageAccess(host_id=there, storage_access_groups="gold"))
            await stage.do(ConfigureStorageAccess(storage_id=pool_id, storage_access_groups="gold"))
            vm_id = await stage.do(deploy(stage))
            assert stage.inventory.get(Vm, vm_id).host_id == there
            (group,) = cast("list[AccessGroupView]", await _asked(stage, ListStorageAccessGroups()))
            assert (group.name, group.hosts, group.storagepools) == ("gold", ("h2",), ("p1",))
            found = await _asked(stage, ListStoragePools(storage_access_group="gold"))
            assert [cast("PoolView", row).storageaccessgroups for row in found] == ["gold"]
            taken = ConfigureStorageAccess(host_id=there)
            with pytest.raises(Conflict, match="would lose pool p1"):
                await stage.do(taken)
            await stage.do(StopVirtualMachine(id=vm_id))
            await stage.do(taken)
            with pytest.raises(NoCapacity, match="p1 has other storage access groups"):
                await stage.do(StartVirtualMachine(id=vm_id))
            assert findings(stage.inventory, stage.world) == []

    play(body)


@pytest.mark.parametrize("command", [ListStoragePools(), ListStoragePoolsMetrics()])
def test_storage_with_nodes_shows_figures_of_its_own(command: ListStoragePools) -> None:
    """When they are asked for; other storage has none."""

    async def body(stage: Stage) -> None:
        async with stage.running():
            await stage.build()
            await stage.do(linstor_pool())
            for asked in (False, True):
                rows = await _asked(stage, replace(command, storage_custom_stats=asked))
                views = {row.name: row.storagecustomstats for row in cast("list[PoolView]", rows)}
                shown = {"nodes": "h1,node2", "replicas": "2"} if asked else None
                assert views == {"p1": None, "lin": shown}

    play(body)
