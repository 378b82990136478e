"""What every pool does when a disk is to be as it was: by a snapshot inside it, or by a copy."""

from core.driver_words import DiskSpec
from core.model import errors
from core.model.pool_types import DiskFormat
from tests.contract.rig import (
    DISK_BYTES,
    MIB,
    Rig,
    blank,
    cut_short,
    filled,
    refused,
    running_vm,
    silent,
)

OP = "op"


def disk_of(size_bytes: int = DISK_BYTES) -> DiskSpec:
    """The disk that is replaced."""
    return DiskSpec(name="disk", size_bytes=size_bytes, format=DiskFormat.QCOW2)


def test_a_reverted_disk_is_as_its_snapshot(rig: Rig) -> None:
    """Once or twice; the snapshot stays, and the disk can be written again."""

    async def body() -> None:
        pool = rig.pool()
        address = await filled(rig, pool)
        before = await rig.digest(address)
        await pool.take_snapshot(OP, "disk", "s1")
        await rig.fill(address, MIB)
        assert await rig.digest(address) != before
        await pool.revert_snapshot(OP, "disk", "s1")
        held = await pool.revert_snapshot(OP, "disk", "s1")
        assert (held.snapshots, held.size_bytes) == (("s1",), DISK_BYTES)
        assert await rig.digest(address) == before
        await rig.fill(address, MIB)
        assert await rig.digest(pool.address("disk", "s1")) == before

    rig.run(body)


def test_a_reverted_disk_has_the_size_of_its_snapshot(rig: Rig) -> None:
    """It was grown since."""

    async def body() -> None:
        pool = rig.pool()
        address = await filled(rig, pool)
        before = await rig.digest(address)
        await pool.take_snapshot(OP, "disk", "s1")
        await pool.resize_disk(OP, "disk", 2 * DISK_BYTES, shrink=False)
        held = await pool.revert_snapshot(OP, "disk", "s1")
        assert held.size_bytes == DISK_BYTES
        assert await rig.digest(address) == before

    rig.run(body)


def test_what_is_not_there_is_not_reverted(rig: Rig) -> None:
    """Neither an absent disk nor to an absent snapshot; the disk stays as it is."""

    async def body() -> None:
        pool = rig.pool()
        await refused(errors.NotFound, pool.revert_snapshot(OP, "disk", "s1"))
        address = await filled(rig, pool)
        before = await rig.digest(address)
        await refused(errors.NotFound, pool.revert_snapshot(OP, "disk", "s1"))
        assert await rig.digest(address) == before

    rig.run(body)


def test_an_open_disk_is_neither_reverted_nor_replaced(rig: Rig) -> None:
    """Its guest would see bytes change under it."""

    async def body() -> None:
        pool, host = rig.pool(), rig.host()
        source = await filled(rig, pool, "source")
        vm = await running_vm(rig, host, pool)
        name = vm.disks[1].name
        spec = DiskSpec(name=name, size_bytes=DISK_BYTES, format=DiskFormat.QCOW2)
        await refused(errors.Busy, pool.replace_disk(OP, spec, source, silent))

    rig.run(body)


def test_a_replaced_disk_has_every_byte_of_its_source(rig: Rig) -> None:
    """And the size that is asked for; snapshots inside it are gone with its old content."""

    async def body() -> None:
        pool, store = rig.pool(), rig.store()
        address = await filled(rig, pool)
        before = await rig.digest(address)
        await store.store(OP, "image", address, silent)
        await rig.fill(address, MIB)
        await pool.take_snapshot(OP, "disk", "s1")
        image = store.address("image")
        for _ in range(2):
            held = await pool.replace_disk(OP, disk_of(), image, silent)
            assert (held.size_bytes, held.snapshots) == (DISK_BYTES, ())
        assert await rig.digest(address) == before
        held = await pool.replace_disk(OP, disk_of(2 * DISK_BYTES), image, silent)
        assert held.size_bytes == 2 * DISK_BYTES

    rig.run(body)


def test_a_replacement_that_fails_leaves_the_disk_as_it_was(rig: Rig) -> None:
    """No source, one that is larger, and a copy that is cut short."""

    async def body() -> None:
        pool = rig.pool()
        address = await filled(rig, pool)
        before = await rig.digest(address)
        size = max(DISK_BYTES, rig.long_bytes)
        source = await filled(rig, pool, "source", size_bytes=size, written_bytes=rig.long_bytes)
        missing = pool.address("missing")
        await refused(errors.NotFound, pool.replace_disk(OP, disk_of(size), missing, silent))
        small = disk_of(size // 2)
        await refused(errors.Invalid, pool.replace_disk(OP, small, source, silent))
        assert await cut_short(rig, lambda p: pool.replace_disk(OP, disk_of(size), source, p))
        assert await rig.digest(address) == before
        await pool.replace_disk(OP, disk_of(size), source, silent)
        assert await rig.digest(address) == await rig.digest(source)

    rig.run(body)


def test_only_what_is_there_is_replaced(rig: Rig) -> None:
    """Nothing is made under the name of an absent disk."""

    async def body() -> None:
        pool = rig.pool()
        source = await blank(pool, "source")
        await refused(errors.NotFound, pool.replace_disk(OP, disk_of(), source, silent))
        assert await pool.inspect("disk") is None

    rig.run(body)


def test_a_full_pool_refuses_a_replacement(rig: Rig) -> None:
    """Both contents must have room for a while; the disk keeps the one it has."""

    async def body() -> None:
        elsewhere, pool = rig.pool(), rig.pool(capacity_bytes=2 * MIB)
        source = await filled(rig, elsewhere, "source")
        address = await blank(pool)
        await rig.fill(address, MIB)
        before = await rig.digest(address)
        await refused(errors.NoCapacity, pool.replace_disk(OP, disk_of(), source, silent))
        assert await rig.digest(address) == before

    rig.run(body)
