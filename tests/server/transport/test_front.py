"""What the port does with those who are slow, wrong, too many, or not meant to be there."""

import ssl
import subprocess
from pathlib import Path

import pytest
import trio

from core.model.errors import Invalid, Unavailable
from server.client import open_client
from server.transport.listener import Address, bind, parse_address, tls_context
from tests.server.peer import identified, open_peer
from tests.server.running import Running, running, wait_until

pytestmark = pytest.mark.anyio

GET = "GET {path} HTTP/1.1\r\nHost: {host}\r\n\r\n"


async def answer(server: Running, *pieces: bytes, pause_s: float = 0.0) -> bytes:
    """All that the server sends back to these bytes until it closes."""
    received = b""
    stream = await server.tcp()
    with trio.fail_after(10):
        async with stream:

            async def send() -> None:
                try:
                    for piece in pieces:
                        await stream.send_all(piece)
                        await trio.sleep(pause_s)
                except trio.BrokenResourceError:
                    pass

            async with trio.open_nursery() as nursery:
                nursery.start_soon(send)
                try:
                    while data := await stream.receive_some(65536):
                        received += data
                except trio.BrokenResourceError:
                    pass
                nursery.cancel_scope.cancel()
    return received


async def test_a_head_that_never_ends_is_refused_in_time(tmp_path: Path) -> None:
    """One byte now and then does not hold a connection open."""
    async with running(tmp_path, limits="head_s = 0.3") as server:
        head = b"GET / HTTP/1.1\r\nHost: localhost\r\n"
        began_s = trio.current_time()
        received = await answer(server, *(head[i : i + 1] for i in range(30)), pause_s=0.1)
        assert received.startswith(b"HTTP/1.1 408 ")
        assert trio.current_time() - began_s < 2
        assert b'"code":"deadline"' in received


async def test_a_long_head_is_refused(tmp_path: Path) -> None:
    """More than 8 KiB, without its end."""
    async with running(tmp_path) as server:
        received = await answer(server, b"GET / HTTP/1.1\r\nX: " + b"x" * 9000)
        assert received.startswith(b"HTTP/1.1 431 ")


@pytest.mark.parametrize("data", [b"\x16\x03\x01\x00\xa5\x01\r\n\r\n", b"hello\r\n\r\n"])
async def test_other_protocols_are_refused(tmp_path: Path, data: bytes) -> None:
    """TLS on a plain port, or nothing known."""
    async with running(tmp_path) as server:
        assert (await answer(server, data)).startswith(b"HTTP/1.1 400 ")


async def test_a_silent_connection_is_closed(tmp_path: Path) -> None:
    """It has sent nothing at all."""
    async with running(tmp_path, limits="head_s = 0.2") as server:
        assert (await answer(server)).startswith(b"HTTP/1.1 408 ")


async def test_wrong_host_and_origin_are_refused_for_websockets(tmp_path: Path) -> None:
    """Before the upgrade is answered."""
    async with running(tmp_path) as server:
        assert (await open_peer(server, host="evil.example")).closed == 421
        assert (await open_peer(server, origin="https://evil.example")).closed == 403
        assert (await open_peer(server, origin=server.url)).closed == 0
        assert (await open_peer(server, path="/other")).closed == 404


async def test_wrong_host_and_origin_are_refused_for_http(tmp_path: Path) -> None:
    """Also in the second request of a connection."""
    async with running(tmp_path, limits="head_s = 0.3") as server:
        good = GET.format(path="/healthz", host=f"127.0.0.1:{server.port}").encode()
        evil = GET.format(path="/healthz", host="evil.example").encode()
        assert (await answer(server, evil)).startswith(b"HTTP/1.1 421 ")
        both = await answer(server, good + evil)
        assert both.startswith(b"HTTP/1.1 200 ")
        assert b"HTTP/1.1 421 " in both
        origin = good.replace(b"\r\n\r\n", b"\r\nOrigin: https://evil.example\r\n\r\n")
        assert (await answer(server, origin)).startswith(b"HTTP/1.1 403 ")


async def test_an_unknown_sub_protocol_is_refused(tmp_path: Path) -> None:
    """Rather than answered in one that the client did not ask for."""
    async with running(tmp_path) as server:
        peer = await open_peer(server, **{"sec-websocket-protocol": "forebay.v9.json"})
        assert peer.closed == 400


async def test_an_upgrade_later_in_a_connection_is_refused(tmp_path: Path) -> None:
    """Only its first request can become a websocket, and HTTP/2 is not spoken."""
    async with running(tmp_path, limits="head_s = 0.3") as server:
        host = f"127.0.0.1:{server.port}"
        plain = GET.format(path="/healthz", host=host).encode()
        websocket = (
            f"GET /rpc/v1 HTTP/1.1\r\nHost: {host}\r\nUpgrade: websocket\r\n"
            "Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
            "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n"
        ).encode()
        received = await answer(server, plain + websocket)
        assert received.startswith(b"HTTP/1.1 200 ")
        assert b" 101 " not in received
        assert b"HTTP/1.1 403 " in received


