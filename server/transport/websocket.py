"""The websocket transport, both ends: the only file that knows trio-websocket."""

import ssl
from collections.abc import AsyncGenerator, Generator
from contextlib import asynccontextmanager, contextmanager
from urllib.parse import urlsplit

import trio
from trio_websocket import (
    ConnectionClosed,
    HandshakeError,
    WebSocketConnection,
    wrap_client_stream,
    wrap_server_stream,
)
from wsproto.frame_protocol import FrameProtocol
from wsproto.utilities import LocalProtocolError

from core.model.errors import Unavailable
from server.limits import Limits
from server.rpc.wire import CODECS, JSON, Codec
from server.transport.stream import Transport, WatchedStream

CLOSE_S = 1.0
"""How long the other end may take to answer a close."""
CONNECT_S = 10.0
"""How long a server may take to answer the upgrade."""
CLIENT_MESSAGE_BYTES = 256 << 20
"""The longest answer that a client takes in."""
_CLOSED = (ConnectionClosed, LocalProtocolError)


class Channel:
    """One end of a websocket; whole messages of its sub-protocol go in and out."""

    def __init__(self, connection: WebSocketConnection, codec: Codec) -> None:
        self.codec = codec
        self._connection = connection

    @property
    def close_code(self) -> int | None:
        """Why it was closed, as a code of RFC 6455; None while it is open."""
        reason = self._connection.closed
        return None if reason is None else reason.code

    @property
    def close_reason(self) -> str:
        """What the other end said when it closed."""
        reason = self._connection.closed
        return "" if reason is None else reason.reason or ""

    async def receive(self) -> str | bytes | None:
        """The next message; None when the websocket is closed."""
        try:
            return await self._connection.get_message()
        except ConnectionClosed:
            return None

    async def send(self, message: bytes) -> bool:
        """Send, waiting for the other end to read; False when the websocket is closed."""
        try:
            await self._connection.send_message(message.decode() if self.codec.text else message)
        except _CLOSED:
            return False
        return True

    async def ping(self) -> bool:
        """Wait for the answer to a ping; False when the websocket is closed."""
        try:
            await self._connection.ping()
        except _CLOSED:
            return False
        return True


class ServerChannel(Channel):
    """The server's end, which knows whether the client reads and ends it if it breaks limits."""

    def __init__(
        self, connection: WebSocketConnection, codec: Codec, stream: WatchedStream
    ) -> None:
        super().__init__(connection, codec)
        self._stream = stream

    @property
    def blocked_s(self) -> float:
        """For how long a message could not be sent because the client does not read."""
        return self._stream.blocked_s

    async def close(self, code: int, reason: str) -> None:
        """Close with `code`, or with 1008 if a limit on frames was passed; never waits long."""
        frames = self._stream.frames
        with trio.move_on_after(CLOSE_S, shield=True):
            try:
                if frames is not None and frames.violation:
                    last = FrameProtocol(client=False, extensions=[]).close(1008, frames.violation)
                    await self._stream.send_all(last)
                elif not self._stream.blocked_s:
                    await self._connection.aclose(code, reason)
                await self._linger()
            except (trio.BrokenResourceError, trio.ClosedResourceError, trio.BusyResourceError):
                pass
        with trio.CancelScope(shield=True):
            await trio.aclose_forcefully(self._stream)

    async def _linger(self) -> None:
        """Read what still comes: closing a socket with unread bytes would lose our last ones."""
        await self._stream.send_eof()
        while await self._stream.transport.receive_some(65536):
            pass


async def accept(
    nursery: trio.Nursery, stream: WatchedStream, limits: Limits
) -> ServerChannel | None:
    """Answer the upgrade request that `stream` begins with; None when it is not a right one.

    The first sub-protocol that both know is taken, JSON when the client names none.
    """
    with trio.move_on_after(limits.head_s):
        request = await wrap_server_stream(
            nursery,
            stream,
            message_queue_size=1,
            max_message_size=limits.message_bytes,
            receive_buffer_size=16384,
        )
        proposed = request.proposed_subprotocols
        known = [CODECS[name] for name in proposed if name in CODECS]
        if proposed and not known:
            await request.reject(400, body=f"sub-protocols: {', '.join(CODECS)}".encode())
            return None
        codec = known[0] if known else JSON
        connection = await request.accept(subprotocol=codec.name if known else None)
        return ServerChannel(connection, codec, stream)
    return None


@asynccontextmanager
async def connect(
    url: str, codec: Codec, tls: ssl.SSLContext | None = None
) -> AsyncGenerator[Channel]:
    """A client's end of a websocket to `url`. Raises Unavailable when it cannot be opened."""
    parts = urlsplit(url)
    try:
        async with trio.open_nursery() as nursery, _opened(url, tls) as stream:
            with _reported(url), trio.fail_after(CONNECT_S):
                connection = await wrap_client_stream(
                    nursery,
                    stream,
                    parts.netloc,
                    parts.path,
                    subprotocols=[codec.name],
                    max_message_size=CLIENT_MESSAGE_BYTES,
                )
            yield Channel(connection, codec)
            with trio.move_on_after(CLOSE_S):
                await connection.aclose()
            nursery.cancel_scope.cancel()
    except* HandshakeError as errors:
        raise _unreachable(url, errors.exceptions[0]) from None


@asynccontextmanager
async def _opened(url: str, tls: ssl.SSLContext | None) -> AsyncGenerator[Transport]:
    parts = urlsplit(url)
    host, port = parts.hostname or "", parts.port or 0
    with _reported(url), trio.fail_after(CONNECT_S):
        socket = await trio.open_tcp_stream(host, port)
        stream: Transport = socket
        if tls is not None:
            stream = trio.SSLStream(socket, tls, server_hostname=host, https_compatible=True)
            await stream.do_handshake()
    try:
        yield stream
    finally:
        with trio.CancelScope(shield=True):
            await trio.aclose_forcefully(stream)


@contextmanager
def _reported(url: str) -> Generator[None]:
    try:
        yield
    except (OSError, trio.BrokenResourceError, trio.TooSlowError) as error:
        raise _unreachable(url, error) from error


def _unreachable(url: str, error: BaseException) -> Unavailable:
    return Unavailable(
        f"no websocket to {url}: {error!r}",
        object=f"server/{url}",
        hint="is the server running, and is this its address?",
    )
