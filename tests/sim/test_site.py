"""URLs of a simulated site, and that one seed gives one site's life."""

from collections.abc import Callable

import pytest
from msgspec.structs import replace

from core.driver_words import DiskSpec
from core.model import errors
from sim.spec import MIB
from sim.virtual.run import run_kernel, run_trio
from tests.sim.small_site import DISK_BYTES, QCOW2, SMALL, Small, play, silent


def test_a_url_names_a_thing_of_the_world() -> None:
    """By its host part or, where that names none, by the last part of its path."""

    async def body(small: Small) -> None:
        site = small.site
        assert (await site.hypervisor("a", "sim://h1").probe()).cpus == 64
        for url in ("nfs://nfs/1", "nfs:///mnt/nfs", "nfs:///mnt/nfs/", "nfs://server/a/nfs"):
            address = site.storage("b", url).address("disk")
            assert address == site.storage("c", "nfs://nfs").address("disk")
        assert (await site.image_store("d", "nfs://s1/export").probe()).used_bytes == 0

    play(body)


@pytest.mark.parametrize("url", ["sim://h9", "ssh://h1", "h1", "", "sim://[", "sim://"])
def test_a_url_of_no_host_is_refused(url: str) -> None:
    """The hint names some that there are."""

    async def body(small: Small) -> None:
        with pytest.raises(errors.Invalid) as caught:
            small.site.hypervisor("a", url)
        assert caught.value.object == "host/a"
        assert caught.value.hint

    play(body)


@pytest.mark.parametrize("url", ["rbd://nfs", "nfs://rbd/pool", "nfs://nothing/export"])
def test_a_url_of_another_type_of_pool_is_refused(url: str) -> None:
    """A pool's scheme must be one of its type's."""

    async def body(small: Small) -> None:
        with pytest.raises(errors.Invalid):
            small.site.storage("a", url)

    play(body)


def life(seed: int, run: Callable[..., None] = run_kernel) -> list[float]:
    """When some calls on a site with realistic times ended."""
    ends_s: list[float] = []

    async def body(small: Small) -> None:
        disk = DiskSpec(name="disk", size_bytes=DISK_BYTES, format=QCOW2)
        await small.pool().create_disk("op", disk, None, silent)
        small.world.fill(small.world.pools["nfs"].disks["disk"].content, 4 * MIB)
        async with small.runtime.nursery() as nursery:
            for number in range(10):
                nursery.start_soon(copy, small, f"copy{number}")

    async def copy(small: Small, name: str) -> None:
        disk = DiskSpec(name=name, size_bytes=DISK_BYTES, format=QCOW2)
        await small.pool("nfs2").create_disk("op", disk, small.pool().address("disk"), silent)
        ends_s.append(small.runtime.now())

    play(body, spec=replace(SMALL, timing="realistic"), seed=seed, run=run)
    return ends_s


def test_one_seed_gives_one_life() -> None:
    """On the kernel as on trio; another seed gives another."""
    assert life(1) == life(1) == life(1, run_trio)
    assert life(1) != life(2)
