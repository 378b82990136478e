"""A pool in a folder."""

from pathlib import Path

import anyio
import pytest

from core.driver_words import Address, DiskSpec
from core.model import errors
from core.model.pool_types import DiskFormat
from drivers.directory import DirectoryPool
from tests.drivers.bench import MEBIBYTE, QCOW2, RAW, call, content, ignore

pytestmark = [pytest.mark.anyio, pytest.mark.qemu]

SIZE_BYTES = 8 * MEBIBYTE


def spec(name: str = "disk", format: DiskFormat = QCOW2, size_bytes: int = SIZE_BYTES) -> DiskSpec:
    """A disk to be made."""
    return DiskSpec(name=name, size_bytes=size_bytes, format=format)


def write(address: Address, pattern: int, size: str = "4M") -> None:
    """Write a pattern at the start of a disk."""
    driver = address.format.value.lower()
    call("qemu-io", "-f", driver, "-c", f"write -P {pattern} 0 {size}", address.location)


def left_over(address: Address) -> None:
    """Leave what a killed control plane leaves."""
    Path(address.location + ".part").write_bytes(b"left over")


@pytest.fixture
def pool(folder: Path) -> DirectoryPool:
    """An empty pool."""
    (folder / "pool").mkdir()
    return DirectoryPool("1", str(folder / "pool"))


@pytest.mark.parametrize("format", [QCOW2, RAW])
async def test_a_blank_disk_is_thin_and_made_once(pool: DirectoryPool, format: DiskFormat) -> None:
    """The same call again answers the same; another disk of that name is a conflict."""
    made = await pool.create_disk("op", spec(format=format), None, ignore)
    assert made.physical_bytes < MEBIBYTE
    assert made == await pool.create_disk("op", spec(format=format), None, ignore)
    assert made == await pool.inspect("disk")
    assert pool.address("disk").format == format
    with pytest.raises(errors.Conflict):
        await pool.create_disk("op", spec(format=format, size_bytes=2 * SIZE_BYTES), None, ignore)


@pytest.mark.parametrize("source_format", [QCOW2, RAW])
@pytest.mark.parametrize("format", [QCOW2, RAW])
async def test_a_copy_holds_the_sources_bytes_and_grows(
    pool: DirectoryPool, folder: Path, source_format: DiskFormat, format: DiskFormat
) -> None:
    """In any pair of formats, with progress up to the whole."""
    await pool.create_disk("op", spec("source", source_format), None, ignore)
    source = pool.address("source")
    write(source, 7)
    told: list[tuple[int, int]] = []
    copy = await pool.create_disk(
        "op",
        spec("copy", format, 2 * SIZE_BYTES),
        source,
        lambda done_bytes, total_bytes: told.append((done_bytes, total_bytes)),
    )
    assert copy.size_bytes == 2 * SIZE_BYTES
    assert told[-1] == (SIZE_BYTES, SIZE_BYTES)
    await pool.verify_copy("op", "copy", source, ignore)
    bytes_of = [content(pool.address(name), folder) for name in ("source", "copy")]
    assert bytes_of[1] == bytes_of[0].ljust(2 * SIZE_BYTES, b"\0")
    write(pool.address("copy"), 8, "512")
    with pytest.raises(errors.Integrity):
        await pool.verify_copy("op", "copy", source, ignore)


async def test_a_snapshot_can_be_copied_and_compared(pool: DirectoryPool) -> None:
    """As the disk was then, not as it is now."""
    await pool.create_disk("op", spec(), None, ignore)
    write(pool.address("disk"), 1)
    for _ in range(2):
        await pool.take_snapshot("op", "disk", "then")
    write(pool.address("disk"), 2)
    then = pool.address("disk", "then")
    await pool.create_disk("op", spec("copy"), then, ignore)
    await pool.verify_copy("op", "copy", then, ignore)
    with pytest.raises(errors.Integrity):
        await pool.verify_copy("op", "copy", pool.address("disk"), ignore)
    found = await pool.inspect("disk")
    assert found is not None
    assert found.snapshots == ("then",)
    for _ in range(2):
        await pool.remove_snapshot("op", "disk", "then")
    with pytest.raises(errors.NotFound):
        await pool.create_disk("op", spec("other"), then, ignore)


async def test_a_raw_disk_has_no_snapshots(pool: DirectoryPool) -> None:
    """It has no place for them."""
    await pool.create_disk("op", spec(format=RAW), None, ignore)
    with pytest.raises(errors.Unsupported):
        await pool.take_snapshot("op", "disk", "then")


