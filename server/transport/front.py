"""One port: reads the head of each connection, then hands it to a session or to the HTTP app."""

import ssl
from collections.abc import Callable

import trio

from core.model.errors import Busy, Deadline, Denied, ForebayError, Invalid, NotFound
from server.limits import Limits
from server.logging import Log
from server.rpc.dispatch import Dispatcher
from server.rpc.session import Hello, Session
from server.transport.connections import Connections, Place
from server.transport.frames import FrameWatch
from server.transport.head import END, Head, Names, parse, refusal
from server.transport.http_server import HttpServer
from server.transport.stream import ImpatientStream, Transport, WatchedStream
from server.transport.websocket import accept

PATH = "/rpc/v1"
_GONE = (trio.BrokenResourceError, trio.ClosedResourceError, trio.TooSlowError, OSError)


class Front:
    """Everything that a connection may become."""

    def __init__(
        self,
        *,
        dispatcher: Dispatcher,
        http: HttpServer,
        limits: Limits,
        names: Names,
        hello: Callable[[], Hello],
        tls: ssl.SSLContext | None,
        log: Log,
    ) -> None:
        self._dispatcher = dispatcher
        self._http = http
        self._limits = limits
        self._names = names
        self._hello = hello
        self._tls = tls
        self._log = log
        self._sessions: dict[str, Session] = {}
        self._opened = 0
        self.connections = Connections(limits)

    async def serve(self, socket: trio.SocketStream) -> None:
        """Serve one connection to its end; its failures are its own and end nothing else."""
        try:
            with self.connections.place(str(socket.socket.getpeername()[0])) as place:
                await self._serve(await self._secured(socket), place)
        except Busy as error:
            if self._tls is None:
                await _refuse(socket, 429, error)
        except _GONE:
            pass
        except Exception:  # noqa: BLE001  (one connection's fault ends only itself)
            self._log.exception("a connection failed unexpectedly")
        finally:
            await trio.aclose_forcefully(socket)

    def stop(self) -> None:
        """Let all sessions end well."""
        for session in self._sessions.values():
            session.stop()

    def statistics(self) -> dict[str, int]:
        """Gauges and counters of connections and calls."""
        return {
            "connections": self.connections.open,
            "connections_unidentified": self.connections.unidentified,
            "connections_refused": self.connections.refused,
            "sessions": len(self._sessions),
            "sessions_opened": self._opened,
            "calls": self._dispatcher.calls,
            "calls_failed": self._dispatcher.failures,
        }

    async def _secured(self, socket: trio.SocketStream) -> Transport:
        if self._tls is None:
            return socket
        stream = trio.SSLStream(socket, self._tls, server_side=True, https_compatible=True)
        with trio.fail_after(self._limits.head_s):
            await stream.do_handshake()
        return stream

    async def _serve(self, transport: Transport, place: Place) -> None:
        read = await self._head(transport)
        if read is None:
            return
        data, rest = read
        try:
            head = parse(data)
            if not head.websocket:
                place.identified()
                slow_s = self._limits.slow_s
                await self._http.serve(ImpatientStream(transport, data, rest, slow_s))
                return
            self._require_websocket(head, transport)
        except Denied as error:
            await _refuse(transport, error.number, error)
        except NotFound as error:
            await _refuse(transport, 404, error)
        except Invalid as error:
            await _refuse(transport, 400, error)
        else:
            frames = FrameWatch(self._limits.message_frames, self._limits.message_s)
            await self._session(WatchedStream(transport, data, rest, frames), place)

    async def _head(self, transport: Transport) -> tuple[bytes, bytes] | None:
        """The bytes of the head and what came behind it; None when it was refused."""
        data = b""
        limits = self._limits
        with trio.move_on_after(limits.head_s) as scope:
            while END not in data[: limits.head_bytes]:
                if len(data) >= limits.head_bytes:
                    error = Invalid(f"the head is longer than {limits.head_bytes} bytes")
                    await _refuse(transport, 431, error)
                    return None
                more = await transport.receive_some(4096)
                if not more:
                    return None
                data += more
        if scope.cancelled_caught:
            late = Deadline(f"no whole request head in {limits.head_s:g} s")
            await _refuse(transport, 408, late)
            return None
        end = data.index(END) + len(END)
        return data[:end], data[end:]

    def _require_websocket(self, head: Head, transport: Transport) -> None:
        socket = (
            transport if isinstance(transport, trio.SocketStream) else transport.transport_stream
        )
        local = str(socket.socket.getsockname()[0])
        self._names.require(head.header("host"), head.header("origin"), local)
        if head.path != PATH:
            raise NotFound(f"no websocket at {head.path[:64]}", object="path", hint=f"use {PATH}")

    async def _session(self, stream: WatchedStream, place: Place) -> None:
        async with trio.open_nursery() as nursery:
            channel = await accept(nursery, stream, self._limits)
            if channel is not None:
                self._opened += 1
                label = f"s{self._opened}"
                session = Session(label, channel, self._dispatcher, self._limits, self._log)
                self._sessions[label] = session
                try:
                    await session.run(self._hello(), place.identified)
                finally:
                    del self._sessions[label]
            nursery.cancel_scope.cancel()


async def _refuse(transport: Transport, status: int, error: ForebayError) -> None:
    with trio.move_on_after(1):
        await transport.send_all(refusal(status, error))
        if isinstance(transport, trio.SocketStream):
            await transport.send_eof()
            while await transport.receive_some(65536):
                pass
