"""What every storage driver must do: make, copy, resize, compare, fix and remove disks."""

import pytest

from core.driver_words import Address, DiskSpec
from core.model import errors
from core.model.pool_types import DiskFormat
from tests.contract.rig import (
    DISK_BYTES,
    MIB,
    OP,
    Rig,
    blank,
    cut_short,
    filled,
    prepared_vm,
    refused,
    silent,
)

QCOW2, RAW = DiskFormat.QCOW2, DiskFormat.RAW


def copy_of(
    size_bytes: int = DISK_BYTES, name: str = "copy", format: DiskFormat = QCOW2
) -> DiskSpec:
    """The disk that the tests copy to."""
    return DiskSpec(name=name, size_bytes=size_bytes, format=format)


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


def test_a_removed_disk_is_gone_with_its_room(rig: Rig) -> None:
    """Removing it once more is success."""

    async def body() -> None:
        pool = rig.pool()
        before = await pool.probe()
        await filled(rig, pool)
        assert (await pool.probe()).used_bytes >= before.used_bytes + 2 * MIB
        await pool.remove_disk(OP, "disk")
        await pool.remove_disk(OP, "disk")
        assert await pool.inspect("disk") is None
        assert await pool.probe() == before

    rig.run(body)


def test_an_open_disk_is_neither_removed_nor_resized_nor_snapshotted(rig: Rig) -> None:
    """All are Busy, and the guest goes on; afterwards all are possible."""

    async def body() -> None:
        pool, host = rig.pool(), rig.host()
        await host.start_vm(OP, await prepared_vm(rig, pool))
        await refused(errors.Busy, pool.remove_disk(OP, "vm-data"))
        resize = pool.resize_disk(OP, "vm-data", 2 * DISK_BYTES, shrink=False)
        await refused(errors.Busy, resize)
        await refused(errors.Busy, pool.take_snapshot(OP, "vm-data", "s1"))
        await rig.wait_for_writes("vm", 1)
        await host.stop_vm(OP, "vm", forced=True)
        await pool.take_snapshot(OP, "vm-data", "s1")
        await pool.resize_disk(OP, "vm-data", 2 * DISK_BYTES, shrink=False)
        await pool.remove_disk(OP, "vm-data")

    rig.run(body)


def test_a_grown_disk_keeps_its_bytes(rig: Rig) -> None:
    """Growing it twice is growing it once."""

    async def body() -> None:
        pool = rig.pool()
        address = await filled(rig, pool)
        digest = await rig.digest(address)
        first = await pool.resize_disk(OP, "disk", 2 * DISK_BYTES, shrink=False)
        again = await pool.resize_disk(OP, "disk", 2 * DISK_BYTES, shrink=False)
        assert first == again == await pool.inspect("disk")
        assert first.size_bytes == 2 * DISK_BYTES
        assert await rig.digest(address) == digest

    rig.run(body)


def test_a_disk_shrinks_only_if_that_is_asked_for(rig: Rig) -> None:
    """Its end is cut off, the rest stays."""

    async def body() -> None:
        pool = rig.pool()
        address = await filled(rig, pool)
        digest = await rig.digest(address)
        half = DISK_BYTES // 2
        await refused(errors.Invalid, pool.resize_disk(OP, "disk", half, shrink=False))
        made = await pool.resize_disk(OP, "disk", half, shrink=True)
        assert made.size_bytes == half
        assert await rig.digest(address) == digest

    rig.run(body)


def test_work_on_an_absent_disk_is_refused(rig: Rig) -> None:
    """It is NotFound, whatever was to be done."""

    async def body() -> None:
        pool = rig.pool()
        there = await blank(pool, "there")
        resize = pool.resize_disk(OP, "nothing", DISK_BYTES, shrink=False)
        await refused(errors.NotFound, resize)
        await refused(errors.NotFound, pool.take_snapshot(OP, "nothing", "s1"))
        await refused(errors.NotFound, pool.verify_copy(OP, "nothing", there, silent))
        absent = pool.address("nothing")
        await refused(errors.NotFound, pool.verify_copy(OP, "there", absent, silent))

    rig.run(body)


def test_a_true_copy_is_verified_and_a_wrong_one_refused(rig: Rig) -> None:
    """One changed MiB is noticed; a longer copy of zeroes is still true."""

    async def body() -> None:
        here, there = rig.pool(), rig.pool()
        source = await filled(rig, here)
        await there.create_disk(OP, copy_of(2 * DISK_BYTES), source, silent)
        await there.verify_copy(OP, "copy", source, silent)
        await rig.fill(there.address("copy"), MIB, start_bytes=MIB)
        await refused(errors.Integrity, there.verify_copy(OP, "copy", source, silent))

    rig.run(body)