async def test_no_more_connections_than_allowed(tmp_path: Path) -> None:
    """The next is told so, and has room again when one is gone."""
    async with running(tmp_path, limits="connections = 2") as server:
        first = await identified(server)
        await identified(server)
        assert (await answer(server)).startswith(b"HTTP/1.1 429 ")
        await first.stream.aclose()
        statistics = server.service.plane.statistics
        assert statistics()
        with trio.fail_after(5):
            while True:
                peer = await open_peer_or_none(server)
                if peer:
                    break


async def open_peer_or_none(server: Running) -> bool:
    """Whether a websocket can be opened now."""
    try:
        return (await open_peer(server)).closed == 0
    except EOFError:
        return False


async def test_idle_clients_do_not_keep_others_out(tmp_path: Path) -> None:
    """A hundred that sit in their handshake, and one that works."""
    async with running(tmp_path, limits="head_s = 2") as server:
        async with trio.open_nursery() as nursery:
            for _ in range(100):
                nursery.start_soon(server.tcp)
        peer = await identified(server)
        assert "result" in await peer.call("listZones")


async def test_a_stopping_server_says_so_and_answers_what_runs(tmp_path: Path) -> None:
    """Close code 1012, after the answer to a call that ends in time."""
    async with running(tmp_path) as server:
        peer = await identified(server)
        call = {"jsonrpc": "2.0", "id": 5, "method": "createDiskOffering"}
        await peer.send({**call, "params": {"name": "late", "disksize": 5}})
        await wait_until(lambda: server.service.plane.statistics()["records_disk_offering"])
        server.stopping.set()
        assert (await peer.receive())["id"] == 5
        assert await peer.wait_closed() == 1012
        with pytest.raises(OSError, match="all attempts"):
            await server.tcp()


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "10.1.2.3", "storage.example"])
async def test_plain_text_beyond_this_machine_is_refused(host: str) -> None:
    """Whatever the name; the hint says what to do."""
    with pytest.raises(Invalid, match="needs TLS") as refused:
        await bind(Address(host, 0), None)
    assert "--tls-cert" in refused.value.hint


async def test_a_port_that_is_taken_is_named(tmp_path: Path) -> None:
    """Not a traceback."""
    async with running(tmp_path) as server:
        with pytest.raises(Unavailable, match=f"cannot listen on 127.0.0.1:{server.port}"):
            await bind(Address("127.0.0.1", server.port), None)


@pytest.mark.parametrize("text", ["", "8250", "127.0.0.1", "a:b", "a:99999", "::1:5", "a:1/x"])
def test_what_is_no_address_is_refused(text: str) -> None:
    """With an example."""
    with pytest.raises(Invalid, match="HOST:PORT"):
        parse_address(text)


def test_addresses_are_understood() -> None:
    """IPv6 hosts in brackets."""
    assert parse_address("127.0.0.1:8250") == Address("127.0.0.1", 8250)
    assert parse_address("[::1]:0") == Address("::1", 0)
    assert parse_address("[::1]:0").loopback
    assert Address("::1", 5).url(secure=True) == "https://[::1]:5"


@pytest.fixture
def certificate(tmp_path: Path) -> tuple[Path, Path]:
    """A certificate for 127.0.0.1, and its key."""
    paths = tmp_path / "cert.pem", tmp_path / "key.pem"
    command = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"]
    command += ["-nodes", "-days", "2", "-subj", "/CN=127.0.0.1", "-out", str(paths[0])]
    command += ["-addext", "subjectAltName=IP:127.0.0.1", "-keyout", str(paths[1])]
    subprocess.run(command, check=True, capture_output=True)
    return paths


async def test_tls_carries_websockets_and_http(
    tmp_path: Path, certificate: tuple[Path, Path]
) -> None:
    """With version 1.2 at least; plain text on its port is dropped."""
    tls = tls_context(*certificate)
    trust = ssl.create_default_context(cafile=certificate[0])
    async with running(tmp_path, tls=tls, limits="head_s = 1") as server:
        assert server.url.startswith("https://")
        async with open_client(server.url, server.token, tls=trust) as client:
            assert (await client.call("listZones"))["count"] == 1
        stream = await trio.open_ssl_over_tcp_stream("127.0.0.1", server.port, ssl_context=trust)
        await stream.send_all(GET.format(path="/healthz", host="127.0.0.1").encode())
        assert (await stream.receive_some()).startswith(b"HTTP/1.1 200 ")
        await stream.aclose()
        assert await answer(server, b"GET / HTTP/1.1\r\n\r\n") == b""
        old = ssl.create_default_context(cafile=certificate[0])
        with pytest.warns(DeprecationWarning, match="TLSv1_1"):
            old.maximum_version = ssl.TLSVersion.TLSv1_1
        outdated = trio.SSLStream(await server.tcp(), old, server_hostname="127.0.0.1")
        with pytest.raises(trio.BrokenResourceError):
            await outdated.do_handshake()


def test_a_certificate_that_is_none_is_named(tmp_path: Path) -> None:
    """Not a traceback."""
    with pytest.raises(Invalid) as refused:
        tls_context(tmp_path / "no.pem", tmp_path / "no.key")
    assert refused.value.object == f"file/{tmp_path / 'no.pem'}"
