"""What every host must do: run VMs, plug disks, and keep every acknowledged write."""

from contextlib import suppress

from msgspec.structs import replace

from core.driver import HypervisorDriver, StorageDriver
from core.driver_words import AttachedDisk, HostStatus
from core.model import errors
from tests.contract.rig import (
    DISK_BYTES,
    MIB,
    OP,
    VM_MEMORY_BYTES,
    Rig,
    blank,
    in_slot,
    prepared_vm,
    refused,
    running_vm,
)


async def spare(pool: StorageDriver, device_id: int = 2, name: str = "spare") -> AttachedDisk:
    """A blank disk as it goes into a slot."""
    await blank(pool, name)
    held = await pool.inspect(name)
    assert held is not None
    return in_slot(device_id, pool, held)


async def slots(host: HypervisorDriver, vm_id: str = "vm") -> dict[int, str]:
    """The disks that a VM has, by slot."""
    guests = {guest.vm_id: guest for guest in (await host.probe()).guests}
    return {disk.device_id: disk.name for disk in guests[vm_id].disks}


def test_a_host_tells_what_it_has(rig: Rig) -> None:
    """An idle host runs nothing."""

    async def body() -> None:
        status: HostStatus = await rig.host(memory_bytes=2 * VM_MEMORY_BYTES).probe()
        assert status.hypervisor == "KVM"
        assert status.version
        assert status.cpus > 0
        assert status.memory_bytes == 2 * VM_MEMORY_BYTES
        assert status.guests == ()

    rig.run(body)


def test_a_started_vm_runs_with_its_disks_and_writes(rig: Rig) -> None:
    """The host reports it, and a new driver reports the same."""

    async def body() -> None:
        host, pool = rig.host(), rig.pool()
        vm = await running_vm(rig, host, pool)
        (guest,) = (await host.probe()).guests
        assert guest.vm_id == "vm"
        assert guest.disks == vm.disks
        assert guest.copying == ()
        assert await rig.again(host).probe() == await host.probe()

    rig.run(body)


def test_starting_a_vm_twice_starts_one(rig: Rig) -> None:
    """It goes on as if nothing had been asked."""

    async def body() -> None:
        host, pool = rig.host(), rig.pool()
        vm = await running_vm(rig, host, pool)
        await host.start_vm(OP, vm)
        await rig.again(host).start_vm(OP, vm)
        assert len((await host.probe()).guests) == 1
        await rig.wait_for_writes("vm", 1)

    rig.run(body)


def test_a_vm_that_runs_with_other_disks_is_not_started(rig: Rig) -> None:
    """It is a Conflict, and the VM keeps its disks."""

    async def body() -> None:
        host, pool = rig.host(), rig.pool()
        vm = await running_vm(rig, host, pool)
        other = replace(vm, disks=(*vm.disks, await spare(pool)))
        await refused(errors.Conflict, host.start_vm(OP, other))
        assert set(await slots(host)) == {0, 1}

    rig.run(body)


def test_a_vm_with_a_missing_disk_is_not_started(rig: Rig) -> None:
    """Its other disks stay free."""

    async def body() -> None:
        host, pool = rig.host(), rig.pool()
        vm = await prepared_vm(rig, pool)
        missing = replace(vm.disks[1], device_id=2, name="no", address=pool.address("no"))
        broken = replace(vm, disks=(*vm.disks, missing))
        await refused(errors.NotFound, host.start_vm(OP, broken))
        assert (await host.probe()).guests == ()
        await host.start_vm(OP, vm)

    rig.run(body)


def test_a_disk_that_is_open_elsewhere_starts_no_second_vm(rig: Rig) -> None:
    """It is Busy on another host too, until the first VM stops."""

    async def body() -> None:
        host, other, pool = rig.host(), rig.host(), rig.pool()
        vm = await running_vm(rig, host, pool)
        twin = replace(vm, vm_id="twin")
        await refused(errors.Busy, host.start_vm(OP, twin))
        await refused(errors.Busy, other.start_vm(OP, vm))
        assert (await other.probe()).guests == ()
        await host.stop_vm(OP, "vm", forced=True)
        await other.start_vm(OP, vm)

    rig.run(body)


def test_a_host_without_memory_starts_no_vm(rig: Rig) -> None:
    """The memory of a stopped VM is free again."""

    async def body() -> None:
        host, pool = rig.host(memory_bytes=VM_MEMORY_BYTES), rig.pool()
        one = await prepared_vm(rig, pool, "one")
        two = await prepared_vm(rig, pool, "two")
        await host.start_vm(OP, one)
        await refused(errors.NoCapacity, host.start_vm(OP, two))
        await host.stop_vm(OP, "one", forced=True)
        await host.start_vm(OP, two)

    rig.run(body)


