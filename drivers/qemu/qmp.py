"""Talks QMP with a QEMU process: one short conversation at a time over its socket.

QEMU serves one conversation and lets others wait, so nobody keeps one open longer than he needs;
processes outlive the control plane, and whoever comes next finds them by the socket.
Protocol: QEMU's docs/interop/qmp-spec.txt.
"""

import errno
import socket
import struct
from collections import deque
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from typing import TypeVar

import anyio
import msgspec
from anyio import aclose_forcefully
from anyio.abc import SocketAttribute, SocketStream

from core.model import errors
from core.model.errors import ForebayError
from drivers import failures

T = TypeVar("T")

ANSWER_TIMEOUT_S = 10.0
LINE_MAX_BYTES = 16 << 20
CHUNK_BYTES = 1 << 16
EVENTS_KEPT_MAX = 256
QUEUE_POLL_S = 0.005
HUNG_UP = (anyio.EndOfStream, anyio.BrokenResourceError)
CREDENTIALS = struct.Struct("@iII")

BY_CLASS: dict[str, type[ForebayError]] = {
    "DeviceNotFound": errors.NotFound,
    "CommandNotFound": errors.Unsupported,
}


class Complaint(msgspec.Struct, frozen=True, kw_only=True, rename={"kind": "class"}):
    """QEMU's refusal of a command."""

    kind: str
    desc: str


class Message(msgspec.Struct, frozen=True, kw_only=True, rename={"answer": "return"}):
    """One line from QEMU: its greeting, an answer, a refusal or an event."""

    id: int | None = None
    answer: msgspec.Raw = msgspec.Raw(b"null")
    error: Complaint | None = None
    event: str = ""
    data: msgspec.Raw = msgspec.Raw(b"{}")


MESSAGE = msgspec.json.Decoder(Message)


class Monitor:
    """One conversation; used by one task at a time."""

    def __init__(self, stream: SocketStream, subject: str) -> None:
        self._stream = stream
        self._subject = subject
        self._rest = bytearray()
        self._events: deque[Message] = deque(maxlen=EVENTS_KEPT_MAX)
        self._asked = 0

    @property
    def process_id(self) -> int:
        """The process at the other end, as the kernel knows it."""
        raw = self._stream.extra(SocketAttribute.raw_socket)  # noqa: S610 - not Django's
        found = raw.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, CREDENTIALS.size)
        process_id: int = CREDENTIALS.unpack(found)[0]
        return process_id

    async def execute(self, command: str, arguments: Mapping[str, object] | None = None) -> None:
        """Give a command whose answer says nothing.

        Raises what drivers.failures reads from QEMU's refusal, and Unavailable when QEMU dies or
        does not answer.
        """
        await self._ask(command, arguments)

    async def query(
        self, command: str, answer: type[T], arguments: Mapping[str, object] | None = None
    ) -> T:
        """Ask a question. Raises as `execute` does, and Internal for an answer of another shape."""
        raw = await self._ask(command, arguments)
        try:
            return msgspec.json.decode(raw, type=answer)
        except msgspec.MsgspecError as error:
            hint = "use a version of QEMU from 7.2 on"
            raise errors.Internal(f"{command}: {error}", object=self._subject, hint=hint) from error

    async def wait_event(self, name: str, field: str, value: object, timeout_s: float) -> bool:
        """Wait for an event whose data has `value` in `field`; answers whether it came in time."""
        with anyio.move_on_after(timeout_s):
            while True:
                while self._events:
                    message = self._events.popleft()
                    data = msgspec.json.decode(message.data, type=dict[str, object])
                    if message.event == name and data.get(field) == value:
                        return True
                await self._receive()
        return False

    async def greet(self) -> None:
        """Take QEMU's greeting and leave the negotiation. Raises Unavailable."""
        with self._answering("its greeting"), anyio.fail_after(ANSWER_TIMEOUT_S):
            await self._line()
        await self.execute("qmp_capabilities")

    async def _ask(self, command: str, arguments: Mapping[str, object] | None) -> msgspec.Raw:
        self._asked += 1
        request = {"execute": command, "id": self._asked, "arguments": arguments or {}}
        with self._answering(command), anyio.fail_after(ANSWER_TIMEOUT_S):
            await self._stream.send(msgspec.json.encode(request) + b"\n")
            message = await self._answer(self._asked)
        if message.error:
            leaf = BY_CLASS.get(message.error.kind)
            if leaf:
                raise leaf(message.error.desc, object=self._subject, hint="see the VM's disks")
            raise failures.from_text(message.error.desc, self._subject)
        return message.answer

    async def _answer(self, asked: int) -> Message:
        while True:
            message = await self._receive()
            if message is not None and message.id == asked:
                return message

    async def _receive(self) -> Message | None:
        """The next message; an event is put aside instead."""
        message = MESSAGE.decode(await self._line())
        if not message.event:
            return message
        self._events.append(message)
        return None

    async def _line(self) -> bytes:
        while (end := self._rest.find(b"\n")) < 0:
            if len(self._rest) > LINE_MAX_BYTES:
                raise anyio.BrokenResourceError
            self._rest += await self._stream.receive(CHUNK_BYTES)
        line = bytes(self._rest[:end])
        del self._rest[: end + 1]
        return line

    def _answering(self, what: str) -> "_Answering":
        return _Answering(what, self._subject)


