"""Programs that are measured: `forebay serve` and others, each as a process of its own."""

import os
import re
import signal
import subprocess
import sys
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from pathlib import Path
from time import perf_counter
from urllib.request import urlopen

from server import credentials
from server.credentials import Credentials

ROOT = Path(__file__).parents[1]
STOP_S = 60.0
TICKS_PER_S = os.sysconf("SC_CLK_TCK")
# Two pools, a store and an offering; the limit on calls is what a benchmark wants to pass.
SITE = """
kind = "simulated"
[[pods]]
name = "pod1"
[[clusters]]
name = "cluster1"
pod = "pod1"
[[hosts]]
name = "host1"
cluster = "cluster1"
url = "sim://host1"
[[pools]]
name = "pool1"
cluster = "cluster1"
url = "nfs://pool1/export"
[[image_stores]]
name = "store1"
url = "nfs://store1/export"
[[disk_offerings]]
name = "small"
disksize = 1
[world]
exact = false
[[world.hosts]]
name = "host1"
[[world.pools]]
name = "pool1"
[[world.stores]]
name = "store1"
[limits]
calls_per_s = 1000000
"""


class Process:
    """A child that says one line when it is ready; `ready_s` is how long that took."""

    def __init__(self, arguments: Sequence[str]) -> None:
        began_s = perf_counter()
        self._process = subprocess.Popen(  # noqa: S603  (our own programs)
            [sys.executable, "-u", "-m", *arguments],
            cwd=ROOT,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self._process.stdout is not None
        self.said = self._process.stdout.readline()
        self.ready_s = perf_counter() - began_s

    @property
    def cpu_s(self) -> float:
        """Processor time that it has used so far."""
        fields = Path(f"/proc/{self._process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / TICKS_PER_S

    @property
    def resident_bytes(self) -> int:
        """Memory that it has now."""
        status = Path(f"/proc/{self._process.pid}/status").read_text()
        return int(status.partition("VmRSS:")[2].split()[0]) * 1024

    def rest(self) -> str:
        """Wait for its end; answers what else it said."""
        return self._process.communicate(timeout=STOP_S)[0]

    def stop(self) -> None:
        """Let it end well."""
        self._process.send_signal(signal.SIGTERM)
        self.rest()


class Server(Process):
    """`forebay serve` over the data directory `folder`/data."""

    def __init__(self, folder: Path) -> None:
        site = write_site(folder)
        self._data = folder / "data"
        super().__init__(
            [
                *("server", "serve", "--listen", "127.0.0.1:0", "--log-level", "warning"),
                *("--site", str(site), "--data", str(self._data)),
            ]
        )

    @property
    def credentials(self) -> Credentials:
        """Where it is, and its administrator's token."""
        known = credentials.read(self._data)
        assert known is not None
        return known

    def number(self, name: str) -> int:
        """One of its metrics."""
        with urlopen(f"{self.credentials.url}/metrics") as answer:  # noqa: S310  (our own server)
            text = answer.read().decode()
        found = re.search(rf"^forebay_{name} (\S+)$", text, re.MULTILINE)
        assert found is not None, name
        return int(float(found[1]))


def write_site(folder: Path) -> Path:
    """The site file of servers that are measured."""
    site = folder / "site.toml"
    site.write_text(SITE)
    return site


@contextmanager
def server(folder: Path) -> Generator[Server]:
    """A server for as long as the block runs."""
    process = Server(folder)
    try:
        yield process
    finally:
        process.stop()


@contextmanager
def running(*arguments: str) -> Generator[Process]:
    """Another program for as long as the block runs."""
    process = Process(arguments)
    try:
        yield process
    finally:
        process.stop()
