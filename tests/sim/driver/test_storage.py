"""What distinguishes the simulated pools' types, and what dies with a control plane."""

import pytest

from core.driver_words import DiskSpec
from core.model import errors
from core.model.pool_types import DiskFormat
from sim.spec import MIB, FaultKind, FaultSpec
from tests.contract.rig import refused
from tests.sim.small_site import DISK_BYTES, QCOW2, RAW, Small, play, silent


def copy_of(name: str = "copy", format: DiskFormat = QCOW2) -> DiskSpec:
    """The disk that the tests copy to."""
    return DiskSpec(name=name, size_bytes=DISK_BYTES, format=format)


def test_rbd_keeps_raw_disks_and_snapshots_open_ones() -> None:
    """The snapshot is a moment, and can be copied while the guest goes on."""

    async def body(small: Small) -> None:
        pool = small.pool("rbd")
        await refused(errors.Unsupported, pool.create_disk("op", copy_of(), None, silent))
        await small.disk(pool="rbd", written_bytes=4 * MIB)
        await small.boot(small.attached(pool="rbd"))
        await small.runtime.sleep(5.0)
        await pool.take_snapshot("op", "disk", "s1")
        await small.runtime.sleep(5.0)
        fixed = pool.address("disk", "s1")
        image = await small.store().store("op", "snapshots/1", fixed, silent)
        assert image.format is RAW
        assert small.world.stores["s1"].images["snapshots/1"].content.last == 10
        await pool.remove_snapshot("op", "disk", "s1")

    play(body)


def test_a_local_pool_is_reached_from_its_own_host_only() -> None:
    """Elsewhere the disk is NotFound."""

    async def body(small: Small) -> None:
        await small.disk(pool="local")
        with pytest.raises(errors.NotFound):
            await small.boot(small.attached(pool="local"), host="h2")
        await small.boot(small.attached(pool="local"))

    play(body)


def test_a_disk_that_is_read_starts_no_vm() -> None:
    """It is Busy until the copy has ended, and it cannot be removed meanwhile."""

    async def body(small: Small) -> None:
        await small.disk(written_bytes=4 * MIB)
        pool = small.pool()

        async def interfere() -> None:
            await small.runtime.sleep(1.0)
            with pytest.raises(errors.Busy):
                await small.boot(small.attached())
            await refused(errors.Busy, pool.remove_disk("op", "disk"))

        async with small.runtime.nursery() as nursery:
            nursery.start_soon(interfere)
            await pool.create_disk("op", copy_of(), pool.address("disk"), silent)
        await small.boot(small.attached())

    play(body)


def test_copies_share_the_width_of_their_pool() -> None:
    """Two at a time take twice as long as one."""

    async def body(small: Small) -> None:
        await small.disk(written_bytes=4 * MIB)
        source, there = small.pool().address("disk"), small.pool("nfs2")
        began_s = small.runtime.now()
        async with small.runtime.nursery() as nursery:
            for name in ("one", "two"):
                nursery.start_soon(there.create_disk, "op", copy_of(name), source, silent)
        assert small.runtime.now() - began_s == pytest.approx(8.0)

    play(body)


def test_a_control_plane_that_dies_leaves_a_partial() -> None:
    """It takes room, counts as no disk, and goes with the next try or with removing it."""

    async def body(small: Small) -> None:
        await small.disk(written_bytes=4 * MIB)
        source, there = small.pool().address("disk"), small.pool("nfs2")
        with small.runtime.scope() as scope:

            def die(_done_bytes: int, _total_bytes: int) -> None:
                small.world.plane_dies()
                scope.cancel()

            await there.create_disk("op", copy_of(), source, die)
        assert await there.inspect("copy") is None
        assert await there.list_objects("") == ()
        assert (await there.probe()).used_bytes == 4 * MIB
        await there.create_disk("op", copy_of(), source, silent)
        assert (await there.probe()).used_bytes == 4 * MIB
        await there.remove_disk("op", "copy")
        assert (await there.probe()).used_bytes == 0

    play(body)


def test_a_pool_that_shrinks_midway_fails_the_copy() -> None:
    """Nothing of it is left."""

    async def body(small: Small) -> None:
        await small.disk(written_bytes=4 * MIB)
        there = small.pool("nfs2")
        create = there.create_disk("op", copy_of(), small.pool().address("disk"), silent)
        async with small.runtime.nursery() as nursery:
            nursery.start_soon(shrink, small)
            await refused(errors.NoCapacity, create)
        assert (await there.probe()).used_bytes == 0

    async def shrink(small: Small) -> None:
        await small.runtime.sleep(1.0)
        small.world.pools["nfs2"].room.capacity_bytes = MIB

    play(body)


def test_a_pool_that_does_not_answer_stops_copies_and_refuses_calls() -> None:
    """When it is back, the copy goes on where it was."""

    async def body(small: Small) -> None:
        await small.disk(written_bytes=4 * MIB)
        there = small.pool("nfs2")
        began_s = small.runtime.now()

        async def ask() -> None:
            await small.runtime.sleep(3.0)
            await refused(errors.Unavailable, there.probe())

        async with small.runtime.nursery() as nursery:
            nursery.start_soon(ask)
            await there.create_disk("op", copy_of(), small.pool().address("disk"), silent)
        assert small.runtime.now() - began_s == pytest.approx(104.0)

    play(body, faults=(FaultSpec(where="pool/nfs2", what=FaultKind.DOWN, at_s=2.0, for_s=100.0),))


def test_a_corrupted_copy_is_noticed_by_comparing() -> None:
    """The second try is a true one."""

    async def body(small: Small) -> None:
        await small.disk(written_bytes=4 * MIB)
        source, there = small.pool().address("disk"), small.pool("nfs2")
        await there.create_disk("op", copy_of(), source, silent)
        await refused(errors.Integrity, there.verify_copy("op", "copy", source, silent))
        await there.remove_disk("op", "copy")
        await there.create_disk("op", copy_of(), source, silent)
        await there.verify_copy("op", "copy", source, silent)

    play(body, faults=(FaultSpec(where="pool/nfs2", what=FaultKind.CORRUPT),))
