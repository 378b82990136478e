"""A server as a process of its own, so that the demo can kill it."""

import os
import signal
import subprocess
import sys
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from types import TracebackType
from typing import Self

import trio

from core.model.errors import Unavailable
from server import credentials
from server.client import Client, open_client

START_S = 30.0


class ServerProcess:
    """`forebay serve` over one data directory, started, killed and started again."""

    def __init__(self, site: Path, data: Path) -> None:
        self._site = site
        self._data = data
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    async def start(self) -> None:
        """Start it on a free port and wait until it answers. Raises Unavailable."""
        self._process = process = self._spawn()
        assert process.stdout is not None
        with trio.move_on_after(START_S):
            # It says one line when it listens, and ends without a word when it cannot.
            if await trio.to_thread.run_sync(process.stdout.readline, abandon_on_cancel=True):
                return
        assert process.stderr is not None
        process.kill()
        said = process.stderr.read().decode(errors="replace").strip()
        raise Unavailable(
            f"the server did not start: {said}",
            object=f"site/{self._site}",
            hint=f"see {self._data.with_suffix('.log')}",
        )

    def _spawn(self) -> subprocess.Popen[bytes]:
        command = [
            *(sys.executable, "-m", "server", "serve"),
            *("--site", str(self._site), "--data", str(self._data)),
            *("--listen", "127.0.0.1:0", "--log-file", str(self._data.with_suffix(".log"))),
        ]
        return subprocess.Popen(  # noqa: S603
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env={**os.environ, "PYTHONUNBUFFERED": "1"},
        )

    @property
    def process_id(self) -> int:
        """The running server's process."""
        assert self._process is not None
        return self._process.pid

    def kill(self) -> None:
        """End it as a power cut would: SIGKILL."""
        self._end(signal.SIGKILL)

    def stop(self) -> None:
        """Let it stop well."""
        self._end(signal.SIGTERM)

    def _end(self, sign: signal.Signals) -> None:
        if self._process is None:
            return
        self._process.send_signal(sign)
        self._process.wait()
        for stream in (self._process.stdout, self._process.stderr):
            if stream is not None:
                stream.close()
        self._process = None

    def client(self) -> AbstractAsyncContextManager[Client]:
        """A context in which a client is connected as the administrator. Raises Unavailable."""
        known = credentials.read(self._data)
        if known is None:
            raise Unavailable(
                "the server left no credentials",
                object=f"directory/{self._data}",
                hint="start it first",
            )
        return open_client(known.url, known.token)