class _Answering:
    """Lets the ways in which a conversation can break leave its block as Unavailable."""

    def __init__(self, what: str, subject: str) -> None:
        self._what = what
        self._subject = subject

    def __enter__(self) -> None:
        return

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        if isinstance(error, (*HUNG_UP, OSError, msgspec.MsgspecError)):
            why = "in time" if isinstance(error, TimeoutError) else "any more"
            hint = "see whether the VM still runs, then try again"
            raise errors.Unavailable(
                f"QEMU does not answer {self._what} {why}", object=self._subject, hint=hint
            ) from error


@asynccontextmanager
async def conversation(path: str, subject: str) -> AsyncGenerator[Monitor]:
    """Talk with the QEMU process that listens at `path` until the block ends.

    Raises NotFound when no process listens there, Unavailable when it does not answer.
    """
    try:
        with anyio.fail_after(ANSWER_TIMEOUT_S):
            monitor, stream = await _greeted(path, subject)
    except TimeoutError as error:
        hint = "see whether the VM's process is stopped"
        raise errors.Unavailable("QEMU does not listen", object=subject, hint=hint) from error
    except OSError as error:
        raise errors.NotFound(
            "the VM does not run here", object=subject, hint="start it"
        ) from error
    async with stream:
        yield monitor


async def _greeted(path: str, subject: str) -> tuple[Monitor, SocketStream]:
    """A conversation past its negotiation.

    A process that is dying may still let us in and then hang up: it is asked again until nobody
    listens any more.
    """
    while True:
        stream = await _connected(path)
        monitor = Monitor(stream, subject)
        try:
            await monitor.greet()
        except errors.Unavailable as error:
            await stream.aclose()
            if not isinstance(error.__cause__, HUNG_UP):
                raise
        except BaseException:
            await aclose_forcefully(stream)
            raise
        else:
            return monitor, stream
        await anyio.sleep(QUEUE_POLL_S)


async def _connected(path: str) -> SocketStream:
    """A stream to the socket at `path`, once those before us have been let in.

    When they fill the short queue of a Unix socket, connecting fails at once, which only shows when
    the other end is asked for its name.
    """
    while True:
        stream = await anyio.connect_unix(path)
        try:
            stream.extra(SocketAttribute.raw_socket).getpeername()  # noqa: S610 - not Django's
        except OSError as error:
            await stream.aclose()
            if error.errno != errno.ENOTCONN:
                raise
        else:
            return stream
        await anyio.sleep(QUEUE_POLL_S)
