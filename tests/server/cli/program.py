"""The program itself, as a user runs it."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import msgspec

ROOT = Path(__file__).parents[3]
RUN_S = 60
SITE = """
kind = "real"
[[pods]]
name = "pod1"
[[clusters]]
name = "cluster1"
pod = "pod1"
[[image_stores]]
name = "store1"
url = "file://{folder}/store"
[[pools]]
name = "pool1"
url = "sharedmountpoint://{folder}/pool"
cluster = "cluster1"
[[disk_offerings]]
name = "small"
disksize = 1
"""
Object = dict[str, Any]


class Ran(msgspec.Struct, frozen=True):
    """What a command did."""

    code: int
    output: str
    errors: str

    @property
    def answer(self) -> Object:
        """Its standard output as JSON."""
        found: Object = json.loads(self.output)
        return found

    @property
    def failure(self) -> Object:
        """Its standard error as JSON."""
        found: Object = json.loads(self.errors)
        return found


class Program:
    """Commands run in a folder of their own, against a server that it may start, kill and stop."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.data = folder / "data"
        self.site = folder / "site.toml"
        self._server: subprocess.Popen[str] | None = None
        for name in ("store", "pool"):
            (folder / name).mkdir()
        self.site.write_text(SITE.format(folder=folder))

    def run(self, *words: str, data: bool = True) -> Ran:
        """Run a command to its end."""
        done = subprocess.run(
            [sys.executable, "-m", "server", *words],
            cwd=ROOT,
            env=self._environment(data=data),
            capture_output=True,
            text=True,
            timeout=RUN_S,
            check=False,
        )
        assert "Traceback" not in done.stderr, done.stderr
        return Ran(done.returncode, done.stdout, done.stderr)

    def call(self, *words: str) -> Object:
        """The answer of a command that must succeed."""
        ran = self.run("call", *words)
        assert ran.code == 0, ran.errors
        return ran.answer

    def start(self, *words: str) -> None:
        """Start a server and wait until it listens."""
        options = ("--site", str(self.site), "--data", str(self.data), "--listen", "127.0.0.1:0")
        with (self.folder / "log").open("a") as log:
            self._server = subprocess.Popen(
                [sys.executable, "-m", "server", "serve", *options, *words],
                cwd=ROOT,
                env=self._environment(data=True),
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
            )
        assert self._server.stdout is not None
        assert "listens on" in self._server.stdout.readline(), self.log

    def end(self, how: signal.Signals) -> int:
        """Send the server a signal and answer its exit code."""
        assert self._server is not None
        self._server.send_signal(how)
        self._server.communicate(timeout=RUN_S)
        code = self._server.returncode
        self._server = None
        return code

    def close(self) -> None:
        """Kill what still runs."""
        if self._server is not None:
            self.end(signal.SIGKILL)

    @property
    def log(self) -> str:
        """What servers have logged."""
        return (self.folder / "log").read_text()

    def _environment(self, *, data: bool) -> dict[str, str]:
        kept = {name: value for name, value in os.environ.items() if "FOREBAY" not in name}
        return {**kept, "FOREBAY_DATA": str(self.data)} if data else kept
