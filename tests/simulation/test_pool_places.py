"""Pools that are elsewhere from now on, or for some hosts only, on the simulated zone."""

from core.model.commands.pool import (
    CancelStorageMaintenance,
    EnableStorageMaintenance,
    UpdateStoragePool,
)
from core.model.records import Pool, Vm
from core.model.states import VmState
from sim.disk.disk import Disk
from tests.simulation.checkers import findings
from tests.simulation.stage import Stage, deploy, play


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