async def test_what_cannot_be_made_is_refused_and_leaves_nothing(pool: DirectoryPool) -> None:
    """A source that is not there or too large, a foreign format, a hostile name."""
    await pool.create_disk("op", spec("large", size_bytes=2 * SIZE_BYTES), None, ignore)
    refused = (
        (spec(), pool.address("absent"), errors.NotFound),
        (spec(), pool.address("large"), errors.Invalid),
        (spec(format=DiskFormat.VHD), None, errors.Unsupported),
        (spec(format=DiskFormat.ISO), None, errors.Unsupported),
        (spec("../disk"), None, errors.Invalid),
        (spec("-f"), None, errors.Invalid),
        (spec(size_bytes=0), None, errors.Invalid),
    )
    for disk, source, error in refused:
        with pytest.raises(error):
            await pool.create_disk("op", disk, source, ignore)
    assert [entry.path for entry in await pool.list_objects("")] == ["large.qcow2"]


async def test_a_hostile_source_is_refused_before_qemu_sees_it(
    pool: DirectoryPool, folder: Path
) -> None:
    """An image that refers to another file would carry that file's bytes out."""
    (folder / "secret").write_bytes(b"secret" * 1000)
    image = folder / "image"
    backing = ("-F", "raw", "-b", str(folder / "secret"))
    call("qemu-img", "create", "-q", "-f", "qcow2", *backing, str(image), "8M")
    source = Address(protocol="file", location=str(image), format=QCOW2)
    with pytest.raises(errors.Invalid):
        await pool.create_disk("op", spec(), source, ignore)


async def test_a_cancelled_copy_leaves_nothing_and_can_be_made_again(pool: DirectoryPool) -> None:
    """Nor does the part of one whose control plane was killed stand in the way."""
    await pool.create_disk("op", spec("source", RAW, 64 * MEBIBYTE), None, ignore)
    write(pool.address("source"), 7, "64M")
    disk = spec("copy", size_bytes=64 * MEBIBYTE)
    with anyio.CancelScope() as scope:

        def cancel(done_bytes: int, total_bytes: int) -> None:
            if 0 < done_bytes < total_bytes:
                scope.cancel()

        await pool.create_disk("op", disk, pool.address("source"), cancel)
    assert scope.cancelled_caught
    assert [entry.path for entry in await pool.list_objects("")] == ["source.raw"]
    left_over(pool.address("copy"))
    await pool.create_disk("op", disk, pool.address("source"), ignore)
    await pool.verify_copy("op", "copy", pool.address("source"), ignore)
    assert [entry.path for entry in await pool.list_objects("")] == ["copy.qcow2", "source.raw"]


async def test_a_disk_is_resized_and_shrinks_only_when_allowed(pool: DirectoryPool) -> None:
    """The same size again is success."""
    await pool.create_disk("op", spec(), None, ignore)
    for _ in range(2):
        grown = await pool.resize_disk("op", "disk", 2 * SIZE_BYTES, shrink=False)
        assert grown.size_bytes == 2 * SIZE_BYTES
    with pytest.raises(errors.Invalid):
        await pool.resize_disk("op", "disk", SIZE_BYTES, shrink=False)
    shrunk = await pool.resize_disk("op", "disk", SIZE_BYTES, shrink=True)
    assert shrunk.size_bytes == SIZE_BYTES
    with pytest.raises(errors.NotFound):
        await pool.resize_disk("op", "absent", SIZE_BYTES, shrink=False)


async def test_removing_takes_the_disk_and_its_leftovers(pool: DirectoryPool) -> None:
    """Absent is success."""
    await pool.create_disk("op", spec(), None, ignore)
    left_over(pool.address("disk"))
    for _ in range(2):
        await pool.remove_disk("op", "disk")
        assert await pool.inspect("disk") is None
    assert await pool.list_objects("") == ()


async def test_a_full_pool_takes_no_copy(folder: Path, pool: DirectoryPool) -> None:
    """It says so before it copies, and two at once are not promised the same room."""
    await pool.create_disk("op", spec("source", RAW), None, ignore)
    write(pool.address("source"), 7)
    (folder / "small").mkdir()
    small = DirectoryPool("2", str(folder / "small"), capacity_bytes=6 * MEBIBYTE)
    full: list[str] = []

    async def copy(name: str) -> None:
        try:
            await small.create_disk("op", spec(name), pool.address("source"), ignore)
        except errors.NoCapacity:
            full.append(name)

    async with anyio.create_task_group() as group:
        group.start_soon(copy, "a")
        group.start_soon(copy, "b")
    assert len(full) == 1
    space = await small.probe()
    assert 4 * MEBIBYTE < space.used_bytes < space.capacity_bytes


async def test_an_unmounted_pool_is_unavailable(folder: Path) -> None:
    """It is not an empty one."""
    pool = DirectoryPool("1", str(folder / "unmounted"))
    with pytest.raises(errors.Unavailable):
        await pool.probe()
    with pytest.raises(errors.Unavailable):
        await pool.inspect("disk")
    with pytest.raises(errors.Unavailable):
        await pool.create_disk("op", spec(), None, ignore)
