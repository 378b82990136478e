"""`forebay demo` from beginning to end, as a newcomer runs it."""

import re
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from server.demo import real_zone

ROOT = Path(__file__).parents[2]
RUN_S = 180
NARROW = 80


def told(zone: str, folder: Path) -> str:
    """What the demo prints over one zone, whose files are in `folder` while it runs."""
    done = subprocess.run(
        [sys.executable, "-m", "server", "demo", "--zone", zone, "--no-scenario"],
        cwd=ROOT,
        env={"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "TMPDIR": str(folder), "LANG": "C.UTF-8"},
        capture_output=True,
        text=True,
        timeout=RUN_S,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert not done.stderr
    assert not [*folder.iterdir()], "the demo leaves files behind"
    return done.stdout


def judged(zone: str, output: str) -> None:
    """The server was killed midway, the job went on, and all bytes were compared."""
    assert "✗" not in output
    assert all(len(line.rstrip()) <= NARROW for line in output.splitlines())
    words = " ".join(output.split())
    assert f"A {zone} zone" in words
    assert re.search(r"kill the server during a second migration: after \d", words)
    assert "see what became of the interrupted job: resumed: data1 is Ready on" in words
    writes = re.search(r"compare every written byte: (\d+) acknowledged writes over", words)
    assert writes is not None
    assert int(writes[1]) > 0
    assert "none wrong" in words
    assert "Nothing was lost." in words


def test_the_simulated_zone_survives_a_kill_of_its_server(tmp_path: Path) -> None:
    """Its world was kept: the migration is made again, and no write is lost."""
    judged("simulated", told("simulated", tmp_path))


@pytest.mark.qemu
@pytest.mark.skipif(not real_zone.is_possible(), reason="QEMU is not installed")
def test_the_real_zone_survives_a_kill_of_its_server() -> None:
    """The same story; its sockets need a short path."""
    with TemporaryDirectory(prefix="fb-") as folder:
        judged("real", told("real", Path(folder)))
