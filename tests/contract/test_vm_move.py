"""What every move of a running VM must be: it runs on one host or the other, with every write."""

from msgspec.structs import replace

from core.driver import HypervisorDriver, Progress, StorageDriver
from core.driver_words import AttachedDisk, VmSpec
from core.model import errors
from tests.contract.rig import (
    DISK_BYTES,
    OP,
    VM_MEMORY_BYTES,
    Rig,
    blank,
    cut_short,
    in_slot,
    refused,
    running_vm,
    silent,
)
from tests.contract.test_disc import PATH, fetched, inside


class Bench:
    """A VM `vm` that runs `here` and writes, and a host `there`."""

    def __init__(self, rig: Rig) -> None:
        self.rig = rig
        self.here: HypervisorDriver = rig.host()
        self.there: HypervisorDriver = rig.host()
        self.pool: StorageDriver = rig.pool()
        self.vm: VmSpec

    async def start(self) -> None:
        """Let it run."""
        self.vm = await running_vm(self.rig, self.here, self.pool)

    async def move(self, progress: Progress = silent) -> None:
        """Let it go there."""
        await self.here.migrate_vm(OP, self.vm, self.there.address(), progress)

    async def homes(self) -> list[str]:
        """Where it runs."""
        named = (("here", self.here), ("there", self.there))
        return [
            name
            for name, host in named
            if "vm" in {guest.vm_id for guest in (await host.probe()).guests}
        ]

    async def require_all_writes(self) -> None:
        """Let it write once more, kill it, and find every acknowledged write on its data disk."""
        await self.rig.wait_for_writes("vm", 1)
        self.rig.kill_guest("vm")
        address = self.vm.disks[1].address
        assert await self.rig.last_write(address) >= self.rig.acknowledged("vm") > 0


def test_a_vm_goes_on_on_the_other_host(rig: Rig) -> None:
    """With its disks in their slots, and all that it has written."""

    async def body() -> None:
        bench = Bench(rig)
        await bench.start()
        await bench.move()
        assert await bench.homes() == ["there"]
        (guest,) = (await bench.there.probe()).guests
        assert guest.disks == bench.vm.disks
        await bench.require_all_writes()

    rig.run(body)


def test_moving_a_vm_twice_moves_it_once(rig: Rig) -> None:
    """It goes on there as if nothing had been asked."""

    async def body() -> None:
        bench = Bench(rig)
        await bench.start()
        await bench.move()
        await bench.move()
        bench.here = rig.again(bench.here)
        await bench.move()
        assert await bench.homes() == ["there"]
        await bench.require_all_writes()

    rig.run(body)


def test_a_vm_that_died_after_it_arrived_has_arrived(rig: Rig) -> None:
    """What it wrote there is where it was to be, so the same call must not fail."""

    async def body() -> None:
        bench, _ = await _carrying(rig)
        await bench.move()
        await rig.wait_for_writes("vm", 1)
        rig.kill_guest("vm")
        await bench.move()
        assert await bench.homes() == []
        address = bench.vm.disks[1].address
        assert await rig.last_write(address) >= rig.acknowledged("vm") > 0
        other = bench.here.migrate_vm("other", bench.vm, bench.there.address(), silent)
        await refused(errors.NotFound, other)

    rig.run(body)


def test_a_vm_can_come_back(rig: Rig) -> None:
    """It arrives as it did before."""

    async def body() -> None:
        bench = Bench(rig)
        await bench.start()
        await bench.move()
        await rig.wait_for_writes("vm", 1)
        await bench.there.migrate_vm("back", bench.vm, bench.here.address(), silent)
        assert await bench.homes() == ["here"]
        await bench.require_all_writes()

    rig.run(body)


def test_a_vm_that_has_moved_can_be_worked_with(rig: Rig) -> None:
    """Disks are plugged in and out, and it is stopped."""

    async def body() -> None:
        bench = Bench(rig)
        await bench.start()
        await bench.move()
        spare = await _blank_disk(rig, bench.pool, "spare", 2)
        await bench.there.attach_disk(OP, "vm", spare)
        await bench.there.detach_disk(OP, "vm", 2)
        await bench.there.stop_vm(OP, "vm", forced=True)
        assert await bench.homes() == []
        await bench.here.start_vm(OP, bench.vm)

    rig.run(body)


def test_a_move_that_is_cut_short_leaves_one_vm(rig: Rig) -> None:
    """The same call brings it there, if it is not there yet."""

    async def body() -> None:
        bench = Bench(rig)
        await bench.start()
        await cut_short(rig, bench.move)
        assert len(await bench.homes()) == 1
        await rig.wait_for_writes("vm", 1)
        await bench.move()
        assert await bench.homes() == ["there"]
        await bench.require_all_writes()

    rig.run(body)


def test_a_move_goes_on_when_the_control_plane_dies(rig: Rig) -> None:
    """The next one joins it, or finds the VM there."""

    async def body() -> None:
        bench = Bench(rig)
        await bench.start()
        await rig.die_during(bench.move)
        bench.here, bench.there = rig.again(bench.here), rig.again(bench.there)
        await bench.move()
        assert await bench.homes() == ["there"]
        await bench.require_all_writes()

    rig.run(body)


