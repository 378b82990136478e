"""The simulated site's file: always there, always whole, and never behind an answer."""

from pathlib import Path
from random import Random

import pytest
import trio

from core.driver_words import DiskSpec
from core.model import errors
from core.model.pool_types import DiskFormat
from core.trio_runtime import TrioRuntime
from server import credentials
from server.config import EMBEDDED, SiteFile, decode
from server.failures import unwrapped
from server.simulated_site import WORLD, WorldFile, open_simulated_site
from sim.site import SimulatedSite

pytestmark = pytest.mark.anyio
DISK = DiskSpec(name="disk", size_bytes=1 << 30, format=DiskFormat.QCOW2)


def silent(_done_bytes: int, _total_bytes: int) -> None:
    """A Progress for who does not look."""


@pytest.fixture
def site() -> SiteFile:
    """The embedded zone."""
    return decode(EMBEDDED.read_text(), EMBEDDED)


async def test_a_disk_is_there_after_the_process_died(site: SiteFile, tmp_path: Path) -> None:
    """What was answered is in the file, without any orderly end."""
    runtime = TrioRuntime(start_s=0.0)
    async with open_simulated_site(site, tmp_path, runtime) as first:
        pool = first.storage("p", "nfs://nfs1/export")
        await pool.create_disk("op", DISK, None, silent)
        as_it_was = (tmp_path / WORLD).read_bytes()
        await pool.remove_disk("op", "disk")
    (tmp_path / WORLD).write_bytes(as_it_was)
    async with open_simulated_site(site, tmp_path, runtime) as second:
        pool = second.storage("p", "nfs://nfs1/export")
        assert (await pool.inspect("disk")) is not None
    assert not (tmp_path / WORLD).with_suffix(".new").exists()


async def test_a_damaged_file_is_named_and_left_alone(site: SiteFile, tmp_path: Path) -> None:
    """With what to do."""
    (tmp_path / WORLD).write_bytes(b"damaged")
    with pytest.raises(errors.Integrity) as caught, unwrapped():
        async with open_simulated_site(site, tmp_path, TrioRuntime(start_s=0.0)):
            pass
    assert caught.value.object == f"file/{tmp_path / WORLD}"
    assert "backup" in caught.value.hint
    assert (tmp_path / WORLD).read_bytes() == b"damaged"


async def test_a_lost_file_is_no_new_world(site: SiteFile, tmp_path: Path) -> None:
    """A control plane that has records of disks must not find all of them gone."""
    credentials.write(tmp_path, credentials.drawn("http://localhost"))
    with pytest.raises(errors.Unavailable, match="missing"), unwrapped():
        async with open_simulated_site(site, tmp_path, TrioRuntime(start_s=0.0)):
            pass


async def test_a_file_that_cannot_be_written_fails_the_call(site: SiteFile, tmp_path: Path) -> None:
    """It is not answered as done."""
    async with open_simulated_site(site, tmp_path, TrioRuntime(start_s=0.0)) as simulated:
        (tmp_path / WORLD).with_suffix(".new").mkdir()
        pool = simulated.storage("p", "nfs://nfs1/export")
        with pytest.raises(errors.Unavailable, match="cannot write"):
            await pool.create_disk("op", DISK, None, silent)


async def test_calls_at_one_time_share_a_write(site: SiteFile, tmp_path: Path) -> None:
    """At most one more is begun for all that come while one goes on."""
    async with SimulatedSite.open(TrioRuntime(start_s=0.0), site.world, Random(1)) as simulated:
        file = WorldFile(simulated.world, tmp_path / WORLD)
        async with trio.open_nursery() as nursery:
            for _ in range(50):
                nursery.start_soon(file.save)
        assert 1 <= file.writes <= 2
