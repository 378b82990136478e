"""What every image store must do: hand out images, and take in what is sent to it."""

import bz2
import gzip
from collections.abc import AsyncGenerator
from contextlib import aclosing
from hashlib import sha256
from io import BytesIO
from zipfile import ZIP_DEFLATED, ZipFile

import pytest

from core.decompression.compression import Compression
from core.driver import ImageDriver
from core.driver_words import ByteStream, ImageInfo, StoredFile
from core.model import errors
from core.model.pool_types import DiskFormat
from tests.contract.images import PATH, fetch
from tests.contract.rig import (
    DISK_BYTES,
    OP,
    Rig,
    refused,
    silent,
)

QCOW2 = DiskFormat.QCOW2


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
