"""A process with many websocket clients, each asking the same again as soon as it is answered.

It is made to take little time itself: frames are made once, and of answers, which have all the same
length, only the bytes are counted. Usage: wire_client URL CLIENTS SECONDS TOKEN REQUEST; the token
is empty for a server that wants none. Prints one line of JSON.
"""

import json
import selectors
import socket
import struct
import sys
from time import perf_counter
from typing import NamedTuple
from urllib.parse import urlsplit

LARGEST_SHORT = 125
SHORT_LENGTH = 126
SMALLEST_LONG = 1 << 16


class Load(NamedTuple):
    """What a run came to; `answer_bytes` is the length of one answer."""

    calls: int
    seconds: float
    p50_s: float
    p99_s: float
    answer_bytes: int


class Client:
    """One websocket, on a plain socket."""

    def __init__(self, url: str, token: str) -> None:
        parts = urlsplit(url)
        self.socket = socket.create_connection((parts.hostname or "", parts.port or 0))
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._upgrade(parts.netloc, parts.path)
        if token:
            self._read()
            params = {"token": token, "client": "benchmark"}
            self.ask(frame(_call("session.identify", params)))
        self.sent_s = 0.0
        self.missing_bytes = 0

    def _upgrade(self, host: str, path: str) -> None:
        head = (
            f"GET {path} HTTP/1.1\r\nHost: {host}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n"
        )
        self.socket.sendall(head.encode())
        answer = b""
        while not answer.endswith(b"\r\n\r\n"):
            answer += self._exactly(1)
        assert b" 101 " in answer, answer

    def _exactly(self, count: int) -> bytes:
        data = b""
        while len(data) < count:
            chunk = self.socket.recv(count - len(data))
            assert chunk, "the server has closed the connection"
            data += chunk
        return data

    def _read(self) -> bytes:
        """The payload of the next frame."""
        length = self._exactly(2)[1]
        if length == SHORT_LENGTH:
            (length,) = struct.unpack(">H", self._exactly(2))
        elif length > SHORT_LENGTH:
            (length,) = struct.unpack(">Q", self._exactly(8))
        return self._exactly(length)

    def ask(self, request: bytes) -> bytes:
        """Send a frame and answer the payload that comes back, which must be no error."""
        self.socket.sendall(request)
        answer = self._read()
        assert b'"error"' not in answer, answer
        return answer


def _call(method: str, params: dict[str, str]) -> str:
    return json.dumps({"jsonrpc": "2.0", "id": 1, "method": method, "params": params})


def frame(text: str) -> bytes:
    """A client's text frame; its mask is zero, so that it can be made once."""
    data = text.encode()
    if len(data) <= LARGEST_SHORT:
        head = struct.pack(">BB", 0x81, 0x80 | len(data))
    else:
        assert len(data) < SMALLEST_LONG
        head = struct.pack(">BBH", 0x81, 0x80 | SHORT_LENGTH, len(data))
    return head + bytes(4) + data


def frame_bytes(payload_bytes: int) -> int:
    """Length of a server's frame with so much payload."""
    if payload_bytes <= LARGEST_SHORT:
        return payload_bytes + 2
    return payload_bytes + (4 if payload_bytes < SMALLEST_LONG else 10)


def load(url: str, clients: int, seconds: float, token: str, request: str) -> Load:
    """Let all clients ask for so long."""
    asked = frame(request)
    connected = [Client(url, token) for _ in range(clients)]
    payload_bytes = len(connected[0].ask(asked))
    whole_bytes = frame_bytes(payload_bytes)
    waits: list[float] = []
    began_s = perf_counter()
    with selectors.DefaultSelector() as selector:
        for client in connected:
            selector.register(client.socket, selectors.EVENT_READ, client)
            _send(client, asked, whole_bytes)
        while (now_s := perf_counter()) < began_s + seconds:
            for key, _ in selector.select(seconds):
                client = key.data
                client.missing_bytes -= len(client.socket.recv(client.missing_bytes))
                if not client.missing_bytes:
                    waits.append(perf_counter() - client.sent_s)
                    _send(client, asked, whole_bytes)
    waits.sort()
    return Load(
        calls=len(waits),
        seconds=now_s - began_s,
        p50_s=waits[len(waits) // 2],
        p99_s=waits[len(waits) * 99 // 100],
        answer_bytes=payload_bytes,
    )


def _send(client: Client, asked: bytes, whole_bytes: int) -> None:
    client.sent_s = perf_counter()
    client.missing_bytes = whole_bytes
    client.socket.sendall(asked)


if __name__ == "__main__":
    address, count, time_s, secret, message = sys.argv[1:]
    print(json.dumps(load(address, int(count), float(time_s), secret, message)._asdict()))
