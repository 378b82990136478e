"""Which names and origins are let in, and how a head is read."""

import pytest

from core.model.errors import Denied, Invalid
from server.transport.head import Names, parse

NAMES = Names(("localhost", "127.0.0.1", "::1", "storage.example"), ("https://panel.example",))


@pytest.mark.parametrize(
    ("host", "origin"),
    [
        ("localhost:8250", ""),
        ("LOCALHOST", ""),
        ("127.0.0.1:1", "http://127.0.0.1:1"),
        ("[::1]:8250", "http://[::1]:8250"),
        ("storage.example:8250", "https://panel.example"),
        ("10.0.0.5:8250", ""),
    ],
)
def test_our_own_names_and_pages_are_let_in(host: str, origin: str) -> None:
    """Names from the configuration, the address itself, pages that we serve or that are listed."""
    NAMES.require(host, origin, "10.0.0.5")


@pytest.mark.parametrize(
    ("host", "origin", "status"),
    [
        ("evil.example", "", 421),
        ("", "", 421),
        ("localhost.evil.example", "", 421),
        ("localhost:8250, evil.example", "", 421),
        ("[::1", "", 421),
        ("localhost:8250", "https://evil.example", 403),
        ("localhost:8250", "http://localhost:9999", 403),
        ("localhost:8250", "null", 403),
        ("localhost:8250", "https://panel.example.evil.example", 403),
    ],
)
def test_other_names_and_pages_are_kept_out(host: str, origin: str, status: int) -> None:
    """Against DNS rebinding and against pages that borrow a browser."""
    with pytest.raises(Denied) as refused:
        NAMES.require(host, origin, "10.0.0.5")
    assert refused.value.number == status


def test_a_head_is_read_with_its_headers() -> None:
    """The path without its query; names in lower case."""
    head = parse(b"GET /rpc/v1?x=1 HTTP/1.1\r\nHost: a\r\nUPGRADE: websocket\r\n\r\n")
    assert (head.method, head.path, head.header("host")) == ("GET", "/rpc/v1", "a")
    assert head.websocket


@pytest.mark.parametrize(
    "data",
    [
        b"\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n",
        b"GET / HTTP/1.1\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost : a\r\n\r\n",
    ],
)
def test_what_is_no_request_is_refused(data: bytes) -> None:
    """TLS on a plain port, no Host, headers that smuggle."""
    with pytest.raises(Invalid):
        parse(data)
