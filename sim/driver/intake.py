"""How a simulated image store takes in what somebody sends: counted, hashed, and looked at."""

from hashlib import new as new_hash

from core.decompression.decompressor import decompressor
from core.driver_words import ByteStream
from core.model import errors
from core.model.pool_types import DiskFormat
from sim.disk.content import Content
from sim.disk.image_file import SentFile
from sim.disk.template import ALGORITHMS, too_large
from sim.world import World


async def taken_in(
    world: World,
    source: ByteStream,
    *,
    format: DiskFormat,
    checksum: tuple[str, str] | None,
    limit_bytes: int,
    subject: str,
) -> tuple[Content, str]:
    """The content of the image, and "{SHA-256}hex" of the bytes as they came.

    Raises Invalid, Integrity, and what the source raises.
    """
    sent = SentFile()
    sums = {name: new_hash(ALGORITHMS[name], usedforsecurity=False) for name in _names(checksum)}
    image = decompressor(source.compression, subject)
    sent_bytes = 0
    try:
        async for chunk in source.chunks:
            sent_bytes += len(chunk)
            _require_within(max(sent_bytes, source.total_bytes), limit_bytes, subject)
            for running in sums.values():
                running.update(chunk)
            for piece in image.feed(chunk):
                sent.add(piece)
                _require_within(sent.total_bytes, limit_bytes, subject)
    finally:
        await source.chunks.aclose()
    _require_equal({name: running.hexdigest() for name, running in sums.items()}, checksum, subject)
    image.finish()
    return _content(world, sent, format, limit_bytes, subject), (
        f"{{SHA-256}}{sums['SHA-256'].hexdigest()}"
    )


def _require_within(size_bytes: int, limit_bytes: int, subject: str) -> None:
    refusal = too_large(size_bytes, limit_bytes, subject)
    if refusal is not None:
        raise refusal


def _names(checksum: tuple[str, str] | None) -> frozenset[str]:
    return frozenset({"SHA-256"} | ({checksum[0]} if checksum is not None else set()))


def _require_equal(found: dict[str, str], checksum: tuple[str, str] | None, subject: str) -> None:
    if checksum is not None and found[checksum[0]] != checksum[1]:
        raise errors.Integrity(
            f"its {checksum[0]} is {found[checksum[0]]}, not {checksum[1]}",
            object=subject,
            hint="send it again, or correct the checksum",
        )


def _content(
    world: World, sent: SentFile, format: DiskFormat, limit_bytes: int, subject: str
) -> Content:
    if sent.is_qcow2 is not (format is DiskFormat.QCOW2):
        raise errors.Invalid(
            f"no plain {format} image",
            object=subject,
            hint="give the format that it really has, or convert it to a plain image",
        )
    _require_within(sent.size_bytes, limit_bytes, subject)
    content = world.blank(sent.size_bytes)
    if not sent.put_into(content):
        world.fill(content, min(sent.total_bytes, sent.size_bytes))
    return content
