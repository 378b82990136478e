"""VMware's images on a simulated store: files as they are, an archive when somebody asks."""

from core.driver_words import DiskSpec
from core.model.pool_types import DiskFormat
from tests.sim.small_site import DISK_BYTES, Small, play


def silent(_done_bytes: int, _total_bytes: int) -> None:
    """Nobody looks."""


def test_an_ova_is_packed_only_on_demand() -> None:
    """A metadata file lies beside the disk's; packing takes time and room, the files stay."""

    async def body(small: Small) -> None:
        pool, store = small.pool(), small.site.image_store("s1", "nfs://s1/export")
        spec = DiskSpec(name="disk", size_bytes=DISK_BYTES, format=DiskFormat.OVA)
        await pool.create_disk("make", spec, None, silent)
        disk = small.world.pools["nfs"].disks["disk"]
        small.world.fill(disk.content, 4 << 20)
        disk.settle(small.runtime.now())
        image = await store.store("op", "snap", pool.address("disk"), silent)
        assert image.format is DiskFormat.VMDK
        names = [each.path for each in await store.list_objects("")]
        assert names == ["snap", "snap.ova.meta"]
        used = (await store.probe()).used_bytes
        began_s = small.runtime.now()
        packed = await store.package("op", "snap", "snap.ova", silent)
        assert await store.package("op", "snap", "snap.ova", silent) == packed
        assert packed.format is DiskFormat.OVA
        assert small.runtime.now() - began_s >= 4.0
        assert (await store.probe()).used_bytes == used + 4 * (1 << 20)
        assert await store.inspect("snap") == image

    play(body)
