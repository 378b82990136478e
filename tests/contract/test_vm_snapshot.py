"""What every host does with snapshots of a running VM as a whole, and what keeps it from that."""

from collections.abc import Awaitable, Callable

import pytest

from core.driver import HypervisorDriver
from core.model import errors
from core.model.pool_types import DiskFormat
from tests.contract.rig import Rig, blank, in_slot, refused, running_vm

OP = "op"
VM = "vm"


@pytest.mark.parametrize("memory", [False, True])
def test_all_disks_are_kept_inside_themselves(rig: Rig, *, memory: bool) -> None:
    """Once, however often it is asked; the VM goes on writing and the snapshot stays as it was."""

    async def body() -> None:
        host, pool = rig.host(), rig.pool()
        await running_vm(rig, host, pool)
        await host.snapshot_vm(OP, VM, "s1", memory=memory)
        told = rig.acknowledged(VM)
        await rig.again(host).snapshot_vm(OP, VM, "s1", memory=memory)
        await rig.wait_for_writes(VM, 2)
        await host.stop_vm(OP, VM, forced=True)
        for name in ("vm-root", "vm-data"):
            held = await pool.inspect(name)
            assert held is not None
            assert held.snapshots == ("s1",)
        assert 0 < await rig.last_write(pool.address("vm-data", "s1")) <= told + 1
        assert await rig.last_write(pool.address("vm-data")) >= rig.acknowledged(VM)

    rig.run(body)


@pytest.mark.parametrize("memory", [False, True])
def test_what_only_some_disks_have_is_taken_anew(rig: Rig, *, memory: bool) -> None:
    """As after a call that was cut off: all disks have it then, of one moment."""

    async def body() -> None:
        host, pool = rig.host(), rig.pool()
        await running_vm(rig, host, pool)
        await host.snapshot_vm(OP, VM, "s1", memory=False)
        await blank(pool, "more")
        held = await pool.inspect("more")
        assert held is not None
        await host.attach_disk(OP, VM, in_slot(2, pool, held))
        await rig.wait_for_writes(VM, 2)
        told = rig.acknowledged(VM)
        await host.snapshot_vm("op-2", VM, "s1", memory=memory)
        await host.stop_vm(OP, VM, forced=True)
        for name in ("vm-root", "vm-data", "more"):
            held = await pool.inspect(name)
            assert held is not None
            assert held.snapshots == ("s1",)
        assert await rig.last_write(pool.address("vm-data", "s1")) >= told

    rig.run(body)


def test_a_vm_goes_on_from_its_memory(rig: Rig) -> None:
    """Once for an operation; its disks are as they were then, without a torn write."""

    async def body() -> None:
        host, pool = rig.host(), rig.pool()
        await running_vm(rig, host, pool)
        await host.snapshot_vm(OP, VM, "s1", memory=True)
        await rig.wait_for_writes(VM, 3)
        await host.revert_vm("back", VM, "s1")
        await rig.again(host).revert_vm("back", VM, "s1")
        await host.stop_vm(OP, VM, forced=True)
        then = await rig.last_write(pool.address("vm-data", "s1"))
        assert then <= await rig.last_write(pool.address("vm-data"))

    rig.run(body)


def test_a_held_vm_writes_nothing_until_it_goes_on(rig: Rig) -> None:
    """It stays so though others look at it, and whoever held it is gone."""

    async def body() -> None:
        host, pool = rig.host(), rig.pool()
        await running_vm(rig, host, pool)
        for _ in range(2):
            await host.hold_vm(OP, VM, still=True)
        told = rig.acknowledged(VM)
        for _ in range(3):
            assert len((await rig.again(host).probe()).guests) == 1
        assert rig.acknowledged(VM) == told
        for _ in range(2):
            await rig.again(host).hold_vm(OP, VM, still=False)
        await rig.wait_for_writes(VM, 2)
        await refused(errors.NotFound, host.hold_vm(OP, "no", still=True))

    rig.run(body)


def test_several_closed_disks_are_kept_by_their_pool(rig: Rig) -> None:
    """All of them, or none when one is not there."""

    async def body() -> None:
        pool = rig.pool()
        for name in ("one", "two"):
            await blank(pool, name)
        await refused(errors.NotFound, pool.take_snapshots(OP, ("one", "nothing"), "s1"))
        for expected in ((), ("s1",), ("s1",)):
            held = [await pool.inspect(name) for name in ("one", "two")]
            assert [disk.snapshots for disk in held if disk is not None] == [expected] * 2
            await pool.take_snapshots(OP, ("one", "two"), "s1")

    rig.run(body)


@pytest.mark.parametrize("memory", [False, True])
def test_a_removed_snapshot_is_in_no_disk(rig: Rig, *, memory: bool) -> None:
    """The VM goes on; absent is success."""

    async def body() -> None:
        host, pool = rig.host(), rig.pool()
        await running_vm(rig, host, pool)
        await host.snapshot_vm(OP, VM, "s1", memory=memory)
        await host.snapshot_vm("op-2", VM, "s2", memory=memory)
        await host.remove_vm_snapshot("away", VM, "s1")
        await host.remove_vm_snapshot("away", VM, "s1")
        await rig.wait_for_writes(VM, 2)
        await host.stop_vm(OP, VM, forced=True)
        held = await pool.inspect("vm-data")
        assert held is not None
        assert held.snapshots == ("s2",)

    rig.run(body)


@pytest.mark.parametrize("memory", [False, True])
def test_a_raw_disk_keeps_a_vm_from_it(rig: Rig, *, memory: bool) -> None:
    """No other disk keeps a snapshot then."""

    async def body() -> None:
        host, pool = rig.host(), rig.pool()
        await running_vm(rig, host, pool)
        await blank(pool, "raw", format=DiskFormat.RAW)
        held = await pool.inspect("raw")
        assert held is not None
        await host.attach_disk(OP, VM, in_slot(2, pool, held))
        await refused(errors.Unsupported, host.snapshot_vm(OP, VM, "s1", memory=memory))
        await host.stop_vm(OP, VM, forced=True)
        data = await pool.inspect("vm-data")
        assert data is not None
        assert data.snapshots == ()

    rig.run(body)


def test_a_vm_without_memory_in_it_does_not_go_on_from_it(rig: Rig) -> None:
    """Nor from one that is not there; it goes on as it was."""

    async def body() -> None:
        host, pool = rig.host(), rig.pool()
        await running_vm(rig, host, pool)
        await host.snapshot_vm(OP, VM, "s1", memory=False)
        for snapshot in ("s1", "s2"):
            await refused(errors.NotFound, host.revert_vm("back", VM, snapshot))
        await rig.wait_for_writes(VM, 2)
        await host.stop_vm(OP, VM, forced=True)
        assert await rig.last_write(pool.address("vm-data")) >= rig.acknowledged(VM)

    rig.run(body)


CALLS: list[Callable[[HypervisorDriver], Awaitable[None]]] = [
    lambda host: host.snapshot_vm(OP, VM, "s1", memory=True),
    lambda host: host.revert_vm(OP, VM, "s1"),
    lambda host: host.remove_vm_snapshot(OP, VM, "s1"),
]


@pytest.mark.parametrize("call", CALLS)
def test_a_vm_that_does_not_run_is_not_found(
    rig: Rig, call: Callable[[HypervisorDriver], Awaitable[None]]
) -> None:
    """Its pools keep and revert its disks then."""

    async def body() -> None:
        await refused(errors.NotFound, call(rig.host()))

    rig.run(body)