def test_a_snapshot_keeps_what_was_on_the_disk(rig: Rig) -> None:
    """A copy of it, and a comparison with it, see the old bytes; the disk has the new ones."""

    async def body() -> None:
        pool = rig.pool()
        address = await filled(rig, pool)
        before = await rig.digest(address)
        await pool.take_snapshot(OP, "disk", "s1")
        await rig.fill(address, MIB)
        after = await rig.digest(address)
        await pool.take_snapshot(OP, "disk", "s1")
        fixed = pool.address("disk", "s1")
        assert (await rig.digest(fixed), await rig.digest(address)) == (before, after)
        await pool.create_disk(OP, copy_of(), fixed, silent)
        assert await rig.digest(pool.address("copy")) == before
        await pool.verify_copy(OP, "copy", fixed, silent)
        await refused(errors.Integrity, pool.verify_copy(OP, "copy", address, silent))

    rig.run(body)


def test_snapshots_are_listed_until_they_are_removed(rig: Rig) -> None:
    """Removing one leaves the others and the disk; an absent one is removed already."""

    async def body() -> None:
        pool = rig.pool()
        address = await filled(rig, pool)
        await pool.take_snapshot(OP, "disk", "s1")
        await rig.fill(address, MIB)
        await pool.take_snapshot(OP, "disk", "s2")
        digests = await rig.digest(address), await rig.digest(pool.address("disk", "s2"))
        await pool.remove_snapshot(OP, "disk", "s1")
        await pool.remove_snapshot(OP, "disk", "s1")
        await pool.remove_snapshot(OP, "nothing", "s1")
        held = await pool.inspect("disk")
        assert held is not None
        assert held.snapshots == ("s2",)
        now = await rig.digest(address), await rig.digest(pool.address("disk", "s2"))
        assert now == digests

    rig.run(body)


def test_a_snapshot_that_is_not_there_is_refused_as_a_source(rig: Rig) -> None:
    """The disk itself is not copied instead."""

    async def body() -> None:
        pool = rig.pool()
        await filled(rig, pool)
        source = pool.address("disk", "s1")
        await refused(errors.NotFound, pool.create_disk(OP, copy_of(), source, silent))
        assert await pool.inspect("copy") is None

    rig.run(body)


def test_all_disks_are_listed_by_path(rig: Rig) -> None:
    """The root has one entry for each disk; another folder is NotFound."""

    async def body() -> None:
        pool = rig.pool()
        assert await pool.list_objects("") == ()
        for name in ("b", "a", "c"):
            await blank(pool, name)
        paths = [entry.path for entry in await pool.list_objects("")]
        assert paths == sorted(paths)
        assert [path[0] for path in paths] == ["a", "b", "c"]
        await refused(errors.NotFound, pool.list_objects("nothing"))

    rig.run(body)


def test_a_new_driver_finds_what_an_old_one_made(rig: Rig) -> None:
    """A restarted control plane sees disks, snapshots and room as they are."""

    async def body() -> None:
        pool = rig.pool()
        address = await filled(rig, pool)
        await pool.take_snapshot(OP, "disk", "s1")
        new = rig.again(pool)
        assert await new.inspect("disk") == await pool.inspect("disk")
        assert await new.probe() == await pool.probe()
        assert new.address("disk") == address

    rig.run(body)


def test_an_address_names_one_disk_or_snapshot(rig: Rig) -> None:
    """It is given without asking the storage, and keeps the disk's format."""

    async def body() -> None:
        pool = rig.pool()
        raw = await blank(pool, "raw", format=RAW)
        assert raw.format is RAW
        addresses: list[Address] = [raw, await blank(pool, "other"), pool.address("other", "s1")]
        assert len({(row.location, row.snapshot) for row in addresses}) == 3

    rig.run(body)


def test_storage_without_rates_refuses_them(rig: Rig) -> None:
    """A promise that nobody keeps is not made; a disk that is not there is said to be missing."""

    async def body() -> None:
        pool = rig.pool()
        await blank(pool, "disk")
        await refused(errors.Unsupported, pool.set_qos(OP, "disk", min_iops=100, max_iops=200))
        await refused(errors.NotFound, pool.set_qos(OP, "none", min_iops=100, max_iops=200))
        found = await pool.inspect("disk")
        assert found is not None
        assert (found.min_iops, found.max_iops) == (0, 0)

    rig.run(body)


@pytest.mark.parametrize("repair", ["", "leaks", "all"])
def test_a_sound_disk_is_found_sound(rig: Rig, repair: str) -> None:
    """Checked again it still is, and its bytes are what they were."""

    async def body() -> None:
        pool = rig.pool()
        address = await filled(rig, pool)
        digest = await rig.digest(address)
        first = await pool.check_disk(OP, "disk", repair)
        assert first.found["check-errors"] == "0"
        assert bool(first.repaired) == bool(repair)
        assert await pool.check_disk(OP, "disk", repair) == first
        assert await rig.digest(address) == digest

    rig.run(body)


def test_a_plain_pool_has_no_datastores(rig: Rig) -> None:
    """Only a datastore cluster has."""

    async def body() -> None:
        await refused(errors.Unsupported, rig.pool().children())

    rig.run(body)


def test_only_qcow2_disks_that_are_there_are_checked(rig: Rig) -> None:
    """Raw ones have no structure."""

    async def body() -> None:
        pool = rig.pool()
        await blank(pool, "raw", format=RAW)
        await refused(errors.Unsupported, pool.check_disk(OP, "raw", ""))
        await refused(errors.NotFound, pool.check_disk(OP, "nothing", ""))

    rig.run(body)
