"""Copies of running disks, where the simulated site can do what a real one cannot be made to do."""

from core.driver_words import Address
from core.model import errors
from sim.auditor import lost_writes
from sim.disk.content import last_write
from sim.spec import MIB, FaultKind, FaultSpec
from tests.contract.rig import refused
from tests.sim.small_site import DISK_BYTES, QCOW2, Small, play, silent

PATH = "snapshots/1"


async def place(small: Small) -> Address:
    """Where a snapshot goes."""
    return await small.store().prepare("op", PATH, format=QCOW2, size_bytes=DISK_BYTES)


async def bench(small: Small) -> None:
    """A VM that runs on a half full disk, and a blank one to move to."""
    await small.disk(written_bytes=8 * MIB)
    await small.disk("moved", "nfs2")
    await small.boot(small.attached())


def test_a_snapshot_is_the_moment_when_the_copy_begins() -> None:
    """It takes as long as its bytes take, and has none of what is written meanwhile."""

    async def body(small: Small) -> None:
        await bench(small)
        await small.runtime.sleep(5.0)
        began_s = small.runtime.now()
        copied = await small.host().snapshot_disk("op", "vm", 0, await place(small), silent)
        assert small.runtime.now() - began_s == copied / MIB
        await small.store().commit("op", PATH)
        image = small.world.stores["s1"].images[PATH]
        assert last_write(image.content) == 10
        assert image.content.written_bytes == copied

    play(body)


def test_a_full_store_refuses_a_snapshot() -> None:
    """Nothing is left of it, and the place can be filled when there is room."""

    async def body(small: Small) -> None:
        await bench(small)
        room = small.world.stores["s1"].room
        room.capacity_bytes = MIB
        target = await place(small)
        snapshot = small.host().snapshot_disk("op", "vm", 0, target, silent)
        await refused(errors.NoCapacity, snapshot)
        assert room.used_bytes == 0
        room.capacity_bytes = 64 * MIB
        assert await small.host().snapshot_disk("op", "vm", 0, target, silent) > 0

    play(body)


def test_a_store_that_fills_up_midway_fails_the_snapshot() -> None:
    """What is torn cannot be committed, but prepared again."""

    async def body(small: Small) -> None:
        await bench(small)
        target = await place(small)
        async with small.runtime.nursery() as nursery:
            nursery.start_soon(shrink, small)
            snapshot = small.host().snapshot_disk("op", "vm", 0, target, silent)
            await refused(errors.NoCapacity, snapshot)
        await refused(errors.Integrity, small.store().commit("op", PATH))
        assert small.world.stores["s1"].room.used_bytes == 0
        await place(small)
        await small.store().commit("op", PATH)

    async def shrink(small: Small) -> None:
        await small.runtime.sleep(2.0)
        small.world.stores["s1"].room.capacity_bytes = MIB

    play(body)


def test_a_full_pool_refuses_a_move_and_the_vm_stays() -> None:
    """The source loses nothing."""

    async def body(small: Small) -> None:
        await bench(small)
        small.world.pools["nfs2"].room.capacity_bytes = MIB
        target = small.attached("moved", "nfs2")
        await refused(errors.NoCapacity, small.host().mirror_disk("op", "vm", 0, target, silent))
        assert small.world.hosts["h1"].guests["vm"].slots[0].attached.name == "disk"
        assert lost_writes(small.world) == []

    play(body)


def test_a_broken_connection_fails_all_copies_over_it() -> None:
    """Also one that nobody waits for; the VM goes on on its source."""

    async def body(small: Small) -> None:
        await bench(small)
        target = small.attached("moved", "nfs2")
        mirror = small.host().mirror_disk("op", "vm", 0, target, silent)
        await refused(errors.Unavailable, mirror)
        guest = small.world.hosts["h1"].guests["vm"]
        assert guest.copies == {}
        assert guest.slots[0].copying is None
        await small.host().mirror_disk("op", "vm", 0, target, silent)
        assert lost_writes(small.world) == []

    play(body, faults=(FaultSpec(where="pool/nfs2", what=FaultKind.BREAK, at_s=1.0),))


def test_a_mirror_that_nobody_waits_for_stays_ready() -> None:
    """Hours after the control plane died the guest is still on its source; joining switches it."""

    async def body(small: Small) -> None:
        await bench(small)
        target = small.attached("moved", "nfs2")
        with small.runtime.scope() as scope:

            def die(_done_bytes: int, _total_bytes: int) -> None:
                small.world.plane_dies()
                scope.cancel()

            await small.host().mirror_disk("op", "vm", 0, target, die)
        await small.runtime.sleep(7200.0)
        (status,) = (await small.host().probe()).guests
        assert status.copying == ("op",)
        assert status.disks[0].name == "disk"
        began_s = small.runtime.now()
        await small.host().mirror_disk("op", "vm", 0, target, silent)
        assert small.runtime.now() == began_s
        (status,) = (await small.host().probe()).guests
        assert status.copying == ()
        assert status.disks == (target,)
        await small.host().stop_vm("op", "vm", forced=True)
        assert last_write(small.world.pools["nfs2"].disks["moved"].content) == (7200) * 2
        assert lost_writes(small.world) == []

    play(body)


def test_a_snapshot_whose_place_was_removed_goes_to_nothing() -> None:
    """The host goes on to its end; no room is taken and no image appears."""

    async def body(small: Small) -> None:
        await bench(small)
        target = await place(small)

        async def remove() -> None:
            await small.runtime.sleep(1.0)
            await small.store().remove("op", PATH)

        async with small.runtime.nursery() as nursery:
            nursery.start_soon(remove)
            await small.host().snapshot_disk("op", "vm", 0, target, silent)
        assert small.world.stores["s1"].room.used_bytes == 0
        await refused(errors.NotFound, small.store().commit("op", PATH))

    play(body)


def test_a_host_that_fails_ends_its_copies() -> None:
    """Both disks are free, and all acknowledged writes are on the source."""

    async def body(small: Small) -> None:
        await bench(small)
        target = small.attached("moved", "nfs2")
        await refused(errors.Unavailable, small.host().mirror_disk("op", "vm", 0, target, silent))
        await refused(errors.Unavailable, small.host().probe())
        assert lost_writes(small.world) == []
        await small.boot(small.attached(), host="h2")
        await small.pool("nfs2").remove_disk("op", "moved")
        await small.runtime.sleep(10.0)
        assert (await small.host().probe()).guests == ()

    play(body, faults=(FaultSpec(where="host/h1", what=FaultKind.DOWN, at_s=2.0, for_s=5.0),))
