"""QEMU's locks are seen, and respected."""

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from core.model import errors
from drivers.qemu import image_lock
from tests.drivers.bench import call

pytestmark = pytest.mark.qemu


@pytest.fixture
def disk(tmp_path: Path) -> Path:
    """A qcow2 image."""
    path = tmp_path / "disk"
    call("qemu-img", "create", "-q", "-f", "qcow2", str(path), "1M")
    return path


@pytest.fixture
def opened(disk: Path) -> Iterator[Path]:
    """A qcow2 image that a process of QEMU has open for writing."""
    command = ["qemu-io", "-f", "qcow2", str(disk)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(b"read 0 512\n")
        process.stdin.flush()
        assert process.stdout.readline()
        yield disk
        process.kill()


def is_open(path: Path) -> bool:
    """What the lock says of a file."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        return image_lock.is_open(descriptor)
    finally:
        os.close(descriptor)


def test_an_image_that_qemu_has_open_is_seen_to_be(opened: Path) -> None:
    """And cannot be held by us."""
    assert is_open(opened)
    with pytest.raises(errors.Busy), image_lock.held(str(opened), "disk"):
        pass


def test_an_idle_image_can_be_held_and_qemu_then_refuses_it(disk: Path) -> None:
    """Until it is let go."""
    assert not is_open(disk)
    write = ["qemu-io", "-f", "qcow2", "-c", "write 0 512", str(disk)]
    with image_lock.held(str(disk), "disk"):
        assert is_open(disk)
        assert subprocess.run(write, check=False, capture_output=True).returncode != 0
        with pytest.raises(errors.Busy), image_lock.held(str(disk), "disk"):
            pass
    assert not is_open(disk)
    call(*write)


def test_an_absent_image_is_an_error_of_the_system(tmp_path: Path) -> None:
    """The caller knows what it means to him."""
    with pytest.raises(FileNotFoundError), image_lock.held(str(tmp_path / "none"), "disk"):
        pass
