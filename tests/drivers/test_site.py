"""URLs become drivers, or are refused."""

from pathlib import Path

import pytest

from core.model import errors
from drivers.site import RealSite

pytestmark = pytest.mark.anyio


async def test_a_pool_and_a_store_are_made_of_folders(tmp_path: Path) -> None:
    """With the capacity that the URL gives them."""
    site = RealSite()
    for scheme in ("file", "sharedmountpoint", "SharedMountPoint"):
        pool = site.storage("1", f"{scheme}://{tmp_path}?capacity=1000000")
        assert (await pool.probe()).capacity_bytes == 1_000_000
    store = site.image_store("1", f"file://localhost{tmp_path}")
    assert (await store.probe()).capacity_bytes > 1_000_000


@pytest.mark.qemu
async def test_a_host_is_made_of_a_run_folder(folder: Path) -> None:
    """With the size that the URL gives it; the folder need not be there yet."""
    url = f"qemu://{folder}/run?cpus=3&memory=1000000&durable=true&powerdown=0.5"
    status = await RealSite().hypervisor("1", url).probe()
    assert (status.hypervisor, status.cpus, status.memory_bytes) == ("KVM", 3, 1_000_000)
    assert status.guests == ()
    assert status.local_storage == ()


@pytest.mark.qemu
async def test_a_host_tells_its_local_folders(folder: Path) -> None:
    """Paths and UUIDs stand side by side, as in agent.properties; each needs the other."""
    url = f"qemu://{folder}/run?localpath=/disks,/more&localuuid=u1,u2"
    status = await RealSite().hypervisor("1", url).probe()
    assert [(row.uuid, row.path) for row in status.local_storage] == [
        ("u1", "/disks"),
        ("u2", "/more"),
    ]
    with pytest.raises(errors.Invalid):
        RealSite().hypervisor("1", f"qemu://{folder}/run?localpath=/disks,/more&localuuid=u1")


@pytest.mark.parametrize(
    "url",
    [
        "",
        "folder",
        "file:folder",
        "file://",
        "file:///",
        "file:///a/../b",
        "file:///a/",
        "file:///a%00b",
        "file://server/folder",
        "nfs://server/folder",
        "file:///a#b",
        "file:///a?size=1",
        "file:///a?capacity=many",
        "file:///a?capacity",
        "file://[bad/a",
    ],
)
def test_nothing_is_made_of_an_odd_url(url: str) -> None:
    """Each of the three kinds refuses it and says what it takes."""
    site = RealSite()
    for make in (site.storage, site.image_store, site.hypervisor):
        with pytest.raises(errors.Invalid) as caught:
            make("1", url)
        assert caught.value.hint