def test_wrong_moves_are_refused_and_the_vm_stays(rig: Rig) -> None:
    """No such VM, other slots, too little memory there, no other host."""

    async def body() -> None:
        bench = Bench(rig)
        await bench.start()
        good = bench.vm
        bench.vm = replace(good, vm_id="none")
        await refused(errors.NotFound, bench.move())
        bench.vm = replace(good, disks=good.disks[:1])
        await refused(errors.Conflict, bench.move())
        bench.vm = good
        await refused(errors.Invalid, bench.here.migrate_vm(OP, good, bench.here.address(), silent))
        small = rig.host(memory_bytes=VM_MEMORY_BYTES // 2)
        await refused(errors.NoCapacity, bench.here.migrate_vm(OP, good, small.address(), silent))
        assert await bench.homes() == ["here"]
        await bench.require_all_writes()

    rig.run(body)


async def _blank_disk(rig: Rig, pool: StorageDriver, name: str, device_id: int) -> AttachedDisk:
    await blank(pool, name, size_bytes=DISK_BYTES)
    held = await pool.inspect(name)
    assert held is not None
    return in_slot(device_id, pool, held)


async def _carrying(rig: Rig) -> tuple[Bench, AttachedDisk]:
    """Its data disk shall move along to another pool; as it is now."""
    bench = Bench(rig)
    await bench.start()
    moved = await _blank_disk(rig, rig.pool(), "vm-data", 1)
    root, data = bench.vm.disks
    bench.vm = replace(bench.vm, disks=(root, moved))
    return bench, data


def test_disks_that_move_along_have_every_write(rig: Rig) -> None:
    """The source is free then."""

    async def body() -> None:
        bench, _ = await _carrying(rig)
        await bench.move()
        assert await bench.homes() == ["there"]
        await bench.pool.remove_disk(OP, "vm-data")
        await bench.move()
        (guest,) = (await bench.there.probe()).guests
        assert guest.disks == bench.vm.disks
        await bench.require_all_writes()

    rig.run(body)


def test_disks_of_a_move_that_is_cut_short_stay(rig: Rig) -> None:
    """The VM goes on on the source; the same call copies them anew."""

    async def body() -> None:
        bench, data = await _carrying(rig)
        assert await cut_short(rig, bench.move)
        assert await bench.homes() == ["here"]
        (guest,) = (await bench.here.probe()).guests
        assert (guest.disks[1], guest.copying) == (data, ())
        await rig.wait_for_writes("vm", 1)
        await bench.move()
        assert await bench.homes() == ["there"]
        await bench.require_all_writes()

    rig.run(body)


def test_disks_move_along_though_the_control_plane_dies(rig: Rig) -> None:
    """The next one joins what is under way."""

    async def body() -> None:
        bench, _ = await _carrying(rig)
        await rig.die_during(bench.move)
        bench.here, bench.there = rig.again(bench.here), rig.again(bench.there)
        await bench.move()
        assert await bench.homes() == ["there"]
        await bench.require_all_writes()

    rig.run(body)


def test_disks_that_are_not_there_do_not_move_along(rig: Rig) -> None:
    """Nor to one that another VM has open; the VM stays."""

    async def body() -> None:
        bench, data = await _carrying(rig)
        moved = bench.vm.disks[1]
        missing = replace(
            moved, address=replace(moved.address, location=f"{moved.address.location}x")
        )
        bench.vm = replace(bench.vm, disks=(bench.vm.disks[0], missing))
        await refused(errors.NotFound, bench.move())
        other = await running_vm(rig, bench.there, bench.pool, "other")
        taken = replace(other.disks[1], name="vm-data")
        bench.vm = replace(bench.vm, disks=(bench.vm.disks[0], taken))
        await refused(errors.Busy, bench.move())
        bench.vm = replace(bench.vm, disks=(bench.vm.disks[0], data))
        assert await bench.homes() == ["here"]
        await bench.require_all_writes()

    rig.run(body)


def test_a_disc_stays_in_the_drive(rig: Rig) -> None:
    """One that was put in while it ran; it can be taken out there."""

    async def body() -> None:
        bench, store = Bench(rig), rig.store()
        await bench.start()
        await fetched(rig, store)
        disc = store.address(PATH)
        await bench.here.insert_iso("insert", "vm", disc)
        bench.vm = replace(bench.vm, iso=disc)
        await bench.move()
        assert await inside(bench.there) == disc.location
        await bench.there.eject_iso("eject", "vm")
        assert await inside(bench.there) == ""
        await bench.require_all_writes()

    rig.run(body)


def test_snapshots_inside_the_disks_stay(rig: Rig) -> None:
    """A VM can be reverted where it went to."""

    async def body() -> None:
        bench = Bench(rig)
        await bench.start()
        await bench.here.snapshot_vm("snapshot", "vm", "s1", memory=True)
        await bench.move()
        held = await bench.pool.inspect("vm-data")
        assert held is not None
        assert held.snapshots == ("s1",)
        await bench.there.revert_vm("revert", "vm", "s1")
        assert await bench.homes() == ["there"]
        await rig.wait_for_writes("vm", 1)

    rig.run(body)
