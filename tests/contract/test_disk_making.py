"""Making disks, blank or as copies: whole or not at all, however it is interrupted."""

import pytest

from core.model import errors
from core.model.pool_types import DiskFormat
from tests.contract.rig import (
    DISK_BYTES,
    MIB,
    OP,
    Rig,
    blank,
    copy_of,
    cut_short,
    filled,
    refused,
    silent,
)

QCOW2, RAW = DiskFormat.QCOW2, DiskFormat.RAW


@pytest.mark.parametrize("format", [QCOW2, RAW])
def test_a_blank_disk_has_its_size_and_takes_little_room(rig: Rig, format: DiskFormat) -> None:
    """A new disk is thin, and what is answered is what is found."""

    async def body() -> None:
        pool = rig.pool()
        made = await pool.create_disk(OP, copy_of(format=format), None, silent)
        assert (made.name, made.size_bytes, made.format) == ("copy", DISK_BYTES, format)
        assert made.physical_bytes < MIB
        assert await pool.inspect("copy") == made

    rig.run(body)


def test_blank_disks_read_as_zeroes(rig: Rig) -> None:
    """Two blank disks of any size and format have the same bytes, a written one has others."""

    async def body() -> None:
        pool = rig.pool()
        one = await blank(pool, "one")
        other = await blank(pool, "other", size_bytes=2 * DISK_BYTES, format=RAW)
        assert await rig.digest(one) == await rig.digest(other)
        await rig.fill(one, MIB)
        assert await rig.digest(one) != await rig.digest(other)

    rig.run(body)


def test_a_disk_that_was_not_made_is_not_there(rig: Rig) -> None:
    """Absence is an answer, not an error."""

    async def body() -> None:
        assert await rig.pool().inspect("nothing") is None

    rig.run(body)


@pytest.mark.parametrize("copied", [False, True])
def test_creating_a_disk_twice_makes_one(rig: Rig, copied: bool) -> None:
    """The second call answers like the first, and the disk keeps what was written meanwhile."""

    async def body() -> None:
        pool = rig.pool()
        source = await filled(rig, pool) if copied else None
        await pool.create_disk(OP, copy_of(), source, silent)
        await rig.fill(pool.address("copy"), MIB)
        digest = await rig.digest(pool.address("copy"))
        again = await pool.create_disk(OP, copy_of(), source, silent)
        assert again == await pool.inspect("copy")
        assert await rig.digest(pool.address("copy")) == digest

    rig.run(body)


def test_a_name_that_another_disk_has_is_refused(rig: Rig) -> None:
    """A disk is never taken for one of another size."""

    async def body() -> None:
        pool = rig.pool()
        before = await pool.create_disk(OP, copy_of(), None, silent)
        larger = copy_of(2 * DISK_BYTES)
        await refused(errors.Conflict, pool.create_disk("op-2", larger, None, silent))
        assert await pool.inspect("copy") == before

    rig.run(body)


def test_a_format_that_the_pool_cannot_keep_is_refused(rig: Rig) -> None:
    """KVM's pools keep no VHDX disks."""

    async def body() -> None:
        pool = rig.pool()
        disk = copy_of(format=DiskFormat.VHDX)
        await refused(errors.Unsupported, pool.create_disk(OP, disk, None, silent))
        assert await pool.inspect("copy") is None

    rig.run(body)


@pytest.mark.parametrize("format", [QCOW2, RAW])
def test_a_copy_has_every_byte_of_its_source(rig: Rig, format: DiskFormat) -> None:
    """It may be larger, reads as zeroes there, and the source stays as it was."""

    async def body() -> None:
        here, there = rig.pool(), rig.pool()
        source = await filled(rig, here)
        digest = await rig.digest(source)
        made = await there.create_disk(OP, copy_of(2 * DISK_BYTES, format=format), source, silent)
        assert (made.size_bytes, made.format) == (2 * DISK_BYTES, format)
        assert await rig.digest(there.address("copy")) == digest
        assert await rig.digest(source) == digest

    rig.run(body)


def test_a_copy_is_independent_of_its_source(rig: Rig) -> None:
    """Neither side sees what is later written to the other, or that it is gone."""

    async def body() -> None:
        pool = rig.pool()
        source = await filled(rig, pool)
        digest = await rig.digest(source)
        await pool.create_disk(OP, copy_of(), source, silent)
        await rig.fill(source, MIB)
        assert await rig.digest(pool.address("copy")) == digest
        await pool.remove_disk(OP, "disk")
        assert await rig.digest(pool.address("copy")) == digest

    rig.run(body)


