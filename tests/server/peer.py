"""A websocket client that does exactly what a test says: no pongs, no manners unless asked for."""

from typing import Any

import msgspec
import trio
from wsproto import ConnectionType, WSConnection
from wsproto.connection import ConnectionState
from wsproto.events import (
    AcceptConnection,
    BytesMessage,
    CloseConnection,
    Event,
    Message,
    RejectConnection,
    Request,
    TextMessage,
)

from tests.server.running import Running

Object = dict[str, Any]
RECEIVE_S = 10.0


class Peer:
    """One connection; `closed` is the code with which the server ended it."""

    def __init__(self, stream: trio.abc.Stream) -> None:
        self.stream = stream
        self.protocol = WSConnection(ConnectionType.CLIENT)
        self.closed = 0
        self.reason = ""
        self._parts: list[str | bytes] = []

    async def send_event(self, event: Event) -> None:
        """Send any event of the protocol."""
        await self.stream.send_all(self.protocol.send(event))

    async def send(self, message: object) -> None:
        """Send a value as JSON text, or text as it is."""
        text = message if isinstance(message, str) else msgspec.json.encode(message).decode()
        await self.send_event(TextMessage(data=text))

    async def call(self, method: str, call_id: int = 1, **params: object) -> Object:
        """Call, and read until the answer; what else comes is dropped."""
        await self.send({"jsonrpc": "2.0", "id": call_id, "method": method, "params": params})
        while True:
            message = await self.receive()
            if message.get("id") == call_id:
                return message

    async def receive(self) -> Object:
        """The next message. Raises EOFError when the server has closed."""
        with trio.fail_after(RECEIVE_S):
            while True:
                for event in self.protocol.events():
                    message = await self._heed(event)
                    if message is not None:
                        return message
                if self.protocol.state is ConnectionState.CLOSED or self.closed:
                    raise EOFError
                await self.read()

    async def wait_closed(self) -> int:
        """Read until the server has closed; answers its code, 1006 if it gave none."""
        try:
            while True:
                await self.receive()
        except EOFError:
            return self.closed or 1006

    async def read(self) -> None:
        """Take in what has arrived. Raises EOFError at the end."""
        try:
            data = await self.stream.receive_some(65536)
        except trio.BrokenResourceError:
            data = b""
        if not data:
            raise EOFError
        self.protocol.receive_data(bytes(data))

    async def _heed(self, event: Event) -> Object | None:
        if isinstance(event, CloseConnection):
            self.closed, self.reason = int(event.code), event.reason or ""
        elif isinstance(event, TextMessage | BytesMessage):
            return self._whole(event)
        elif isinstance(event, RejectConnection):
            self.closed = event.status_code
        return None

    def _whole(self, event: Message[Any]) -> Object | None:
        self._parts.append(event.data)
        if not event.message_finished:
            return None
        text = "".join(str(part) for part in self._parts)
        self._parts.clear()
        return msgspec.json.decode(text, type=Object)


async def open_peer(
    server: Running, *, host: str = "", path: str = "/rpc/v1", **headers: str
) -> Peer:
    """A connected websocket; `closed` holds the status when the server refused it."""
    peer = Peer(await server.tcp())
    extra = [(name.encode(), value.encode()) for name, value in headers.items()]
    host = host or f"127.0.0.1:{server.port}"
    await peer.send_event(Request(host=host, target=path, extra_headers=extra))
    with trio.fail_after(RECEIVE_S):
        while True:
            await peer.read()
            for event in peer.protocol.events():
                if isinstance(event, RejectConnection):
                    peer.closed = event.status_code
                if isinstance(event, AcceptConnection | RejectConnection):
                    return peer


async def identified(server: Running) -> Peer:
    """A websocket whose client has said who it is."""
    peer = await open_peer(server)
    assert (await peer.receive())["method"] == "hello"
    answer = await peer.call("session.identify", token=server.token)
    assert answer["result"]["role"] == "admin"
    return peer
