"""What every image store must do: fetch, take in and hand out images, and let hosts fill places."""

import bz2
import gzip
from collections.abc import AsyncGenerator
from contextlib import aclosing
from hashlib import sha256
from io import BytesIO
from zipfile import ZIP_DEFLATED, ZipFile

import pytest

from core.decompression.compression import Compression
from core.driver import ImageDriver, Progress
from core.driver_words import ByteStream, DiskSpec, ImageInfo, StoredFile
from core.model import errors
from core.model.pool_types import DiskFormat
from tests.contract.rig import (
    DISK_BYTES,
    MIB,
    OP,
    Download,
    Rig,
    cut_short,
    filled,
    refused,
    silent,
)

QCOW2, RAW = DiskFormat.QCOW2, DiskFormat.RAW
PATH = "template/1/2/image"
SMALL_BYTES = 256 * 1024


async def fetch(
    store: ImageDriver,
    source: Download,
    *,
    checksum: str | None = None,
    format: DiskFormat = QCOW2,
    limit_bytes: int = 4 * DISK_BYTES,
    progress: Progress = silent,
) -> ImageInfo:
    """Fetch to PATH what would be accepted, unless something is said otherwise."""
    return await store.fetch(
        OP,
        PATH,
        source.url,
        format=format,
        checksum=source.checksum if checksum is None else checksum,
        size_limit_bytes=limit_bytes,
        progress=progress,
    )


def test_a_fetched_image_has_its_size_and_checksum(rig: Rig) -> None:
    """What is answered is what is found, but for the checksum, which is only known to fetching."""

    async def body() -> None:
        store, source = rig.store(), rig.download()
        image = await fetch(store, source)
        assert (image.path, image.size_bytes, image.format) == (PATH, DISK_BYTES, QCOW2)
        assert image.checksum == source.checksum
        held = await store.inspect(PATH)
        assert held is not None
        assert (held.size_bytes, held.physical_bytes) == (image.size_bytes, image.physical_bytes)

    rig.run(body)


def test_fetching_twice_makes_one_image(rig: Rig) -> None:
    """The second call answers the same and takes no room."""

    async def body() -> None:
        store, source = rig.store(), rig.download()
        first = await fetch(store, source)
        space = await store.probe()
        assert await fetch(store, source) == first
        assert await store.probe() == space

    rig.run(body)


@pytest.mark.parametrize(
    ("flaw", "error"),
    [
        ("backing file", errors.Invalid),
        ("garbage", errors.Invalid),
        ("missing", errors.NotFound),
        ("forbidden", errors.Invalid),
    ],
)
def test_a_flawed_image_is_refused(rig: Rig, flaw: str, error: type[errors.ForebayError]) -> None:
    """Nothing of it stays."""

    async def body() -> None:
        store = rig.store()
        before = await store.probe()
        await refused(error, fetch(store, rig.download(flaw=flaw), checksum=""))
        assert await store.inspect(PATH) is None
        assert await store.probe() == before

    rig.run(body)


@pytest.mark.parametrize(
    ("checksum", "error"),
    [
        ("{SHA-256}" + "0" * 64, errors.Integrity),
        ("0" * 32, errors.Integrity),
        ("not a checksum", errors.Invalid),
        ("{CRC}" + "0" * 32, errors.Invalid),
    ],
)
def test_a_wrong_checksum_is_refused(
    rig: Rig, checksum: str, error: type[errors.ForebayError]
) -> None:
    """Nothing of the image stays, and the right one is taken afterwards."""

    async def body() -> None:
        store, source = rig.store(), rig.download()
        await refused(error, fetch(store, source, checksum=checksum))
        assert await store.inspect(PATH) is None
        assert await fetch(store, source)

    rig.run(body)


