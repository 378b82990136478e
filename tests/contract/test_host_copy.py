"""What every host's copies of running disks must be: whole, of one moment, or not there at all."""

from msgspec.structs import replace

from core.driver import HypervisorDriver, ImageDriver, Progress, StorageDriver
from core.driver_words import Address, AttachedDisk
from core.model import errors
from core.model.pool_types import DiskFormat
from tests.contract.rig import (
    DISK_BYTES,
    MIB,
    OP,
    Rig,
    blank,
    cut_short,
    in_slot,
    refused,
    running_vm,
    silent,
)

PATH = "snapshots/1/2"


class Bench:
    """A VM `vm` that writes to slot 1, a store to snapshot to and a blank disk to move to."""

    def __init__(self, rig: Rig) -> None:
        self.rig = rig
        self.host: HypervisorDriver = rig.host()
        self.pool: StorageDriver = rig.pool()
        self.there: StorageDriver = rig.pool()
        self.store: ImageDriver = rig.store()
        self.size_bytes = DISK_BYTES

    async def start(self, *, written_bytes: int = 0) -> None:
        """Let the VM run."""
        self.size_bytes = DISK_BYTES + written_bytes
        await running_vm(self.rig, self.host, self.pool, written_bytes=written_bytes)

    async def place(self) -> Address:
        """Where the store wants the snapshot."""
        return await self.store.prepare(
            OP, PATH, format=DiskFormat.QCOW2, size_bytes=self.size_bytes
        )

    async def snapshot(self, progress: Progress = silent) -> int:
        """Copy the data disk to the place."""
        return await self.host.snapshot_disk(OP, "vm", 1, await self.place(), progress)

    async def target(self, pool: StorageDriver | None = None) -> AttachedDisk:
        """The data disk as it shall be after a move."""
        pool = pool or self.there
        await blank(pool, "moved", size_bytes=self.size_bytes)
        held = await pool.inspect("moved")
        assert held is not None
        return in_slot(1, pool, held)

    async def mirror(self, target: AttachedDisk, progress: Progress = silent) -> None:
        """Move the data disk."""
        await self.host.mirror_disk(OP, "vm", 1, target, progress)

    async def where(self) -> str:
        """Which address the VM has in slot 1."""
        (guest,) = (await self.host.probe()).guests
        return next(disk.address.location for disk in guest.disks if disk.device_id == 1)

    async def require_all_writes(self, address: Address) -> None:
        """Let the VM write once more, kill it, and find every acknowledged write at `address`."""
        await self.rig.wait_for_writes("vm", 1)
        self.rig.kill_guest("vm")
        assert await self.rig.last_write(address) >= self.rig.acknowledged("vm") > 0


def test_a_snapshot_is_the_disk_at_one_moment_of_the_call(rig: Rig) -> None:
    """It has all that was acknowledged before the call and nothing from after it."""

    async def body() -> None:
        bench = Bench(rig)
        await bench.start()
        before = rig.acknowledged("vm")
        assert await bench.snapshot() > 0
        after = rig.acknowledged("vm")
        image = await bench.store.commit(OP, PATH)
        assert image.size_bytes == DISK_BYTES
        await rig.wait_for_writes("vm", 3)
        copied = await rig.last_write(bench.store.address(PATH))
        assert before <= copied <= after + 1
        await bench.require_all_writes(bench.pool.address("vm-data"))

    rig.run(body)


def test_a_snapshot_made_twice_is_one(rig: Rig) -> None:
    """The second call succeeds, and what is committed is the disk at one moment."""

    async def body() -> None:
        bench = Bench(rig)
        await bench.start()
        before = rig.acknowledged("vm")
        assert await bench.snapshot() == await bench.snapshot()
        await bench.store.commit(OP, PATH)
        assert await rig.last_write(bench.store.address(PATH)) >= before

    rig.run(body)


def test_nothing_can_be_snapshotted_that_is_not_there(rig: Rig) -> None:
    """Neither an absent VM nor an empty slot; the place is still no image."""

    async def body() -> None:
        bench = Bench(rig)
        await bench.start()
        place = await bench.place()
        for vm_id, device_id in (("never", 1), ("vm", 7)):
            call = bench.host.snapshot_disk(OP, vm_id, device_id, place, silent)
            await refused(errors.NotFound, call)
        assert await bench.store.inspect(PATH) is None

    rig.run(body)


def test_a_cancelled_snapshot_leaves_nothing_and_can_be_made_again(rig: Rig) -> None:
    """The guest never stops writing, and its disk is free for the next copy."""

    async def body() -> None:
        bench = Bench(rig)
        await bench.start(written_bytes=rig.long_bytes)
        assert await cut_short(rig, bench.snapshot)
        assert (await bench.host.probe()).guests[0].copying == ()
        assert await bench.store.inspect(PATH) is None
        await bench.store.remove(OP, PATH)
        before = rig.acknowledged("vm")
        await bench.snapshot()
        await bench.store.commit(OP, PATH)
        assert await rig.last_write(bench.store.address(PATH)) >= before
        await bench.require_all_writes(bench.pool.address("vm-data"))

    rig.run(body)


