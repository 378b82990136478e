"""The file of a simulated image, as it is downloaded, and what a file that is sent in holds.

The file begins as a real one of its format does, and goes on with a map of what is written, so that
the same content comes back when it is sent in again. Of a real image, which has no such map, only
the sizes count.
"""

import struct
from typing import Final

import msgspec

from sim.disk.content import Blocks, Bulk, Content

QCOW2_MAGIC: Final = b"QFI\xfb"
QCOW2_HEADER: Final = struct.Struct(">4sIQIIQ40x")
"""Magic, version, backing file's place and length, cluster bits, size of the disk; then zeroes."""
MARK: Final = b"\nForebay's map\n"
KEPT_BYTES: Final = 64 << 20


class Map(msgspec.Struct, frozen=True, kw_only=True):
    """What a simulated image holds: stamps by block, or only amounts."""

    size_bytes: int
    blocks: tuple[tuple[int, int], ...] = ()
    written: float = 0.0
    version: int = 0


def file_bytes(content: Content, *, qcow2: bool) -> bytes:
    """The file of an image with that content."""
    head = QCOW2_HEADER.pack(QCOW2_MAGIC, 2, 0, 0, 16, content.size_bytes) if qcow2 else b""
    held = Map(size_bytes=content.size_bytes)
    if isinstance(content, Blocks):
        held = msgspec.structs.replace(held, blocks=tuple(content.visible()))
    elif isinstance(content, Bulk):
        held = msgspec.structs.replace(held, written=content.written, version=content.version)
    return head + MARK + msgspec.json.encode(held)


class SentFile:
    """Takes in a file chunk by chunk; keeps no more of it than a map may take."""

    def __init__(self) -> None:
        self.total_bytes = 0
        self._kept = bytearray()

    def add(self, chunk: bytes) -> None:
        """Take in more of it."""
        self.total_bytes += len(chunk)
        self._kept += chunk[: max(0, KEPT_BYTES - len(self._kept))]

    @property
    def is_qcow2(self) -> bool:
        """Whether it begins as a QCOW2 image without a backing file."""
        found = self._header()
        return found is not None and found[2] == 0

    @property
    def size_bytes(self) -> int:
        """The size of the disk in it."""
        held, header = self.held(), self._header()
        if held is not None:
            return held.size_bytes
        return header[5] if header is not None else self.total_bytes

    def held(self) -> Map | None:
        """Its map, if it has one."""
        _, mark, rest = self._kept.partition(MARK)
        if not mark:
            return None
        try:
            return msgspec.json.decode(rest, type=Map)
        except msgspec.DecodeError:
            return None

    def put_into(self, content: Content) -> bool:
        """Let new, blank content be as the map says; False when there is no map for its kind."""
        held = self.held()
        if held is None:
            return False
        if isinstance(content, Blocks):
            for block, stamp in held.blocks:
                content.write(block, stamp)
        elif isinstance(content, Bulk):
            content.written, content.version = held.written, held.version
        return True

    def _header(self) -> tuple[bytes, int, int, int, int, int] | None:
        if len(self._kept) < QCOW2_HEADER.size or not self._kept.startswith(QCOW2_MAGIC):
            return None
        magic, version, place, length, bits, size_bytes = QCOW2_HEADER.unpack_from(self._kept)
        return magic, version, place, length, bits, size_bytes
