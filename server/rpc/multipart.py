"""The file in a multipart/form-data body, chunk by chunk; nothing of it is kept (RFC 7578)."""

from collections.abc import AsyncGenerator
from contextlib import aclosing
from email.message import Message
from typing import NamedTuple

from core.model.errors import Integrity, Invalid

HEAD_BYTES = 16 << 10
BREAK = b"\r\n"


def boundary_of(content_type: str) -> bytes:
    """What separates the parts. Raises Invalid (415)."""
    message = Message()
    message["content-type"] = content_type
    boundary = message.get_param("boundary")
    if not isinstance(boundary, str) or not 0 < len(boundary) <= 70:  # noqa: PLR2004  (RFC 2046)
        raise Invalid(
            "the form has no boundary",
            object="header/content-type",
            hint="let the program that sends the form set Content-Type",
            number=415,
        )
    return b"--" + boundary.encode()


class FormFile(NamedTuple):
    """A file of a form; who reads its chunks closes them."""

    name: str
    chunks: AsyncGenerator[bytes, None]


def name_in(disposition: str) -> str | None:
    """The file's name that a Content-Disposition tells; None when it is of no file."""
    message = Message()
    message["content-disposition"] = disposition
    return message.get_filename()


async def file_of(body: AsyncGenerator[bytes, None], boundary: bytes) -> FormFile:
    """The first part that is a file; what follows it is read and dropped.

    Raises Invalid when no part is, and its chunks Integrity when the form ends in the middle.
    """
    chunks = _name_and_chunks(body, boundary)
    name = await anext(chunks)
    return FormFile(name.decode(), chunks)


async def _name_and_chunks(
    body: AsyncGenerator[bytes, None], boundary: bytes
) -> AsyncGenerator[bytes, None]:
    # The name is the first thing that comes, so that who closes the rest closes the body.
    async with aclosing(body):
        form = _Form(body, BREAK + boundary)
        yield (await form.next_file()).encode()
        async for chunk in form.part():
            yield chunk
        await form.drop_rest()


def _named(head: bytes) -> str | None:
    """The name of the file whose head it is."""
    for line in head.decode("utf-8", "replace").splitlines():
        field, _, value = line.partition(":")
        if field.strip().lower() == "content-disposition":
            return name_in(value.strip())
    return None


class _Form:
    """Bytes of a form, of which only as many wait as could be the beginning of a boundary."""

    def __init__(self, body: AsyncGenerator[bytes, None], edge: bytes) -> None:
        self._body = body
        self._edge = edge
        # The first boundary has no line before it.
        self._held = bytearray(BREAK)

    async def _more(self) -> bool:
        chunk = await anext(self._body, None)
        if chunk is None:
            return False
        self._held += chunk
        return True

    async def next_file(self) -> str:
        """Read on to where a file begins; answers its name. Raises Invalid, Integrity."""
        while True:
            head = await self.until(BREAK * 2, HEAD_BYTES)
            if head is None:
                raise Invalid(
                    "the form has no file", object="body", hint="send the image as a file of a form"
                )
            name = _named(head)
            if name is not None:
                return name
            async for _ in self.part():
                pass

    async def until(self, end: bytes, most: int) -> bytes | None:
        """What comes before `end`; None when it does not come. Raises Invalid when it is long."""
        while (at := self._held.find(end)) < 0:
            if len(self._held) > most:
                raise Invalid(f"a part's head is longer than {most} bytes", object="body")
            if not await self._more():
                return None
        found = bytes(self._held[:at])
        del self._held[: at + len(end)]
        return found

    async def part(self) -> AsyncGenerator[bytes, None]:
        """What comes before the next boundary. Raises Integrity when none comes."""
        while (at := self._held.find(self._edge)) < 0:
            sure = len(self._held) - len(self._edge)
            if sure > 0:
                yield bytes(self._held[:sure])
                del self._held[:sure]
            if not await self._more():
                raise Integrity(
                    "the form ends in the middle", object="body", hint="send it again, all of it"
                )
        if at:
            yield bytes(self._held[:at])
        del self._held[: at + len(self._edge)]

    async def drop_rest(self) -> None:
        """Read on to the end."""
        self._held.clear()
        while await self._more():
            self._held.clear()
