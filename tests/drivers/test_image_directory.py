"""An image store in a folder."""

import gzip
import hashlib
from pathlib import Path

import anyio
import pytest

from core.driver_words import Address, DiskSpec, ImageInfo
from core.model import errors
from core.model.pool_types import DiskFormat
from drivers.directory import DirectoryPool
from drivers.download import Rules
from drivers.image_directory import ImageDirectory
from tests.drivers.bench import MEBIBYTE, QCOW2, RAW, call, content, ignore

pytestmark = [pytest.mark.anyio, pytest.mark.qemu]

SIZE_BYTES = 8 * MEBIBYTE


@pytest.fixture
def store(folder: Path) -> ImageDirectory:
    """An empty store that may fetch from the folder `uploads`."""
    for name in ("store", "uploads", "pool"):
        (folder / name).mkdir()
    rules = Rules(folders=(str(folder / "uploads"),))
    return ImageDirectory("1", str(folder / "store"), rules=rules)


@pytest.fixture
def upload(folder: Path, store: ImageDirectory) -> Path:
    """A good qcow2 image to be fetched."""
    assert store
    path = folder / "uploads" / "good.qcow2"
    call("qemu-img", "create", "-q", "-f", "qcow2", str(path), str(SIZE_BYTES))
    call("qemu-io", "-f", "qcow2", "-c", "write -P 9 0 1M", str(path))
    return path


async def fetched(
    store: ImageDirectory,
    path: Path,
    *,
    format: DiskFormat = QCOW2,
    checksum: str = "",
    size_limit_bytes: int = 1 << 30,
) -> ImageInfo:
    """Fetch a file of the uploads as the image `template/1`."""
    return await store.fetch(
        "op",
        "template/1",
        f"file://{path}",
        format=format,
        checksum=checksum,
        size_limit_bytes=size_limit_bytes,
        progress=ignore,
    )


async def test_an_image_is_fetched_once_with_its_checksum(
    store: ImageDirectory, upload: Path
) -> None:
    """The same call again answers the same."""
    digest = hashlib.sha256(await anyio.Path(upload).read_bytes()).hexdigest()
    for checksum in ("", f"{{SHA-256}}{digest.upper()}"):
        info = await fetched(store, upload, checksum=checksum)
        assert info.checksum == f"{{SHA-256}}{digest}"
        assert (info.path, info.size_bytes, info.format) == ("template/1", SIZE_BYTES, QCOW2)
    assert store.address("template/1").location.endswith("/store/template/1")
    assert [entry.path for entry in await store.list_objects("template")] == ["template/1"]


async def test_a_compressed_image_is_fetched(store: ImageDirectory, upload: Path) -> None:
    """The address says how it is compressed; the checksum is of what lies there."""
    image = await anyio.Path(upload).read_bytes()
    data = gzip.compress(image)
    small = upload.with_name("good.qcow2.gz")
    small.write_bytes(data)
    checksum = f"{{SHA-256}}{hashlib.sha256(data).hexdigest()}"
    for _ in range(2):
        info = await fetched(store, small, checksum=checksum)
        assert (info.size_bytes, info.format, info.checksum) == (SIZE_BYTES, QCOW2, checksum)
    held = anyio.Path(store.address("template/1").location)
    assert await held.read_bytes() == image


async def test_a_bomb_fills_no_more_than_is_allowed(store: ImageDirectory, upload: Path) -> None:
    """Half a gibibyte in half a mebibyte is refused at the limit, and leaves nothing."""
    bomb = upload.with_name("bomb.raw.gz")
    bomb.write_bytes(gzip.compress(bytes(1 << 29), 9))
    with pytest.raises(errors.Invalid, match="larger than"):
        await fetched(store, bomb, format=RAW, size_limit_bytes=MEBIBYTE)
    assert await store.list_objects("") == ()


async def test_a_raw_image_keeps_its_format_in_its_name(
    store: ImageDirectory, upload: Path
) -> None:
    """Nothing ever guesses it from bytes that a guest may have written."""
    raw = upload.with_name("raw")
    raw.write_bytes(bytes(MEBIBYTE))
    info = await fetched(store, raw, format=RAW)
    assert (info.format, store.address("template/1").format) == (RAW, RAW)
    assert await store.inspect("template/1") is not None