def test_an_image_of_another_format_is_refused(rig: Rig) -> None:
    """A QCOW2 image is no RAW image, and VMDK is none that KVM could use."""

    async def body() -> None:
        store, source = rig.store(), rig.download()
        await refused(errors.Invalid, fetch(store, source, format=DiskFormat.RAW))
        await refused(errors.Unsupported, fetch(store, source, format=DiskFormat.VMDK))
        assert await store.inspect(PATH) is None

    rig.run(body)


def test_an_image_of_one_disk_is_not_unpacked(rig: Rig) -> None:
    """It has no other disks; nor has an image that is not there."""

    async def body() -> None:
        store, source = rig.store(), rig.download()
        assert (await fetch(store, source)).data_disks == ()
        await refused(errors.Unsupported, store.unpack(OP, PATH, 1, "disk", silent))
        await refused(errors.NotFound, store.unpack(OP, "nothing", 1, "disk", silent))
        assert await store.inspect("disk") is None

    rig.run(body)


@pytest.mark.parametrize("limit_bytes", [SMALL_BYTES, DISK_BYTES - 512])
def test_an_image_over_the_limit_is_refused(rig: Rig, limit_bytes: int) -> None:
    """Whether its file is larger, or only the disk in it."""

    async def body() -> None:
        store = rig.store()
        await refused(errors.Invalid, fetch(store, rig.download(), limit_bytes=limit_bytes))
        assert await store.inspect(PATH) is None

    rig.run(body)


def test_a_full_store_refuses_an_image(rig: Rig) -> None:
    """It keeps nothing of it."""

    async def body() -> None:
        store = rig.store(capacity_bytes=SMALL_BYTES)
        await refused(errors.NoCapacity, fetch(store, rig.download()))
        assert await store.inspect(PATH) is None
        assert (await store.probe()).used_bytes < SMALL_BYTES

    rig.run(body)


def test_a_cancelled_fetch_leaves_nothing_and_can_be_made_again(rig: Rig) -> None:
    """It is cancelled at its first report."""

    async def body() -> None:
        store, source = rig.store(), rig.download()
        before = await store.probe()
        assert await cut_short(rig, lambda progress: fetch(store, source, progress=progress))
        assert await store.inspect(PATH) is None
        assert await store.probe() == before
        assert (await fetch(store, source)).checksum == source.checksum

    rig.run(body)


def test_a_stored_disk_has_every_byte(rig: Rig) -> None:
    """The disk stays as it was, and storing it twice makes one image."""

    async def body() -> None:
        pool, store = rig.pool(), rig.store()
        source = await filled(rig, pool)
        digest = await rig.digest(source)
        image = await store.store(OP, PATH, source, silent)
        assert (image.path, image.size_bytes, image.format) == (PATH, DISK_BYTES, QCOW2)
        assert await rig.digest(store.address(PATH)) == await rig.digest(source) == digest
        await rig.fill(source, MIB)
        assert await store.store(OP, PATH, source, silent) == image == await store.inspect(PATH)
        assert await rig.digest(store.address(PATH)) == digest

    rig.run(body)


def test_a_stored_snapshot_has_the_bytes_of_its_moment(rig: Rig) -> None:
    """What was written to the disk later is not in the image."""

    async def body() -> None:
        pool, store = rig.pool(), rig.store()
        source = await filled(rig, pool)
        digest = await rig.digest(source)
        await pool.take_snapshot(OP, "disk", "s1")
        await rig.fill(source, MIB)
        await store.store(OP, PATH, pool.address("disk", "s1"), silent)
        assert await rig.digest(store.address(PATH)) == digest

    rig.run(body)


def test_storing_what_is_not_there_is_refused(rig: Rig) -> None:
    """Neither an absent disk nor an absent snapshot makes an image."""

    async def body() -> None:
        pool, store = rig.pool(), rig.store()
        await filled(rig, pool)
        for source in (pool.address("nothing"), pool.address("disk", "nothing")):
            await refused(errors.NotFound, store.store(OP, PATH, source, silent))
        assert await store.inspect(PATH) is None

    rig.run(body)


