"""One compressed stream: what comes out of it, piece by piece."""

import zlib
from collections.abc import Iterator
from typing import Protocol

PIECE_BYTES = 1 << 20
FAILURES = (zlib.error, OSError)
"""What streams raise when they are no streams."""


class Stream(Protocol):
    """A decompressor that holds back what is more than was asked for, as those of bz2 do."""

    @property
    def eof(self) -> bool:
        """Whether its end has come."""
        ...

    @property
    def needs_input(self) -> bool:
        """Whether nothing comes out before more is given."""
        ...

    @property
    def unused_data(self) -> bytes:
        """What came behind its end."""
        ...

    def decompress(self, data: bytes, max_length: int) -> bytes:
        """At most so many bytes of what comes out. Raises FAILURES."""
        ...


class Inflater:
    """A stream of zlib's."""

    def __init__(self, window_bits: int) -> None:
        self._inner = zlib.decompressobj(window_bits)
        self._full = False

    @property
    def eof(self) -> bool:
        """Whether its end has come."""
        return self._inner.eof

    @property
    def needs_input(self) -> bool:
        """Whether nothing comes out before more is given."""
        return not (self.eof or self._full or self._inner.unconsumed_tail)

    @property
    def unused_data(self) -> bytes:
        """What came behind its end."""
        return self._inner.unused_data

    def decompress(self, data: bytes, max_length: int) -> bytes:
        """At most so many bytes of what comes out. Raises FAILURES."""
        piece = self._inner.decompress(self._inner.unconsumed_tail + data, max_length)
        self._full = len(piece) == max_length
        return piece


def pieces_of(stream: Stream, data: bytes) -> Iterator[bytes]:
    """All that comes out after `data` was given, at most PIECE_BYTES at a time."""
    while True:
        piece = stream.decompress(data, PIECE_BYTES)
        data = b""
        if piece:
            yield piece
        if stream.eof or stream.needs_input:
            return