def test_a_running_vm_grows_up_to_what_it_started_with_room_for(rig: Rig) -> None:
    """Never beyond, never back, and not beyond its host; who cannot do it refuses all of it."""

    async def body() -> None:
        host, pool = rig.host(memory_bytes=4 * VM_MEMORY_BYTES), rig.pool()
        vm = replace(await prepared_vm(rig, pool), cpus_max=2, memory_max_bytes=8 * VM_MEMORY_BYTES)
        await host.start_vm(OP, vm)
        await host.scale_vm(OP, "vm", cpus=1, memory_bytes=VM_MEMORY_BYTES)
        await refused(errors.NotFound, host.scale_vm(OP, "no", cpus=1, memory_bytes=MIB))
        with suppress(errors.Unsupported):
            await host.scale_vm(OP, "vm", cpus=2, memory_bytes=2 * VM_MEMORY_BYTES)
            await refuses_growth(host)
        await rig.wait_for_writes("vm", 1)

    rig.run(body)


async def refuses_growth(host: HypervisorDriver) -> None:
    """What a VM that has been scaled is not given."""
    await host.scale_vm(OP, "vm", cpus=2, memory_bytes=2 * VM_MEMORY_BYTES)
    for cpus, factor, error in (
        (1, 2, errors.Invalid),
        (2, 1, errors.Invalid),
        (3, 2, errors.Invalid),
        (2, 9, errors.Invalid),
        (2, 5, errors.NoCapacity),
    ):
        memory_bytes = factor * VM_MEMORY_BYTES
        await refused(error, host.scale_vm("op-2", "vm", cpus=cpus, memory_bytes=memory_bytes))


def test_a_stopped_vm_has_all_its_acknowledged_writes(rig: Rig) -> None:
    """Stopping it twice is success, and so is stopping one that never ran."""

    async def body() -> None:
        host, pool = rig.host(), rig.pool()
        await running_vm(rig, host, pool)
        for forced in (False, True):
            await host.stop_vm(OP, "vm", forced=forced)
            await host.stop_vm(OP, "never", forced=forced)
        assert (await host.probe()).guests == ()
        assert await rig.last_write(pool.address("vm-data")) >= rig.acknowledged("vm") > 0

    rig.run(body)


def test_a_killed_vm_has_all_its_acknowledged_writes(rig: Rig) -> None:
    """The host sees that it is gone, and starts it again; it goes on from its last write."""

    async def body() -> None:
        host, pool = rig.host(), rig.pool()
        vm = await running_vm(rig, host, pool)
        rig.kill_guest("vm")
        assert (await host.probe()).guests == ()
        last = await rig.last_write(pool.address("vm-data"))
        assert last >= rig.acknowledged("vm") > 0
        await host.start_vm(OP, vm)
        await rig.wait_for_writes("vm", 2)
        assert rig.acknowledged("vm") > last

    rig.run(body)


def test_a_disk_is_attached_once(rig: Rig) -> None:
    """The second call changes nothing; the VM goes on."""

    async def body() -> None:
        host, pool = rig.host(), rig.pool()
        await running_vm(rig, host, pool)
        disk = await spare(pool)
        await host.attach_disk(OP, "vm", disk)
        await rig.again(host).attach_disk(OP, "vm", disk)
        assert (await host.probe()).guests[0].disks[2] == disk
        await rig.wait_for_writes("vm", 1)

    rig.run(body)


def test_a_slot_takes_one_disk_and_a_disk_one_slot(rig: Rig) -> None:
    """An occupied slot is a Conflict, an open disk is Busy, and the CD-ROM's slot is Invalid."""

    async def body() -> None:
        host, pool = rig.host(), rig.pool()
        vm = await running_vm(rig, host, pool)
        disk = await spare(pool)
        await refused(errors.Conflict, host.attach_disk(OP, "vm", replace(disk, device_id=1)))
        again = replace(vm.disks[1], device_id=2)
        await refused(errors.Busy, host.attach_disk(OP, "vm", again))
        await refused(errors.Invalid, host.attach_disk(OP, "vm", replace(disk, device_id=3)))
        assert set(await slots(host)) == {0, 1}
        await host.attach_disk(OP, "vm", disk)

    rig.run(body)


