"""The decompressor of each compression: takes what comes in order, and gives what it holds."""

from bz2 import BZ2Decompressor
from collections.abc import Callable, Iterator
from typing import Protocol

from core.decompression.compression import Compression
from core.decompression.stream import FAILURES, Inflater, Stream, pieces_of
from core.decompression.zip_archive import ZipArchive
from core.model import errors

GZIP_BITS = 31
"""zlib's way to say that a stream has a gzip header, and the largest window."""


class Decompressor(Protocol):
    """Of one image."""

    def feed(self, chunk: bytes) -> Iterator[bytes]:
        """What comes out of the next chunk; to be read to its end. Raises Invalid."""
        ...

    def finish(self) -> None:
        """Raise Invalid unless what came was whole."""
        ...


def decompressor(compression: Compression, subject: str) -> Decompressor:
    """A new one; errors are about `subject`."""
    match compression:
        case Compression.GZIP:
            return _Streams(lambda: Inflater(GZIP_BITS), compression, subject)
        case Compression.BZIP2:
            return _Streams(BZ2Decompressor, compression, subject)
        case Compression.ZIP:
            return ZipArchive(subject)
        case Compression.NONE:
            return _Plain()


class _Plain:
    def feed(self, chunk: bytes) -> Iterator[bytes]:
        yield chunk

    def finish(self) -> None:
        """Whatever came is whole."""


class _Streams:
    """One stream or more, one behind the other, with nothing but zeroes behind them."""

    def __init__(
        self, new_stream: Callable[[], Stream], compression: Compression, subject: str
    ) -> None:
        self._new_stream = new_stream
        self._compression = compression
        self._subject = subject
        self._stream = new_stream()

    def feed(self, chunk: bytes) -> Iterator[bytes]:
        data = chunk
        while data:
            if self._stream.eof:
                data = data.lstrip(b"\0")
                if not data:
                    return
                self._stream = self._new_stream()
            try:
                yield from pieces_of(self._stream, data)
            except FAILURES as error:
                raise errors.Invalid(
                    f"it is no .{self._compression} file",
                    object=self._subject,
                    hint="let its name end as it is compressed, or not at all",
                ) from error
            data = self._stream.unused_data

    def finish(self) -> None:
        if not self._stream.eof:
            raise errors.Invalid(
                f"the .{self._compression} file ends in the middle",
                object=self._subject,
                hint="bring in all of it",
            )