async def test_a_bad_image_is_refused_and_leaves_nothing(
    store: ImageDirectory, upload: Path
) -> None:
    """Wrong format, wrong checksum, too large, garbage, absent, or not where it may come from."""
    garbage = upload.with_name("garbage")
    garbage.write_bytes(b"garbage" * 1000)
    backed = upload.with_name("backed")
    backing = ("-F", "raw", "-b", "/etc/hostname")
    call("qemu-img", "create", "-q", "-f", "qcow2", *backing, str(backed), "1M")
    link = upload.with_name("link")
    link.symlink_to("/etc/hostname")
    limit = 1 << 30
    refused = (
        (upload, RAW, "", limit, errors.Invalid),
        (upload, DiskFormat.VHD, "", limit, errors.Unsupported),
        (upload, QCOW2, "{SHA-256}" + "0" * 64, limit, errors.Integrity),
        (upload, QCOW2, "0" * 32, limit, errors.Integrity),
        (upload, QCOW2, "{CRC}00", limit, errors.Invalid),
        (upload, QCOW2, "", SIZE_BYTES - 512, errors.Invalid),
        (upload, QCOW2, "", 1000, errors.Invalid),
        (garbage, QCOW2, "", limit, errors.Invalid),
        (backed, QCOW2, "", limit, errors.Invalid),
        (link, QCOW2, "", limit, errors.Invalid),
        (upload.with_name("absent"), QCOW2, "", limit, errors.NotFound),
        (Path("/etc/hostname"), QCOW2, "", limit, errors.Invalid),
        (upload.parent / ".." / "pool" / "x", QCOW2, "", limit, errors.Invalid),
    )
    for path, format, checksum, size_limit_bytes, error in refused:
        with pytest.raises(error):
            await fetched(
                store,
                path,
                format=format,
                checksum=checksum,
                size_limit_bytes=size_limit_bytes,
            )
        assert await store.inspect("template/1") is None
        assert await store.list_objects("") == ()


@pytest.mark.parametrize("format", [QCOW2, RAW])
async def test_nothing_is_at_a_path_before_it_is_committed(
    store: ImageDirectory, format: DiskFormat
) -> None:
    """Committing twice answers the same."""
    with pytest.raises(errors.NotFound):
        await store.commit("op", "snapshots/1")
    place = await store.prepare("op", "snapshots/1", format=format, size_bytes=SIZE_BYTES)
    assert await store.inspect("snapshots/1") is None
    call("qemu-io", "-f", format.value.lower(), "-c", "write -P 3 0 1M", place.location)
    committed = await store.commit("op", "snapshots/1")
    assert (committed.size_bytes, committed.format) == (SIZE_BYTES, format)
    assert committed == await store.commit("op", "snapshots/1")
    assert committed == await store.inspect("snapshots/1")
    assert store.address("snapshots/1").format == format


async def test_a_prepared_place_that_was_spoilt_is_not_committed(store: ImageDirectory) -> None:
    """What is there must be an image."""
    place = await store.prepare("op", "1", format=QCOW2, size_bytes=SIZE_BYTES)
    await anyio.Path(place.location).write_bytes(b"spoilt" * 100)
    with pytest.raises(errors.Integrity):
        await store.commit("op", "1")
    await store.prepare("op", "1", format=QCOW2, size_bytes=SIZE_BYTES)
    await store.commit("op", "1")


async def test_a_disk_or_snapshot_is_stored_whole(store: ImageDirectory, folder: Path) -> None:
    """As qcow2, whatever format the disk has."""
    pool = DirectoryPool("1", str(folder / "pool"))
    for name, format in (("qcow2", QCOW2), ("raw", RAW)):
        disk = DiskSpec(name=name, size_bytes=SIZE_BYTES, format=format)
        await pool.create_disk("op", disk, None, ignore)
        address = pool.address(name)
        call("qemu-io", "-f", name, "-c", "write -P 4 0 2M", address.location)
        for _ in range(2):
            stored = await store.store("op", f"s/{name}", address, ignore)
            assert (stored.size_bytes, stored.format) == (SIZE_BYTES, QCOW2)
        assert content(store.address(f"s/{name}"), folder) == content(address, folder)
    with pytest.raises(errors.NotFound):
        await store.store("op", "s/absent", pool.address("absent"), ignore)


async def test_a_full_store_takes_nothing(store: ImageDirectory, upload: Path) -> None:
    """Neither a download nor a disk, and it keeps no part of it."""
    small = ImageDirectory(
        "2",
        str(upload.parents[1] / "pool"),
        capacity_bytes=MEBIBYTE // 2,
        rules=Rules(folders=(str(upload.parent),)),
    )
    source = Address(protocol="file", location=str(upload), format=QCOW2)
    with pytest.raises(errors.NoCapacity):
        await small.store("op", "copy", source, ignore)
    with pytest.raises(errors.NoCapacity):
        await fetched(small, upload)
    assert (await small.probe()).used_bytes == 0
    assert (await store.probe()).capacity_bytes > MEBIBYTE


async def test_removing_takes_the_image_and_what_was_prepared(store: ImageDirectory) -> None:
    """Absent is success."""
    for format in (QCOW2, RAW):
        await store.prepare("op", "a/1", format=format, size_bytes=SIZE_BYTES)
    for _ in range(2):
        await store.remove("op", "a/1")
        assert await store.list_objects("") == ()


async def test_hostile_paths_are_refused(store: ImageDirectory) -> None:
    """Nothing is made outside the store."""
    for path in ("../x", "/x", "a//b", "a/../../x", "", "x.part", "-x", "a/" * 20 + "b"):
        with pytest.raises(errors.Invalid):
            await store.prepare("op", path, format=QCOW2, size_bytes=SIZE_BYTES)
    with pytest.raises(errors.Invalid):
        await store.prepare("op", "x.raw", format=QCOW2, size_bytes=SIZE_BYTES)
