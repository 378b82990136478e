"""What every pool must do with images that are no disks yet."""

from core.driver import StorageDriver
from core.model import errors
from core.model.pool_types import DiskFormat
from tests.contract.rig import (
    DISK_BYTES,
    OP,
    Rig,
    blank,
    copy_of,
    filled,
    refused,
    running_vm,
    silent,
)


async def _path(pool: StorageDriver, name: str = "disk") -> str:
    """Where the file of a disk is."""
    found = await pool.list_objects("")
    return next(entry.path for entry in found if entry.path.partition(".")[0] == name)


def test_a_file_becomes_a_disk_with_all_its_bytes(rig: Rig) -> None:
    """Under its new name, once and again; nothing is left under the old one."""

    async def body() -> None:
        pool = rig.pool()
        source = await filled(rig, pool)
        await pool.create_disk(OP, copy_of(), source, silent)
        path = await _path(pool)
        seen = await pool.inspect_file(path)
        assert (seen.size_bytes, seen.format) == (DISK_BYTES, DiskFormat.QCOW2)
        for driver in (pool, rig.again(pool)):
            adopted = await driver.adopt_disk(OP, path, "mine")
            assert (adopted.name, adopted.size_bytes) == ("mine", DISK_BYTES)
        assert await pool.inspect("disk") is None
        await pool.verify_copy(OP, "copy", pool.address("mine"), silent)

    rig.run(body)


def test_an_adopted_disk_is_given_back(rig: Rig) -> None:
    """Once and again; the file is where it was."""

    async def body() -> None:
        pool = rig.pool()
        await filled(rig, pool)
        path = await _path(pool)
        await pool.adopt_disk(OP, path, "mine")
        for driver in (pool, rig.again(pool)):
            await driver.release_disk(OP, "mine", path)
        assert await pool.inspect("mine") is None
        assert await pool.inspect("disk") is not None

    rig.run(body)


def test_what_is_in_use_or_taken_is_not_adopted(rig: Rig) -> None:
    """An open disk is Busy, a name that another disk has a Conflict; nothing changes."""

    async def body() -> None:
        host, pool = rig.host(), rig.pool()
        await running_vm(rig, host, pool)
        await blank(pool)
        path = await _path(pool, "vm-data")
        await refused(errors.Busy, pool.adopt_disk(OP, path, "mine"))
        await refused(errors.Conflict, pool.adopt_disk(OP, await _path(pool), "vm-root"))
        await rig.wait_for_writes("vm", 1)
        assert await pool.inspect("disk") is not None

    rig.run(body)


def test_what_is_no_image_that_stands_alone_is_refused(rig: Rig) -> None:
    """Nothing at all is NotFound, one with snapshots inside is Invalid."""

    async def body() -> None:
        pool = rig.pool()
        await refused(errors.NotFound, pool.inspect_file("nothing"))
        await refused(errors.NotFound, pool.adopt_disk(OP, "nothing", "mine"))
        await blank(pool)
        await pool.take_snapshot(OP, "disk", "s1")
        path = await _path(pool)
        await refused(errors.Invalid, pool.inspect_file(path))
        await refused(errors.Invalid, pool.adopt_disk(OP, path, "mine"))
        assert await pool.inspect("disk") is not None

    rig.run(body)