def test_a_full_store_refuses_a_disk(rig: Rig) -> None:
    """It keeps nothing of it."""

    async def body() -> None:
        pool, store = rig.pool(), rig.store(capacity_bytes=MIB)
        source = await filled(rig, pool, written_bytes=4 * MIB)
        await refused(errors.NoCapacity, store.store(OP, PATH, source, silent))
        assert await store.inspect(PATH) is None
        assert (await store.probe()).used_bytes < MIB

    rig.run(body)


def test_a_cancelled_store_leaves_nothing_and_can_be_made_again(rig: Rig) -> None:
    """The disk is unharmed."""

    async def body() -> None:
        pool, store = rig.pool(), rig.store()
        size_bytes = 2 * rig.long_bytes
        source = await filled(rig, pool, size_bytes=size_bytes, written_bytes=rig.long_bytes)
        digest = await rig.digest(source)
        before = await store.probe()
        assert await cut_short(
            rig, lambda progress: store.store(OP, PATH, source, progress), at=0.05
        )
        assert await store.inspect(PATH) is None
        assert await store.probe() == before
        await store.store(OP, PATH, source, silent)
        assert await rig.digest(store.address(PATH)) == await rig.digest(source) == digest

    rig.run(body)


def test_what_a_killed_control_plane_left_counts_as_nothing(rig: Rig) -> None:
    """The same call made again replaces it, and removing takes it away."""

    async def body() -> None:
        pool, store = rig.pool(), rig.store()
        source = await filled(rig, pool)
        before = await store.probe()
        await rig.leave_partial(store, PATH)
        assert await store.inspect(PATH) is None
        await store.store(OP, PATH, source, silent)
        assert await rig.digest(store.address(PATH)) == await rig.digest(source)
        await store.remove(OP, PATH)
        await rig.leave_partial(store, PATH)
        await store.remove(OP, PATH)
        assert await store.probe() == before

    rig.run(body)


def test_an_image_is_copied_in_its_own_format_when_that_is_asked(rig: Rig) -> None:
    """Whatever the store makes of disks otherwise; the bytes are the same."""

    async def body() -> None:
        pool, here, there = rig.pool(), rig.store(), rig.store()
        await pool.create_disk(
            OP, DiskSpec(name="raw", size_bytes=DISK_BYTES, format=RAW), None, silent
        )
        await rig.fill(pool.address("raw"), MIB)
        kept = await here.store(OP, PATH, pool.address("raw"), silent, as_is=True)
        again = await there.store(OP, PATH, here.address(PATH), silent, as_is=True)
        assert (kept.format, again.format) == (RAW, RAW)
        assert there.address(PATH).format is RAW
        assert await rig.digest(there.address(PATH)) == await rig.digest(pool.address("raw"))

    rig.run(body)


def test_a_true_image_is_verified_and_a_wrong_one_refused(rig: Rig) -> None:
    """Against the image of another store that it was copied from, and against a changed disk."""

    async def body() -> None:
        pool, here, there = rig.pool(), rig.store(), rig.store()
        address = await filled(rig, pool)
        await here.store(OP, PATH, address, silent)
        await there.store(OP, PATH, here.address(PATH), silent)
        await there.verify_copy(OP, PATH, here.address(PATH), silent)
        await rig.fill(address, MIB, start_bytes=MIB)
        await refused(errors.Integrity, there.verify_copy(OP, PATH, address, silent))
        nothing = here.address("nothing")
        await refused(errors.NotFound, there.verify_copy(OP, PATH, nothing, silent))
        await refused(errors.NotFound, there.verify_copy(OP, "nothing", address, silent))

    rig.run(body)


def test_an_image_becomes_disks_of_pools(rig: Rig) -> None:
    """Fetched or stored, its every byte arrives on the pool."""

    async def body() -> None:
        pool, store = rig.pool(), rig.store()
        await fetch(store, rig.download())
        disk = DiskSpec(name="root", size_bytes=2 * DISK_BYTES, format=QCOW2)
        await pool.create_disk(OP, disk, store.address(PATH), silent)
        assert await rig.digest(pool.address("root")) == await rig.digest(store.address(PATH))

    rig.run(body)


