"""Speaks HTTP for the app on connections whose first bytes were read already, with Hypercorn."""

import logging
from typing import cast

import trio
from hypercorn.app_wrappers import ASGIWrapper
from hypercorn.config import Config
from hypercorn.trio.tcp_server import TCPServer
from hypercorn.trio.worker_context import WorkerContext
from hypercorn.typing import ASGIFramework, LifespanState
from starlette.applications import Starlette

from server.limits import Limits
from server.transport.stream import WatchedStream


class _Connection(TCPServer):
    """Hypercorn's connection, ended when its client has gone and not only when it has been idle."""

    async def _read_data(self) -> None:
        await super()._read_data()
        await self.idle_task.stop()


class HttpServer:
    """Hypercorn's handling of one connection, without its listener (decision 8).

    A connection ends when no whole request head has come for `head_s`.
    """

    def __init__(self, app: Starlette, limits: Limits) -> None:
        self._app = ASGIWrapper(cast("ASGIFramework", app))
        self._config = Config()
        self._config.keep_alive_timeout = limits.head_s
        self._config.h11_max_incomplete_size = limits.head_bytes
        self._config.include_server_header = False
        self._config.errorlog = logging.getLogger("forebay.http")
        self._context = WorkerContext(None)
        self._state: LifespanState = {}

    async def serve(self, stream: WatchedStream) -> None:
        """Serve requests from the stream until it ends."""
        await _Connection(
            self._app,
            self._config,
            self._context,
            self._state,
            cast("trio.SSLStream[trio.SocketStream]", stream),
        )

    async def stop(self) -> None:
        """Let idle connections end."""
        await self._context.terminated.set()