def test_a_snapshot_outlives_the_control_plane(rig: Rig) -> None:
    """The host goes on copying, and the same call of the next control plane joins it."""

    async def body() -> None:
        bench = Bench(rig)
        await bench.start(written_bytes=rig.long_bytes)
        before = rig.acknowledged("vm")
        await rig.die_during(bench.snapshot)
        bench.host, bench.store = rig.again(bench.host), rig.again(bench.store)
        assert (await bench.host.probe()).guests[0].copying == (OP,)
        await refused(errors.Busy, bench.store.commit(OP, PATH))
        await bench.snapshot()
        assert (await bench.host.probe()).guests[0].copying == ()
        await bench.store.commit(OP, PATH)
        assert await rig.last_write(bench.store.address(PATH)) >= before

    rig.run(body)


def test_a_disk_that_is_being_copied_stays_in_its_slot(rig: Rig) -> None:
    """Detaching it, and a second copy of it, are Busy; the copy goes on."""

    async def body() -> None:
        bench = Bench(rig)
        await bench.start(written_bytes=rig.long_bytes)
        await rig.die_during(bench.snapshot)
        bench.host = rig.again(bench.host)
        await refused(errors.Busy, bench.host.detach_disk(OP, "vm", 1))
        target = await bench.target()
        await refused(errors.Busy, bench.host.mirror_disk("op-2", "vm", 1, target, silent))
        await bench.snapshot()
        await bench.host.detach_disk(OP, "vm", 1)

    rig.run(body)


def test_a_snapshot_of_a_vm_that_dies_fails(rig: Rig) -> None:
    """It is Unavailable, nothing becomes an image, and the disk has every acknowledged write."""

    async def body() -> None:
        bench = Bench(rig)
        await bench.start(written_bytes=rig.long_bytes)

        def kill(_done_bytes: int, _total_bytes: int) -> None:
            rig.kill_guest("vm")

        await refused(errors.Unavailable, bench.snapshot(kill))
        assert await bench.store.inspect(PATH) is None
        assert await rig.last_write(bench.pool.address("vm-data")) >= rig.acknowledged("vm") > 0

    rig.run(body)


def test_a_moved_disk_has_every_write(rig: Rig) -> None:
    """The VM goes on on the target, and the source is free."""

    async def body() -> None:
        bench = Bench(rig)
        await bench.start()
        target = await bench.target()
        await bench.mirror(target)
        assert await bench.where() == target.address.location
        await refused(errors.Busy, bench.there.remove_disk(OP, "moved"))
        await bench.pool.remove_disk(OP, "vm-data")
        await bench.require_all_writes(target.address)

    rig.run(body)


def test_a_disk_is_moved_once(rig: Rig) -> None:
    """The second call finds that the VM runs on the target."""

    async def body() -> None:
        bench = Bench(rig)
        await bench.start()
        target = await bench.target()
        await bench.mirror(target)
        await bench.mirror(target)
        bench.host = rig.again(bench.host)
        await bench.mirror(target)
        await bench.require_all_writes(target.address)

    rig.run(body)


def test_a_cancelled_move_leaves_the_vm_on_its_source(rig: Rig) -> None:
    """The target is free to be removed, and the move can be made again."""

    async def body() -> None:
        bench = Bench(rig)
        await bench.start(written_bytes=rig.long_bytes)
        source = await bench.where()
        target = await bench.target()
        assert await cut_short(rig, lambda progress: bench.mirror(target, progress))
        assert await bench.where() == source
        assert (await bench.host.probe()).guests[0].copying == ()
        await rig.wait_for_writes("vm", 1)
        await bench.there.remove_disk(OP, "moved")
        await bench.mirror(await bench.target())
        await bench.require_all_writes(target.address)

    rig.run(body)


def test_a_move_outlives_the_control_plane(rig: Rig) -> None:
    """The VM ends on the target when the same call is made again, by whoever makes it."""

    async def body() -> None:
        bench = Bench(rig)
        await bench.start(written_bytes=rig.long_bytes)
        target = await bench.target()
        await rig.die_during(lambda progress: bench.mirror(target, progress))
        bench.host = rig.again(bench.host)
        assert (await bench.host.probe()).guests[0].copying == (OP,)
        await bench.mirror(target)
        assert await bench.where() == target.address.location
        await bench.require_all_writes(target.address)

    rig.run(body)


def test_a_move_to_where_there_is_no_disk_is_refused(rig: Rig) -> None:
    """Nor is an absent VM or an empty slot moved."""

    async def body() -> None:
        bench = Bench(rig)
        await bench.start()
        target = await bench.target()
        absent = replace(target, name="no", address=bench.there.address("no"))
        await refused(errors.NotFound, bench.mirror(absent))
        for vm_id, device_id in (("never", 1), ("vm", 7)):
            call = bench.host.mirror_disk(OP, vm_id, device_id, target, silent)
            await refused(errors.NotFound, call)
        await bench.require_all_writes(bench.pool.address("vm-data"))

    rig.run(body)


def test_a_move_of_a_vm_that_dies_fails_and_its_source_has_every_write(rig: Rig) -> None:
    """It is Unavailable; both disks are free afterwards."""

    async def body() -> None:
        bench = Bench(rig)
        await bench.start(written_bytes=rig.long_bytes)
        target = await bench.target()

        def kill(_done_bytes: int, _total_bytes: int) -> None:
            rig.kill_guest("vm")

        await refused(errors.Unavailable, bench.mirror(target, kill))
        source = bench.pool.address("vm-data")
        assert await rig.last_write(source) >= rig.acknowledged("vm") > 0
        await bench.there.remove_disk(OP, "moved")
        await bench.pool.resize_disk(OP, "vm-data", bench.size_bytes + MIB, shrink=False)

    rig.run(body)
