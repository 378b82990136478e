"""Real folders, pools, image stores and hosts in a temporary folder."""

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.drivers.bench import Bench

PROGRAMS = ("qemu-img", "qemu-system-x86_64", "qemu-nbd")
ABSENT = [program for program in PROGRAMS if shutil.which(program) is None]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Skip what needs QEMU where QEMU is not installed."""
    if ABSENT:
        reason = f"not installed: {', '.join(ABSENT)}"
        for item in items:
            if item.get_closest_marker("qemu"):
                item.add_marker(pytest.mark.skip(reason=reason))


@pytest.fixture
def anyio_backend() -> str:
    """Async tests run on trio, as production does."""
    return "trio"


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder with a short path, as the sockets in it need."""
    with tempfile.TemporaryDirectory(prefix="forebay-", dir="/tmp") as name:
        yield Path(name)


@pytest.fixture
def bench(folder: Path) -> Iterator[Bench]:
    """Two pools, an image store and a host; what still runs at the end is killed."""
    bench = Bench(folder)
    yield bench
    bench.kill_all()
