"""Addresses are fetched only from where they may be."""

import threading
from collections.abc import Iterator
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import anyio
import pytest

from core.model import errors
from drivers import download
from drivers.download import Rules

pytestmark = pytest.mark.anyio

HOME = Rules(networks=("127.0.0.0/8",))
CONTENT = b"image" * 100_000


class Server(BaseHTTPRequestHandler):
    """Serves an image, redirects, and answers that a client must refuse."""

    def do_GET(self) -> None:
        """Answer by the path."""
        count = int(self.path[2:] or 0) if self.path.startswith("/r") else 0
        if self.path == "/image":
            self.answer(200, CONTENT)
        elif self.path == "/gzip":
            self.answer(200, CONTENT, ("Content-Encoding", "gzip"))
        elif self.path == "/inside":
            self.answer(302, b"", ("Location", "http://169.254.169.254/latest"))
        elif self.path == "/local":
            self.answer(302, b"", ("Location", "file:///etc/passwd"))
        elif count:
            self.answer(302, b"", ("Location", f"/r{count - 1}" if count > 1 else "/image"))
        else:
            self.answer(404 if self.path == "/none" else 500, b"")

    def answer(self, status: int, body: bytes, *headers: tuple[str, str]) -> None:
        """Send one answer."""
        self.send_response(status)
        for name, value in headers:
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


@pytest.fixture
def server() -> Iterator[str]:
    """The address of a web server."""
    with ThreadingHTTPServer(("127.0.0.1", 0), Server) as http:
        thread = threading.Thread(target=partial(http.serve_forever, poll_interval=0.01))
        thread.start()
        yield f"http://127.0.0.1:{http.server_port}"
        http.shutdown()
        thread.join()


async def fetched(url: str, rules: Rules = HOME) -> bytes:
    """All that an address gives."""
    with anyio.fail_after(10):
        async with download.opened(url, rules, "image/1") as source:
            return b"".join([chunk async for chunk in source.chunks])


async def test_an_allowed_server_is_read_through_redirects(server: str) -> None:
    """Up to three of them."""
    for path in ("/image", "/r1", "/r3"):
        assert await fetched(server + path) == CONTENT
    async with download.opened(f"{server}/image", HOME, "image/1") as source:
        assert source.total_bytes == len(CONTENT)


@pytest.mark.parametrize(
    ("path", "error"),
    [
        ("/r4", errors.Invalid),
        ("/inside", errors.Invalid),
        ("/local", errors.Invalid),
        ("/gzip", errors.Invalid),
        ("/none", errors.NotFound),
        ("/broken", errors.Unavailable),
    ],
)
async def test_a_bad_answer_is_refused(
    server: str, path: str, error: type[errors.ForebayError]
) -> None:
    """A redirect is checked as the first address was."""
    with pytest.raises(error):
        await fetched(server + path)


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1/x",
        "http://localhost/x",
        "http://2130706433/x",
        "http://[::1]/x",
        "http://[::ffff:127.0.0.1]/x",
        "http://169.254.169.254/latest/meta-data",
        "http://10.0.0.1/x",
        "http://192.168.1.1/x",
        "http://100.64.0.1/x",
        "http://0.0.0.0/x",
        "http://224.0.0.1/x",
        "https://user@example.com/x",
        "ftp://example.com/x",
        "gopher://example.com/x",
        "file:///etc/passwd",
        "http:///x",
        "http://127.0.0.1:99999/x",
        "http://[bad/x",
        "",
    ],
)
async def test_an_inner_or_odd_address_is_refused(url: str) -> None:
    """However it is written."""
    with pytest.raises(errors.Invalid):
        await fetched(url, Rules())


async def test_a_server_that_is_not_there_is_unavailable() -> None:
    """It may be there later."""
    with pytest.raises(errors.Unavailable):
        await fetched("http://127.0.0.1:1/x")