def test_progress_ends_with_all_bytes(rig: Rig) -> None:
    """Reports never go back, and the last one says that all is done."""

    async def body() -> None:
        pool = rig.pool()
        source = await filled(rig, pool)
        reports: list[tuple[int, int]] = []

        def progress(done_bytes: int, total_bytes: int) -> None:
            reports.append((done_bytes, total_bytes))

        await pool.create_disk(OP, copy_of(), source, progress)
        done = [report[0] for report in reports]
        assert done == sorted(done)
        assert reports[-1][0] == reports[-1][1] > 0

    rig.run(body)


def test_a_source_that_is_not_there_is_refused(rig: Rig) -> None:
    """Nothing is made of nothing."""

    async def body() -> None:
        pool = rig.pool()
        source = pool.address("nothing")
        await refused(errors.NotFound, pool.create_disk(OP, copy_of(), source, silent))
        assert await pool.inspect("copy") is None

    rig.run(body)


def test_a_copy_smaller_than_its_source_is_refused(rig: Rig) -> None:
    """The end of a disk is not cut off in silence."""

    async def body() -> None:
        pool = rig.pool()
        source = await filled(rig, pool)
        small = copy_of(DISK_BYTES // 2)
        await refused(errors.Invalid, pool.create_disk(OP, small, source, silent))
        assert await pool.inspect("copy") is None

    rig.run(body)


def test_a_full_pool_refuses_a_copy_and_keeps_nothing_of_it(rig: Rig) -> None:
    """The pool has the room that it had before, and takes a smaller disk."""

    async def body() -> None:
        here, small = rig.pool(), rig.pool(capacity_bytes=4 * MIB)
        source = await filled(rig, here, written_bytes=8 * MIB)
        await refused(errors.NoCapacity, small.create_disk(OP, copy_of(), source, silent))
        assert await small.inspect("copy") is None
        assert (await small.probe()).used_bytes < MIB
        assert await small.create_disk("op-2", copy_of(), None, silent)

    rig.run(body)


def test_a_cancelled_copy_leaves_nothing_and_can_be_made_again(rig: Rig) -> None:
    """The source is unharmed, too."""

    async def body() -> None:
        pool = rig.pool()
        size_bytes = 2 * rig.long_bytes
        source = await filled(rig, pool, size_bytes=size_bytes, written_bytes=rig.long_bytes)
        digest = await rig.digest(source)
        disk = copy_of(size_bytes)
        used_bytes = (await pool.probe()).used_bytes
        assert await cut_short(
            rig, lambda progress: pool.create_disk(OP, disk, source, progress), at=0.05
        )
        assert await pool.inspect("copy") is None
        assert (await pool.probe()).used_bytes < used_bytes + MIB
        assert await rig.digest(source) == digest
        await pool.create_disk(OP, disk, source, silent)
        assert await rig.digest(pool.address("copy")) == digest

    rig.run(body)


def test_what_a_killed_control_plane_left_counts_as_nothing(rig: Rig) -> None:
    """The same call made again replaces it."""

    async def body() -> None:
        pool = rig.pool()
        source = await filled(rig, pool)
        await rig.leave_partial(pool, "copy")
        assert await pool.inspect("copy") is None
        await pool.create_disk(OP, copy_of(), source, silent)
        assert await rig.digest(pool.address("copy")) == await rig.digest(source)

    rig.run(body)


def test_removing_takes_what_a_killed_control_plane_left(rig: Rig) -> None:
    """Its room is free again."""

    async def body() -> None:
        pool = rig.pool()
        before = await pool.probe()
        await rig.leave_partial(pool, "copy")
        await pool.remove_disk(OP, "copy")
        assert await pool.probe() == before

    rig.run(body)


def test_two_calls_for_one_disk_at_a_time_make_one(rig: Rig) -> None:
    """Both answer the same."""

    async def body() -> None:
        pool = rig.pool()
        source = await filled(rig, pool)
        answers: list[object] = []

        async def create() -> None:
            answers.append(await pool.create_disk(OP, copy_of(), source, silent))

        async with rig.runtime.nursery() as nursery:
            nursery.start_soon(create)
            nursery.start_soon(create)
        assert answers[0] == answers[1] == await pool.inspect("copy")
        assert await rig.digest(pool.address("copy")) == await rig.digest(source)

    rig.run(body)