def test_a_prepared_place_is_no_image_until_it_is_committed(rig: Rig) -> None:
    """Both prepare and commit may be called again; the second answers the same."""

    async def body() -> None:
        store = rig.store()
        place = await store.prepare(OP, PATH, format=QCOW2, size_bytes=DISK_BYTES)
        assert await store.prepare(OP, PATH, format=QCOW2, size_bytes=DISK_BYTES) == place
        assert await store.inspect(PATH) is None
        image = await store.commit(OP, PATH)
        assert (image.path, image.size_bytes, image.format) == (PATH, DISK_BYTES, QCOW2)
        assert await store.commit(OP, PATH) == image == await store.inspect(PATH)

    rig.run(body)


def test_what_was_never_prepared_cannot_be_committed(rig: Rig) -> None:
    """The same holds for what was prepared and removed."""

    async def body() -> None:
        store = rig.store()
        await refused(errors.NotFound, store.commit(OP, PATH))
        await store.prepare(OP, PATH, format=QCOW2, size_bytes=DISK_BYTES)
        await store.remove(OP, PATH)
        await refused(errors.NotFound, store.commit(OP, PATH))

    rig.run(body)


def test_a_removed_image_is_gone_with_its_room(rig: Rig) -> None:
    """Removing it once more is success."""

    async def body() -> None:
        store = rig.store()
        before = await store.probe()
        await fetch(store, rig.download())
        await store.remove(OP, PATH)
        await store.remove(OP, PATH)
        assert await store.inspect(PATH) is None
        assert await store.probe() == before

    rig.run(body)


def test_images_are_listed_folder_by_folder(rig: Rig) -> None:
    """A folder that is not there is NotFound."""

    async def body() -> None:
        store = rig.store()
        assert await store.list_objects("") == ()
        await fetch(store, rig.download())
        (top,) = await store.list_objects("")
        assert (top.path, top.directory) == ("template", True)
        (image,) = await store.list_objects("template/1/2")
        assert image.path.startswith(PATH)
        assert not image.directory
        assert image.size_bytes > 0
        await refused(errors.NotFound, store.list_objects("nothing"))

    rig.run(body)


def test_a_new_driver_finds_what_an_old_one_made(rig: Rig) -> None:
    """A restarted control plane sees images, and can commit what was prepared."""

    async def body() -> None:
        store = rig.store()
        await fetch(store, rig.download())
        await store.prepare(OP, "snapshots/1", format=QCOW2, size_bytes=DISK_BYTES)
        new = rig.again(store)
        assert await new.inspect(PATH) == await store.inspect(PATH)
        assert await new.probe() == await store.probe()
        assert new.address(PATH) == store.address(PATH)
        assert await new.commit(OP, "snapshots/1")

    rig.run(body)


async def chunks_of(data: bytes) -> AsyncGenerator[bytes, None]:
    """The bytes in odd pieces."""
    for start in range(0, len(data), 10_007):
        yield data[start : start + 10_007]


async def receive(
    store: ImageDriver,
    data: bytes,
    *,
    path: str = PATH,
    checksum: str = "",
    limit_bytes: int = 4 * DISK_BYTES,
    total_bytes: int = 0,
    compression: Compression = Compression.NONE,
) -> ImageInfo:
    """Send the bytes to a path."""
    return await store.receive(
        OP,
        path,
        ByteStream(total_bytes=total_bytes, chunks=chunks_of(data), compression=compression),
        format=QCOW2,
        checksum=checksum,
        size_limit_bytes=limit_bytes,
        progress=silent,
    )


async def part(file: StoredFile, start_bytes: int, length_bytes: int) -> bytes:
    """So many bytes of a file."""
    async with aclosing(file.chunks(start_bytes, length_bytes)) as chunks:
        return b"".join([chunk async for chunk in chunks])


