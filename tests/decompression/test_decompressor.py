"""Compressed images come out whole however they are cut, and what is none is refused."""

import bz2
import gzip
import io
import random
import zipfile

import pytest

from core.decompression.compression import Compression
from core.decompression.decompressor import decompressor
from core.decompression.stream import PIECE_BYTES
from core.model import errors

MIB = 1 << 20
DATA = random.Random(5).randbytes(100_000) + bytes(3 * MIB) + b"end"
KINDS = pytest.mark.parametrize("kind", ["gz", "bz2", "zip"])


def zipped(*names: str, method: int = zipfile.ZIP_DEFLATED, data: bytes = DATA) -> bytes:
    """An archive with the same bytes under each name."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", method) as archive:
        for name in names:
            archive.writestr(name, data)
    return file.getvalue()


class Pipe(io.RawIOBase):
    """Takes what is written, and cannot go back."""

    def __init__(self) -> None:
        super().__init__()
        self.taken = bytearray()

    def writable(self) -> bool:
        """It is."""
        return True

    def write(self, data: bytes, /) -> int:  # type: ignore[override]
        """Take it."""
        self.taken += data
        return len(data)


def piped(method: int = zipfile.ZIP_DEFLATED, *, large: bool = False) -> bytes:
    """An archive whose lengths come behind the file, as of a program that writes to a pipe."""
    pipe = Pipe()
    with (
        zipfile.ZipFile(pipe, "w", method) as archive,
        archive.open("image", "w", force_zip64=large) as entry,
    ):
        entry.write(DATA)
    return bytes(pipe.taken)


SMALL = {"gz": gzip.compress(DATA), "bz2": bz2.compress(DATA), "zip": zipped("image")}


def out(kind: str, data: bytes, cut_bytes: int = 1000) -> bytes:
    """What comes out, when it comes in such pieces."""
    taken = decompressor(Compression(kind), "image/1")
    found = bytearray()
    for start in range(0, len(data), cut_bytes):
        for piece in taken.feed(data[start : start + cut_bytes]):
            assert 0 < len(piece) <= PIECE_BYTES
            found += piece
    taken.finish()
    return bytes(found)


def refusal(kind: str, data: bytes) -> str:
    """Why it is refused."""
    with pytest.raises(errors.Invalid) as caught:
        out(kind, data)
    assert (caught.value.object, bool(caught.value.hint)) == ("image/1", True)
    return caught.value.message


@KINDS
@pytest.mark.parametrize("cut_bytes", [7, 65536, 1 << 30])
def test_the_image_comes_out_whole(kind: str, cut_bytes: int) -> None:
    """However it is cut, never much at a time."""
    assert out(kind, SMALL[kind], cut_bytes) == DATA
    assert out(kind, _tiny(kind), 1) == b"tiny"


def _tiny(kind: str) -> bytes:
    if kind == "zip":
        return zipped("image", data=b"tiny")
    return gzip.compress(b"tiny") if kind == "gz" else bz2.compress(b"tiny")


def test_what_is_not_compressed_goes_through() -> None:
    """As it is."""
    assert out("", DATA) == DATA


@pytest.mark.parametrize("kind", ["gz", "bz2"])
def test_streams_may_follow_each_other(kind: str) -> None:
    """As pigz and pbzip2 make them; zeroes may fill the file up."""
    assert out(kind, _tiny(kind) * 3 + bytes(5000)) == b"tiny" * 3


@pytest.mark.parametrize(
    "archive",
    [
        zipped("image", method=zipfile.ZIP_STORED),
        piped(),
        piped(large=True),
        zipped("image", data=b""),
    ],
)
def test_archives_of_all_kinds_are_read(archive: bytes) -> None:
    """Stored, with lengths behind the file, with long lengths, with an empty file."""
    assert out("zip", archive) in (DATA, b"")


@KINDS
@pytest.mark.parametrize("data", [b"garbage" * 100, b"PK\3\4" + b"\xff" * 70000, bytes(100)])
def test_garbage_is_refused(kind: str, data: bytes) -> None:
    """It says which kind of file it is not."""
    assert refusal(kind, data)


@KINDS
def test_what_ends_in_the_middle_is_refused(kind: str) -> None:
    """Also when nothing comes at all."""
    for data in (b"", SMALL[kind][:3], SMALL[kind][: len(SMALL[kind]) // 2], SMALL[kind][:-40]):
        message = refusal(kind, data)
        assert "ends in the middle" in message or "exactly one file" in message


@KINDS
def test_what_was_damaged_on_its_way_is_refused(kind: str) -> None:
    """Its own checksum tells."""
    damaged = bytearray(SMALL[kind])
    damaged[50_000] ^= 1
    assert refusal(kind, bytes(damaged))


@pytest.mark.parametrize("kind", ["gz", "bz2"])
def test_nothing_else_may_follow(kind: str) -> None:
    """What is behind the image is no part of it."""
    assert refusal(kind, _tiny(kind) + b"something else")


@pytest.mark.parametrize(
    "archive",
    [
        zipped(),
        zipped("one", "two"),
        zipped("folder/"),
        zipped("one", "two", method=zipfile.ZIP_STORED),
        zipped("image") + bytes(1 << 19),
    ],
)
def test_an_archive_holds_exactly_one_file(archive: bytes) -> None:
    """Of several nobody could say which is the image."""
    assert refusal("zip", archive)


def test_an_archive_that_cannot_be_read_as_it_comes_is_refused() -> None:
    """Encrypted, compressed in other ways, or stored with lengths that come later."""
    encrypted = bytearray(SMALL["zip"])
    encrypted[6] |= 1
    for archive in (bytes(encrypted), zipped("image", method=zipfile.ZIP_LZMA), piped(0)):
        assert "cannot be read as it comes" in refusal("zip", archive)


@KINDS
def test_a_bomb_comes_out_in_pieces(kind: str) -> None:
    """Who counts them can stop at any of them."""
    bomb = {
        "gz": lambda: gzip.compress(bytes(64 * MIB)),
        "bz2": lambda: bz2.compress(bytes(64 * MIB)),
        "zip": lambda: zipped("image", data=bytes(64 * MIB)),
    }[kind]()
    pieces = decompressor(Compression(kind), "image/1").feed(bomb)
    assert len(next(pieces)) <= PIECE_BYTES
    assert len(next(pieces)) <= PIECE_BYTES
