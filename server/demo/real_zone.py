"""A real zone in a temporary folder: one QEMU host, two folders as pools, one as image store."""

import os
import shutil
import signal
from contextlib import suppress
from pathlib import Path
from random import Random
from typing import Final

from core.model.errors import Integrity
from drivers.guest import SECTOR_BYTES, SLOTS, boot_image, last_acknowledged, last_write
from drivers.process import run

IMAGE: Final = "writer.raw"
CHUNK_BYTES: Final = 1 << 20
BOOT_BYTES: Final = 2 * CHUNK_BYTES
"""The guest, and room for what it writes to its root disk while it has no other."""
DATA_BYTES: Final = 384 * CHUNK_BYTES
"""Bytes behind it that don't compress and that nobody writes to."""
ABOUT: Final = "One host with QEMU, and folders for storage: a real machine, and real bytes."
ZONE: Final = """\
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
    """Make the folders and the guest's image, the same in every run; answers the site file."""
    for name in ("run", "pool1", "pool2", "images"):
        (folder / name).mkdir()
    with (folder / IMAGE).open("wb") as image:
        image.write(boot_image(size_bytes=BOOT_BYTES))
        random = Random(1)
        for _ in range(DATA_BYTES // CHUNK_BYTES):
            image.write(random.randbytes(CHUNK_BYTES))
    site = folder / "site.toml"
    site.write_text(ZONE.format(folder=folder, capacity=64 << 30))
    return site


async def check(folder: Path, vm_id: str, volume_id: str) -> str:
    """Compare what the guest was told is written with what is on the disk. Raises Integrity."""
    told = last_acknowledged((folder / "run" / vm_id / "serial.log").read_bytes())
    home = _home(folder, volume_id)
    raw = folder / "volume.raw"
    await run(
        ["qemu-img", "convert", "-f", "qcow2", "-O", "raw", str(home), str(raw)],
        subject=f"volume/{volume_id}",
    )
    with raw.open("rb") as disk, (folder / IMAGE).open("rb") as image:
        found = _last_write(disk.read(SLOTS * SECTOR_BYTES), image.read(SECTOR_BYTES))
        if not told <= found <= told + 1:
            message = f"the guest was told that {told} writes are done, the disk has {found}"
            raise _wrong(volume_id, message)
        for place in range(BOOT_BYTES, BOOT_BYTES + DATA_BYTES, CHUNK_BYTES):
            disk.seek(place)
            image.seek(place)
            if disk.read(CHUNK_BYTES) != image.read(CHUNK_BYTES):
                raise _wrong(volume_id, f"it differs from its template after byte {place}")
    size = DATA_BYTES // CHUNK_BYTES
    return f"{told} acknowledged writes over {size} MiB of the template, none wrong"


def _home(folder: Path, volume_id: str) -> Path:
    homes = [*folder.glob(f"pool?/{volume_id}.*")]
    if len(homes) != 1:
        there = ", ".join(map(str, homes))
        raise _wrong(volume_id, f"the volume has {len(homes)} disks: {there}")
    return homes[0]


def _last_write(area: bytes, boot_sector: bytes) -> int:
    """The last write on the volume, which begins as a copy of the root disk that was booted."""
    if area.startswith(boot_sector):
        area = bytes(SECTOR_BYTES) + area[SECTOR_BYTES:]
    return last_write(area)


def _wrong(volume_id: str, message: str) -> Integrity:
    return Integrity(message, object=f"volume/{volume_id}", hint="look at the server's log")


def clean_up(folder: Path) -> None:
    """Stop guests that the story left running, as it may when it failed."""
    for file in folder.glob("run/*/pid"):
        with suppress(ProcessLookupError, ValueError):
            os.kill(int(file.read_text()), signal.SIGKILL)
