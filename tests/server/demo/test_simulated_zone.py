"""The judge at the end of the demo: it sees what is wrong, and says what is right."""

from collections.abc import Callable
from pathlib import Path
from random import Random

import pytest

from core.driver_words import AttachedDisk, DiskSpec, VmSpec
from core.model.errors import Integrity
from core.model.pool_types import DiskFormat
from core.runtime import Runtime
from server.config import load
from server.demo.simulated_zone import DATA, check, prepare
from server.simulated_site import WORLD
from sim.disk.content import Blocks
from sim.disk.disk import Disk
from sim.saved.saved import save
from sim.site import SimulatedSite
from sim.virtual.run import run_kernel
from sim.world import World

pytestmark = pytest.mark.anyio
SIZE_BYTES = 6 << 30
QCOW2 = DiskFormat.QCOW2


def silent(_done_bytes: int, _total_bytes: int) -> None:
    """A Progress for who does not look."""


def written(folder: Path, spoil: Callable[[World, Disk], None]) -> None:
    """Leave what a server leaves whose guest has written for 5 s to a copy of the template."""
    site = load(prepare(folder))

    async def main(runtime: Runtime) -> bytes:
        async with SimulatedSite.open(runtime, site.world, Random(site.seed)) as simulated:
            store = simulated.image_store("s", "nfs://images1/export")
            await store.fetch(
                "op",
                "linux",
                "sim://templates/linux",
                format=QCOW2,
                checksum="",
                size_limit_bytes=SIZE_BYTES,
                progress=silent,
            )
            pool = simulated.storage("p", "nfs://nfs1/export")
            disk = DiskSpec(name="volume", size_bytes=SIZE_BYTES, format=QCOW2)
            await pool.create_disk("op", disk, store.address("linux"), silent)
            slot = AttachedDisk(
                device_id=0, name="volume", address=pool.address("volume"), size_bytes=SIZE_BYTES
            )
            vm = VmSpec(vm_id="vm", name="vm", cpus=1, memory_bytes=1 << 20, disks=(slot,))
            host = simulated.hypervisor("h", "sim://host1")
            await host.start_vm("op", vm)
            await runtime.sleep(5.0)
            await host.stop_vm("op", "vm", forced=True)
            spoil(simulated.world, simulated.world.pools["nfs1"].disks["volume"])
            return save(simulated.world)

    (folder / DATA).mkdir()
    (folder / DATA / WORLD).write_bytes(run_kernel(main))


def blocks(disk: Disk) -> Blocks:
    """What is on the disk."""
    assert isinstance(disk.content, Blocks)
    return disk.content


async def test_a_whole_volume_is_told_with_its_figures(tmp_path: Path) -> None:
    """So many writes over so many bytes of the template."""
    written(tmp_path, lambda _world, _disk: None)
    verdict = await check(tmp_path, "vm", "volume")
    number, rest = verdict.split(" ", 1)
    assert int(number) > 90
    assert rest == "acknowledged writes over 1024 MiB of the template, none wrong"


def lose_the_last(_world: World, disk: Disk) -> None:
    """Take back the newest write."""
    content = blocks(disk)
    content.write(content.place(content.last), 0)
    content.last -= 1


def tear(_world: World, disk: Disk) -> None:
    """Take back one of the middle."""
    content = blocks(disk)
    content.write(content.place(7), 0)


def harm_the_template(_world: World, disk: Disk) -> None:
    """Change what no guest has written."""
    content = blocks(disk)
    ours = {content.place(number) for number in range(1, content.last + 1)}
    content.write(next(block for block in range(1024) if block not in ours), 0)


def leave_two(world: World, disk: Disk) -> None:
    """Leave the source of a move behind."""
    other = world.pools["nfs2"]
    other.disks["volume"] = Disk("volume", QCOW2, disk.content.fork(), other.room, 0.0)


def leave_none(world: World, _disk: Disk) -> None:
    """Leave no disk at all."""
    world.pools["nfs1"].disks.clear()


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (lose_the_last, "the guest was told that"),
        (tear, "missing, torn or out of their time"),
        (harm_the_template, "1 blocks differ"),
        (leave_two, "has 2 disks: nfs1, nfs2"),
        (leave_none, "has no disk"),
    ],
)
async def test_what_is_wrong_is_seen(
    tmp_path: Path, spoil: Callable[[World, Disk], None], said: str
) -> None:
    """A lost write, a torn one, a harmed template, a second copy, no copy."""
    written(tmp_path, spoil)
    with pytest.raises(Integrity, match=said):
        await check(tmp_path, "vm", "volume")