def test_disks_are_told_in_the_order_of_their_slots(rig: Rig) -> None:
    """Whatever order they were attached in."""

    async def body() -> None:
        host, pool = rig.host(), rig.pool()
        await running_vm(rig, host, pool)
        await host.attach_disk(OP, "vm", await spare(pool, 4, "four"))
        await host.attach_disk(OP, "vm", await spare(pool, 2, "two"))
        assert list(await slots(host)) == [0, 1, 2, 4]

    rig.run(body)


def test_a_disk_of_another_vm_is_not_attached(rig: Rig) -> None:
    """It is Busy until it is detached there."""

    async def body() -> None:
        host, other, pool = rig.host(), rig.host(), rig.pool()
        await running_vm(rig, host, pool, "one")
        await running_vm(rig, other, pool, "two")
        disk = await spare(pool)
        await host.attach_disk(OP, "one", disk)
        await refused(errors.Busy, other.attach_disk(OP, "two", disk))
        await host.detach_disk(OP, "one", 2)
        await other.attach_disk(OP, "two", disk)

    rig.run(body)


def test_what_is_not_there_is_not_attached(rig: Rig) -> None:
    """Neither an absent disk, nor a disk to an absent VM."""

    async def body() -> None:
        host, pool = rig.host(), rig.pool()
        disk = await spare(pool)
        await refused(errors.NotFound, host.attach_disk(OP, "vm", disk))
        await running_vm(rig, host, pool)
        absent = replace(disk, name="no", address=pool.address("no"))
        await refused(errors.NotFound, host.attach_disk(OP, "vm", absent))
        assert set(await slots(host)) == {0, 1}

    rig.run(body)


def test_a_detached_disk_has_all_its_acknowledged_writes(rig: Rig) -> None:
    """An empty slot is detached already, an absent VM is NotFound."""

    async def body() -> None:
        host, pool = rig.host(), rig.pool()
        await running_vm(rig, host, pool)
        await host.detach_disk(OP, "vm", 1)
        await host.detach_disk(OP, "vm", 1)
        assert set(await slots(host)) == {0}
        assert await rig.last_write(pool.address("vm-data")) >= rig.acknowledged("vm") > 0
        await refused(errors.NotFound, host.detach_disk(OP, "never", 1))

    rig.run(body)


def test_a_disk_grows_under_a_running_vm(rig: Rig) -> None:
    """Growing it twice is growing it once, and it loses nothing."""

    async def body() -> None:
        host, pool = rig.host(), rig.pool()
        await running_vm(rig, host, pool)
        await host.resize_disk(OP, "vm", 1, 2 * DISK_BYTES)
        await host.resize_disk(OP, "vm", 1, 2 * DISK_BYTES)
        disks = (await host.probe()).guests[0].disks
        assert [disk.size_bytes for disk in disks if disk.device_id == 1] == [2 * DISK_BYTES]
        await rig.wait_for_writes("vm", 1)
        await host.stop_vm(OP, "vm", forced=True)
        held = await pool.inspect("vm-data")
        assert held is not None
        assert held.size_bytes == 2 * DISK_BYTES
        assert await rig.last_write(pool.address("vm-data")) >= rig.acknowledged("vm")

    rig.run(body)


def test_a_disk_does_not_shrink_under_a_running_vm(rig: Rig) -> None:
    """Nor does one grow that is not there."""

    async def body() -> None:
        host, pool = rig.host(), rig.pool()
        await running_vm(rig, host, pool)
        await refused(errors.Invalid, host.resize_disk(OP, "vm", 1, MIB))
        await refused(errors.NotFound, host.resize_disk(OP, "vm", 7, DISK_BYTES))
        await refused(errors.NotFound, host.resize_disk(OP, "never", 1, DISK_BYTES))

    rig.run(body)


def test_writes_are_counted_by_vm_and_slot(rig: Rig) -> None:
    """The counters rise with what the guest writes."""

    async def body() -> None:
        host, pool = rig.host(), rig.pool()
        assert await host.statistics() == ()
        await running_vm(rig, host, pool)

        async def counted() -> tuple[int, int]:
            rows = {(row.vm_id, row.device_id): row for row in await host.statistics()}
            assert set(rows) == {("vm", 0), ("vm", 1)}
            return rows["vm", 1].write_operations, rows["vm", 1].write_bytes

        operations, written_bytes = await counted()
        await rig.wait_for_writes("vm", 3)
        later = await counted()
        assert later[0] >= operations + 3
        assert later[1] > written_bytes > 0

    rig.run(body)