async def read(store: ImageDriver, path: str = PATH) -> bytes:
    """The whole file of an image."""
    file = await store.read(path)
    data = await part(file, 0, file.total_bytes)
    assert len(data) == file.total_bytes
    return data


def test_what_is_read_can_be_sent_in_again(rig: Rig) -> None:
    """The new image holds the same; sending it twice makes one image."""

    async def body() -> None:
        store, other = rig.store(), rig.store()
        await fetch(store, rig.download())
        data = await read(store)
        checksum = f"{{SHA-256}}{sha256(data).hexdigest()}"
        image = await receive(other, data, checksum=checksum, total_bytes=len(data))
        assert (image.size_bytes, image.checksum) == (DISK_BYTES, checksum)
        again = await receive(other, data)
        assert (again.size_bytes, again.physical_bytes) == (image.size_bytes, image.physical_bytes)
        assert await rig.digest(other.address(PATH)) == await rig.digest(store.address(PATH))
        assert await read(other) == data

    rig.run(body)


def test_any_part_of_an_image_can_be_read(rig: Rig) -> None:
    """Its bytes are those of the whole, and the version stays as long as the image does."""

    async def body() -> None:
        store = rig.store()
        await fetch(store, rig.download())
        data = await read(store)
        file = await store.read(PATH)
        for start, length in ((0, 1), (7, 20), (len(data) - 3, 3)):
            assert await part(file, start, length) == data[start : start + length]
        assert (await rig.again(store).read(PATH)).version == file.version

    rig.run(body)


def test_a_file_that_was_opened_is_not_another_one_later(rig: Rig) -> None:
    """What was removed cannot be read on, though an image is at its path again."""

    async def body() -> None:
        store = rig.store()
        await fetch(store, rig.download())
        file = await store.read(PATH)
        await store.remove(OP, PATH)
        await refused(errors.NotFound, part(file, 0, 1))
        await fetch(store, rig.download())
        await refused(errors.NotFound, part(file, 0, 1))
        assert (await store.read(PATH)).version != file.version

    rig.run(body)


def test_an_image_that_is_not_there_cannot_be_read(rig: Rig) -> None:
    """Nothing is opened."""

    async def body() -> None:
        await refused(errors.NotFound, rig.store().read(PATH))

    rig.run(body)


@pytest.mark.parametrize(
    ("checksum", "limit_bytes", "total_bytes", "error"),
    [
        ("{SHA-256}" + "0" * 64, 4 * DISK_BYTES, 0, errors.Integrity),
        ("{CRC}00", 4 * DISK_BYTES, 0, errors.Invalid),
        ("", 100, 0, errors.Invalid),
        ("", DISK_BYTES - 512, 0, errors.Invalid),
        ("", 4 * DISK_BYTES, 1 << 40, errors.Invalid),
    ],
)
def test_what_should_not_be_sent_in_leaves_nothing(
    rig: Rig, checksum: str, limit_bytes: int, total_bytes: int, error: type[errors.ForebayError]
) -> None:
    """A wrong checksum, or more than is allowed; the right image is taken afterwards."""

    async def body() -> None:
        store, other = rig.store(), rig.store()
        await fetch(store, rig.download())
        data = await read(store)
        before = await other.probe()
        sent = receive(
            other, data, checksum=checksum, limit_bytes=limit_bytes, total_bytes=total_bytes
        )
        await refused(error, sent)
        assert await other.inspect(PATH) is None
        assert await other.probe() == before
        assert await receive(other, data)

    rig.run(body)


@pytest.mark.parametrize("data", [b"", b"garbage" * 100])
def test_what_is_no_image_cannot_be_sent_in(rig: Rig, data: bytes) -> None:
    """Nothing of it stays."""

    async def body() -> None:
        store = rig.store()
        await refused(errors.Invalid, receive(store, data))
        assert await store.inspect(PATH) is None

    rig.run(body)


