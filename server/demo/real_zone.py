"""A real zone in a temporary folder: one QEMU host, two folders as pools, one as image store."""

import os
import shutil
import signal
from contextlib import suppress
from pathlib import Path
from random import Random

from core.model.errors import Integrity
from drivers.guest import SECTOR_BYTES, SLOTS, boot_image, last_acknowledged, last_write
from drivers.process import run

DATA_BYTES = 384 << 20
ZONE = """\
kind = "real"
[downloads]
folders = ["{folder}"]
[zone]
name = "real"
[[pods]]
name = "pod1"
[[clusters]]
name = "cluster1"
pod = "pod1"
[[hosts]]
name = "host1"
cluster = "cluster1"
url = "qemu://{folder}/run?powerdown=0.2"
[[pools]]
name = "pool1"
cluster = "cluster1"
url = "sharedmountpoint://{folder}/pool1?capacity={capacity}"
[[pools]]
name = "pool2"
cluster = "cluster1"
url = "sharedmountpoint://{folder}/pool2?capacity={capacity}"
[[image_stores]]
name = "images"
url = "file://{folder}/images?capacity={capacity}"
[[disk_offerings]]
name = "small"
disksize = 1
[[service_offerings]]
name = "tiny"
memory = 64
[[templates]]
name = "writer"
url = "file://{folder}/writer.raw"
format = "RAW"
hypervisor = "KVM"
"""


def is_possible() -> bool:
    """Whether QEMU is installed."""
    return all(shutil.which(name) for name in ("qemu-img", "qemu-system-x86_64"))


def prepare(folder: Path) -> Path:
    """Make the folders and the guest's image; answers the site file."""
    for name in ("run", "pool1", "pool2", "images"):
        (folder / name).mkdir()
    (folder / "writer.raw").write_bytes(boot_image() + _bytes(DATA_BYTES))
    site = folder / "site.toml"
    site.write_text(ZONE.format(folder=folder, capacity=64 << 30))
    return site


def _bytes(size_bytes: int) -> bytes:
    """Bytes that don't compress, the same in every run."""
    random = Random(1)
    return b"".join(random.randbytes(1 << 20) for _ in range(size_bytes >> 20))


async def check(folder: Path, vm_id: str, volume_id: str) -> str:
    """Compare what the guest was told is written with what is on the disk. Raises Integrity."""
    told = last_acknowledged((folder / "run" / vm_id / "serial.log").read_bytes())
    homes = [*folder.glob(f"pool?/{volume_id}.*")]
    if len(homes) != 1:
        raise Integrity(
            f"the volume has {len(homes)} disks: {', '.join(map(str, homes))}",
            object=f"volume/{volume_id}",
            hint="one pool must have it",
        )
    raw = folder / "volume.raw"
    await run(
        ["qemu-img", "convert", "-f", "qcow2", "-O", "raw", str(homes[0]), str(raw)],
        subject=f"volume/{volume_id}",
    )
    disk = raw.read_bytes()
    found = last_write(disk[: SLOTS * SECTOR_BYTES])
    if not told <= found <= told + 1:
        raise Integrity(
            f"the guest was told that {told} writes are done, the disk has {found}",
            object=f"volume/{volume_id}",
            hint="look at the server's log",
        )
    rest = (folder / "writer.raw").read_bytes()[SLOTS * SECTOR_BYTES :]
    if disk[SLOTS * SECTOR_BYTES :][: len(rest)] != rest:
        raise Integrity(
            "the volume differs from the template that it was made of",
            object=f"volume/{volume_id}",
            hint="look at the server's log",
        )
    return f"{told} acknowledged writes and {len(rest) >> 20} MiB of the template, none wrong"


def clean_up(folder: Path) -> None:
    """Stop guests that the story left running, as it may when it failed."""
    for file in folder.glob("run/*/pid"):
        with suppress(ProcessLookupError, ValueError):
            os.kill(int(file.read_text()), signal.SIGKILL)
