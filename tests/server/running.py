"""A whole server on a free port of this machine, for as long as a block runs."""

import ssl
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import msgspec
import trio

from core.trio_runtime import TrioRuntime
from server import logging
from server.config import decode
from server.failures import unwrapped
from server.site import Service, open_service
from server.transport.listener import Address, bind, serve

PLAIN = """
kind = "real"
[[pods]]
name = "pod1"
[[clusters]]
name = "cluster1"
pod = "pod1"
"""
LOCAL = Address("127.0.0.1", 0)


class Running(msgspec.Struct, frozen=True, kw_only=True):
    """Where the server is and how to get in; `stopping` stops it."""

    url: str
    token: str
    service: Service
    stopping: trio.Event
    streams: list[trio.SocketStream]

    @property
    def port(self) -> int:
        """Its port."""
        return int(self.url.rpartition(":")[2])

    @property
    def socket_url(self) -> str:
        """Where its websocket is."""
        return f"ws{self.url.removeprefix('http')}/rpc/v1"

    async def tcp(self) -> trio.SocketStream:
        """A bare connection, closed when the server ends."""
        stream = await trio.open_tcp_stream("127.0.0.1", self.port)
        self.streams.append(stream)
        return stream


@asynccontextmanager
async def running(
    directory: Path,
    *,
    limits: str = "",
    site: str = PLAIN,
    tls: ssl.SSLContext | None = None,
) -> AsyncGenerator[Running]:
    """Serve `site` with the lines `limits` in its table of limits, over data in `directory`."""
    site_file = decode(f"{site}\n[limits]\n{limits}", directory / "site.toml")
    log = logging.logger("test")
    stopping = trio.Event()
    with unwrapped():
        door = await bind(LOCAL, tls)
        runtime = TrioRuntime(start_s=1_700_000_000.0)
        async with (
            open_service(site_file, directory / "data", runtime, log, url=door.url) as service,
            trio.open_nursery() as nursery,
        ):

            async def serve_until_stopped() -> None:
                await serve(door, service, site_file, log, boot="boot-1", stopping=stopping)

            nursery.start_soon(serve_until_stopped)
            streams: list[trio.SocketStream] = []
            try:
                yield Running(
                    url=door.url,
                    token=service.credentials.token,
                    service=service,
                    stopping=stopping,
                    streams=streams,
                )
            finally:
                stopping.set()
                for stream in streams:
                    await trio.aclose_forcefully(stream)


async def wait_until(condition: Callable[[], object], timeout_s: float = 5.0) -> None:
    """Wait until the condition holds; fails when it does not in time."""
    with trio.fail_after(timeout_s):
        while not condition():  # noqa: ASYNC110  (the condition is not ours to signal)
            await trio.sleep(0.005)
