"""A ZIP archive of exactly one file, read from its beginning to its end."""

import struct
import zlib
from collections.abc import Iterator

from core.decompression.stream import FAILURES, PIECE_BYTES, Inflater, pieces_of
from core.model import errors

DEFLATE_BITS = -15
"""zlib's way to say that a stream has no header, and the largest window."""
LOCAL = struct.Struct("<4s2xHH4xIIIHH")
"""Signature, flags, method, CRC, compressed and real length, lengths of name and extra field."""
CENTRAL = struct.Struct("<4s12xI8xHHH12x")
"""Signature, CRC, lengths of name, extra field and comment."""
LOCAL_SIGN, CENTRAL_SIGN = b"PK\3\4", b"PK\1\2"
END_SIGNS = (b"PK\5\6", b"PK\6\6")
ENCRYPTED, LATER = 1, 8
"""Flags: it is encrypted; CRC and lengths come behind the file and in the directory."""
STORED, DEFLATED = 0, 8
DIRECTORY_AT = (12, 16, 20, 24)
"""How many bytes CRC and lengths may take behind the file: 32 or 64 bits, signed or not."""
UNKNOWN = 0xFFFFFFFF
DIRECTORY_BYTES = 1 << 18
"""The most that may lie behind the file: a directory of one entry with all that it may hold."""


class ZipArchive:
    """Fills Decompressor."""

    def __init__(self, subject: str) -> None:
        self._subject = subject
        self._head = bytearray()
        self._tail = bytearray()
        self._inflater: Inflater | None = None
        self._left_bytes: int | None = None
        self._later = False
        self._crc = 0
        self._begun = False

    def feed(self, chunk: bytes) -> Iterator[bytes]:
        """What comes out of the next chunk. Raises Invalid."""
        data = chunk
        if not self._begun:
            self._head += chunk
            begin = self._open()
            if begin is None:
                return
            self._begun = True
            data = bytes(self._head[begin:])
            self._head.clear()
        for piece in self._inflated(data) if self._inflater else self._stored(data):
            self._crc = zlib.crc32(piece, self._crc)
            yield piece

    def finish(self) -> None:
        """Raise Invalid unless it was whole, and of one file."""
        ended = self._inflater.eof if self._inflater else self._left_bytes == 0
        if not self._begun or not ended:
            raise self._refused("the .zip file ends in the middle", "bring in all of it")
        tail = bytes(self._tail)
        places = DIRECTORY_AT if self._later else (0,)
        at = next((at for at in places if tail.startswith(CENTRAL_SIGN, at)), None)
        if at is None or len(tail) < at + CENTRAL.size:
            raise self._not_one()
        _, crc, *lengths = CENTRAL.unpack_from(tail, at)
        if not tail.startswith(END_SIGNS, at + CENTRAL.size + sum(lengths)):
            raise self._not_one()
        if crc != self._crc:
            hint = "bring it in again"
            raise self._refused("the file in the .zip file is damaged", hint)

    def _open(self) -> int | None:
        """Where the file begins, once enough has come to know it. Raises Invalid."""
        head = self._head
        if not head.startswith(LOCAL_SIGN[: len(head)]):
            hint = "let its name end as it is compressed, or not at all"
            raise self._refused("it is no .zip file", hint)
        if len(head) < LOCAL.size:
            return None
        _, flags, method, _, packed_bytes, _, name_bytes, extra_bytes = LOCAL.unpack_from(head)
        begin = LOCAL.size + int(name_bytes) + int(extra_bytes)
        if len(head) < begin:
            return None
        self._later = bool(flags & LATER)
        if head[LOCAL.size : LOCAL.size + name_bytes].endswith(b"/"):
            raise self._not_one()
        if method == DEFLATED and not flags & ENCRYPTED:
            self._inflater = Inflater(DEFLATE_BITS)
        elif method == STORED and packed_bytes != UNKNOWN and not flags & (ENCRYPTED | LATER):
            self._left_bytes = packed_bytes
        else:
            raise self._refused(
                "the .zip file is encrypted, or made in a way that cannot be read as it comes",
                "compress it with deflate, and without a password",
            )
        return begin

    def _inflated(self, data: bytes) -> Iterator[bytes]:
        inflater = self._inflater
        if inflater is None or inflater.eof:
            self._keep(data)
            return
        try:
            yield from pieces_of(inflater, data)
        except FAILURES as error:
            hint = "bring it in again"
            raise self._refused("the file in the .zip file is damaged", hint) from error
        self._keep(inflater.unused_data)

    def _stored(self, data: bytes) -> Iterator[bytes]:
        own = data[: self._left_bytes]
        self._left_bytes = (self._left_bytes or 0) - len(own)
        for start in range(0, len(own), PIECE_BYTES):
            yield own[start : start + PIECE_BYTES]
        self._keep(data[len(own) :])

    def _keep(self, data: bytes) -> None:
        """Keep what is behind the file; that is little, unless there are other files."""
        self._tail += data
        if self._tail.startswith(LOCAL_SIGN) or len(self._tail) > DIRECTORY_BYTES:
            raise self._not_one()

    def _not_one(self) -> errors.Invalid:
        return self._refused(
            "the .zip file does not hold exactly one file", "put the image into it alone"
        )

    def _refused(self, message: str, hint: str) -> errors.Invalid:
        return errors.Invalid(message, object=self._subject, hint=hint)
