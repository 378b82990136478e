"""The byte stream of one connection, with what was already read put back, and watched."""

from collections.abc import Callable

import trio

from server.transport.frames import FrameWatch

Transport = trio.SocketStream | trio.SSLStream[trio.SocketStream]


class WatchedStream(trio.abc.HalfCloseableStream):
    """Gives out `head` before what arrives; knows since when a send has been blocked.

    With `frames` it also watches what arrives after the head as websocket frames, and ends when
    their limits are passed; `frames.violation` says which.
    """

    def __init__(
        self,
        transport: Transport,
        head: bytes,
        rest: bytes = b"",
        frames: FrameWatch | None = None,
        clock: Callable[[], float] = trio.current_time,
    ) -> None:
        self.transport = transport
        self.frames = frames
        self._clock = clock
        self._replay = [part for part in (head, rest) if part]
        self._sending_since: float | None = None
        if frames is not None:
            frames.feed(rest, clock())

    @property
    def socket(self) -> trio.socket.SocketType:
        """The socket underneath, for its addresses."""
        transport = self.transport
        if isinstance(transport, trio.SSLStream):
            transport = transport.transport_stream
        return transport.socket

    @property
    def blocked_s(self) -> float:
        """For how long the send that is under way has not ended."""
        since = self._sending_since
        return 0.0 if since is None else self._clock() - since

    async def receive_some(self, max_bytes: int | None = None) -> bytes:
        """What was read before, then what arrives."""
        if self._replay:
            await trio.lowlevel.checkpoint()
            return self._replay.pop(0)
        data = bytes(await self.transport.receive_some(max_bytes))
        if self.frames is not None:
            self.frames.feed(data, self._clock())
            if self.frames.violation:
                raise trio.BrokenResourceError(self.frames.violation)
        return data

    async def send_all(self, data: bytes | bytearray | memoryview) -> None:
        """Send, noting the time."""
        self._sending_since = self._clock()
        try:
            await self.transport.send_all(data)
        finally:
            self._sending_since = None

    async def wait_send_all_might_not_block(self) -> None:
        """As the stream underneath."""
        await self.transport.wait_send_all_might_not_block()

    async def send_eof(self) -> None:
        """End the sending half; a TLS stream has none, and stays as it is."""
        if isinstance(self.transport, trio.SocketStream):
            await self.transport.send_eof()

    async def aclose(self) -> None:
        """Close the connection."""
        await self.transport.aclose()


class ImpatientStream(WatchedStream):
    """A send that takes longer than `slow_s` breaks it, also where the sender shields itself."""

    def __init__(self, transport: Transport, head: bytes, rest: bytes, slow_s: float) -> None:
        super().__init__(transport, head, rest)
        self._slow_s = slow_s

    async def send_all(self, data: bytes | bytearray | memoryview) -> None:
        """Send. Raises BrokenResourceError when it takes longer than `slow_s`."""
        try:
            with trio.fail_after(self._slow_s):
                await super().send_all(data)
        except trio.TooSlowError:
            raise trio.BrokenResourceError("the reader takes nothing") from None
