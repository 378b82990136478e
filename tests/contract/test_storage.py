"""What every storage driver must do: make, copy, resize, compare, fix and remove disks."""

import pytest

from core.driver_words import Address
from core.model import errors
from core.model.pool_types import DiskFormat
from tests.contract.rig import (
    DISK_BYTES,
    MIB,
    OP,
    Rig,
    blank,
    copy_of,
    filled,
    prepared_vm,
    refused,
    silent,
)

QCOW2, RAW = DiskFormat.QCOW2, DiskFormat.RAW


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
