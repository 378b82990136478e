"""A simulated zone: the embedded site file, and an auditor that looks at its disks at the end."""

from pathlib import Path
from random import Random
from typing import Final

from core.model.errors import Integrity
from core.trio_runtime import TrioRuntime
from server.config import EMBEDDED, load
from server.failures import unwrapped
from server.simulated_site import WORLD, WorldFile
from sim.auditor import WRONG, held, strange_blocks, told
from sim.site import SimulatedSite
from sim.spec import MIB
from sim.world import World

ABOUT: Final = (
    "Four KVM hosts with NFS, Ceph and local storage, simulated; the server, its journal and its "
    "API are the real ones, and so is the kill -9."
)
DATA: Final = "data"
"""The server's data directory in the demo's folder."""


def is_possible() -> bool:
    """It always is."""
    return True


def prepare(folder: Path) -> Path:
    """Write the site file; answers where it is."""
    site = folder / "site.toml"
    site.write_text(EMBEDDED.read_text())
    return site


async def check(folder: Path, vm_id: str, volume_id: str) -> str:
    """Compare what the guest was told is written with what is on the disk. Raises Integrity."""
    del vm_id
    # At moment 0 no guest writes on: the world is looked at as it was when it was saved.
    runtime = TrioRuntime(start_s=0.0)
    spec = load(folder / "site.toml").world
    with unwrapped():
        async with SimulatedSite.open(runtime, spec, Random(0)) as site:
            WorldFile(site.world, folder / DATA / WORLD).load()
            return _judge(site.world, volume_id)


def _judge(world: World, volume_id: str) -> str:
    homes = held(world, volume_id)
    if not homes:
        raise _wrong(volume_id, "the volume has no disk")
    if len(homes) > 1:
        there = ", ".join(home.pool for home in homes)
        raise _wrong(volume_id, f"the volume has {len(homes)} disks: {there}")
    home, number = homes[0], told(world, volume_id)
    if home.number == WRONG:
        raise _wrong(volume_id, "some writes are missing, torn or out of their time")
    if home.number != number:
        raise _wrong(
            volume_id,
            f"the guest was told that {number} writes are done, the disk has {home.number}",
        )
    template = next(iter(world.templates.values()))
    disk = world.pools[home.pool].disks[volume_id]
    if strange := strange_blocks(disk.content, template.content):
        raise _wrong(volume_id, f"{len(strange)} blocks differ from the template and all writes")
    size = template.content.written_bytes // MIB
    return f"{number} acknowledged writes over {size} MiB of the template, none wrong"


def _wrong(volume_id: str, message: str) -> Integrity:
    return Integrity(message, object=f"volume/{volume_id}", hint="look at the server's log")


def clean_up(folder: Path) -> None:
    """Nothing of a simulated zone outlives its server but files."""
    del folder
