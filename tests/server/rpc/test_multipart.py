"""Forms in every cut: the file comes out whole, whatever else they hold."""

from collections.abc import AsyncGenerator
from contextlib import aclosing

import pytest

from core.model.errors import ForebayError, Integrity, Invalid
from server.rpc.multipart import boundary_of, file_of

pytestmark = pytest.mark.anyio

FILE = b"\x00\r\n--\r\n--bnearly\r\n-\r" * 50
FIELD = b'--b\r\nContent-Disposition: form-data; name="x"\r\n\r\nvalue\r\n'
HEAD = b'--b\r\nContent-Disposition: form-data; name="file"; filename="f"\r\n\r\n'
FORM = FIELD + HEAD + FILE + b"\r\n" + FIELD + b"--b--\r\n"


async def cut(form: bytes, piece_bytes: int) -> AsyncGenerator[bytes, None]:
    """The form in pieces."""
    for start in range(0, len(form), piece_bytes):
        yield form[start : start + piece_bytes]


async def read(form: bytes, piece_bytes: int = 7) -> bytes:
    """The file in a form."""
    file = await file_of(cut(form, piece_bytes), b"--b")
    async with aclosing(file.chunks) as chunks:
        return b"".join([chunk async for chunk in chunks])


@pytest.mark.parametrize("piece_bytes", [1, 2, 3, 5, 64, 1 << 20])
async def test_the_file_comes_out_whole(piece_bytes: int) -> None:
    """However the form is cut, and with fields before and after."""
    form = FORM.replace(b"--bnearly", b"--nearly")
    assert await read(form, piece_bytes) == FILE.replace(b"--bnearly", b"--nearly")


@pytest.mark.parametrize(
    ("said", "name"),
    [
        ('filename="disk.qcow2.gz"', "disk.qcow2.gz"),
        ("filename=disk.raw", "disk.raw"),
        ('filename=""', ""),
        ("filename*=UTF-8''d%C3%AFsk.zip", "dïsk.zip"),
    ],
)
async def test_the_form_tells_the_name_of_the_file(said: str, name: str) -> None:
    """With quotes or without, and in other alphabets."""
    form = f"--b\r\nContent-Type: x/y\r\ncontent-disposition: form-data; {said}\r\n\r\nx\r\n--b--"
    file = await file_of(cut(FIELD + form.encode(), 7), b"--b")
    await file.chunks.aclose()
    assert file.name == name


async def test_an_empty_file_is_a_file() -> None:
    """Nothing comes out."""
    assert await read(HEAD + b"\r\n--b--\r\n") == b""


@pytest.mark.parametrize(
    ("form", "error"),
    [
        (FIELD + b"--b--\r\n", Invalid),
        (b"", Invalid),
        (b"--b\r\n" + b"x" * 100_000, Invalid),
        (HEAD + b"half of it", Integrity),
        (FIELD[:-4], Integrity),
    ],
)
async def test_a_form_without_a_whole_file_is_refused(
    form: bytes, error: type[ForebayError]
) -> None:
    """It says what is missing."""
    with pytest.raises(error):
        await read(form, 1 << 10)


async def test_little_is_held_of_a_large_file() -> None:
    """What comes goes on at once: no chunk is much larger than what came."""
    file = await file_of(cut(HEAD + bytes(1 << 20) + b"\r\n--b--", 1000), b"--b")
    async with aclosing(file.chunks) as chunks:
        assert max([len(chunk) async for chunk in chunks]) < 2000


def test_the_boundary_is_the_headers() -> None:
    """With quotes or without."""
    assert boundary_of("multipart/form-data; boundary=abc") == b"--abc"
    assert boundary_of('multipart/form-data; charset=utf-8; boundary="a b"') == b"--a b"


@pytest.mark.parametrize(
    "kind", ["multipart/form-data", "multipart/form-data; boundary=" + "a" * 71]
)
def test_a_form_without_a_boundary_is_refused(kind: str) -> None:
    """415."""
    with pytest.raises(Invalid) as caught:
        boundary_of(kind)
    assert caught.value.number == 415