@pytest.mark.parametrize("compression", [each for each in Compression if each])
def test_a_compressed_image_is_decompressed_on_its_way(rig: Rig, compression: Compression) -> None:
    """The checksum is of the bytes as they are sent; sending them again changes nothing."""

    async def body() -> None:
        store, other = rig.store(), rig.store()
        await fetch(store, rig.download())
        data = await read(store)
        small = compressed(data, compression)
        checksum = f"{{SHA-256}}{sha256(small).hexdigest()}"
        for total_bytes in (len(small), 0):
            image = await receive(
                other, small, checksum=checksum, total_bytes=total_bytes, compression=compression
            )
            assert image.size_bytes == DISK_BYTES
        assert await read(other) == data

    rig.run(body)


@pytest.mark.parametrize("compression", [each for each in Compression if each])
def test_what_decompresses_badly_leaves_nothing(rig: Rig, compression: Compression) -> None:
    """A bomb, half of an image, a wrong checksum, and what is not compressed at all."""

    async def body() -> None:
        store, other = rig.store(), rig.store()
        await fetch(store, rig.download())
        data = await read(store)
        small = compressed(data, compression)
        bomb = compressed(data + bytes(8 * DISK_BYTES), compression)
        assert len(bomb) < DISK_BYTES
        before = await other.probe()
        for sent in (bomb, small[: len(small) // 2], data, b""):
            await refused(errors.Invalid, receive(other, sent, compression=compression))
        wrong = receive(
            other,
            small,
            checksum=f"{{SHA-256}}{sha256(data).hexdigest()}",
            compression=compression,
        )
        await refused(errors.Integrity, wrong)
        assert await other.inspect(PATH) is None
        assert await other.probe() == before

    rig.run(body)


def compressed(data: bytes, compression: Compression) -> bytes:
    """The image in a file of that kind."""
    if compression is Compression.ZIP:
        file = BytesIO()
        with ZipFile(file, "w", ZIP_DEFLATED) as archive:
            archive.writestr("image", data)
        return file.getvalue()
    return gzip.compress(data) if compression is Compression.GZIP else bz2.compress(data)


def test_two_that_are_sent_side_by_side_share_the_room(rig: Rig) -> None:
    """Each alone would fit; one is refused, and leaves nothing."""

    async def body() -> None:
        store = rig.store()
        image = await fetch(store, rig.download())
        data = await read(store)
        small = rig.store(capacity_bytes=3 * max(len(data), image.physical_bytes) // 2)
        failures: list[errors.ForebayError] = []

        async def send(path: str) -> None:
            try:
                await receive(small, data, path=path, total_bytes=len(data))
            except errors.ForebayError as refusal:
                failures.append(refusal)

        async with rig.runtime.nursery() as nursery:
            nursery.start_soon(send, "one")
            nursery.start_soon(send, "two")
        assert [type(failure) for failure in failures] == [errors.NoCapacity]
        space = await small.probe()
        assert 0 < space.used_bytes <= space.capacity_bytes
        assert len([each for each in ("one", "two") if await small.inspect(each)]) == 1

    rig.run(body)


def test_bytes_that_break_off_leave_nothing(rig: Rig) -> None:
    """What the sender raises comes through."""

    async def broken(data: bytes) -> AsyncGenerator[bytes, None]:
        yield data[:1000]
        raise errors.Integrity("it broke off", object="sender", hint="send it again")

    async def body() -> None:
        store, other = rig.store(), rig.store()
        await fetch(store, rig.download())
        source = ByteStream(total_bytes=0, chunks=broken(await read(store)))
        sent = other.receive(
            OP,
            PATH,
            source,
            format=QCOW2,
            checksum="",
            size_limit_bytes=4 * DISK_BYTES,
            progress=silent,
        )
        await refused(errors.Integrity, sent)
        assert await other.inspect(PATH) is None
        assert (await other.probe()).used_bytes == 0

    rig.run(body)
