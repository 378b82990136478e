"""Looks at image files with QEMU's own tools, as no driver may: also at disks that are in use."""

import subprocess
from pathlib import Path

import msgspec

from core.model.errors import Integrity
from drivers.guest import SECTOR_BYTES, last_write

CHUNK_BYTES = 1 << 20
LEAKED = 3


class InternalSnapshot(msgspec.Struct, frozen=True, kw_only=True):
    """A snapshot inside a qcow2 file."""

    name: str


class Facts(msgspec.Struct, frozen=True, kw_only=True, rename="kebab"):
    """What `qemu-img info` says of an image."""

    virtual_size: int
    format: str
    snapshots: tuple[InternalSnapshot, ...] = ()


def facts(path: Path) -> Facts:
    """The image as its header says."""
    return msgspec.json.decode(_output("info", "-U", "--output=json", str(path)), type=Facts)


def damage(path: Path, *, may_leak: bool) -> str:
    """What `qemu-img check` finds wrong with an image that nobody has open; empty for a sound one.

    After its writer was killed an image may leak: clusters are taken that nobody uses.
    """
    command = ("qemu-img", "check", "-q", "-f", "qcow2", str(path))
    ended = subprocess.run(command, capture_output=True, text=True, check=False)
    if ended.returncode == 0 or (may_leak and ended.returncode == LEAKED):
        return ""
    return f"{path.name}: {ended.stdout}{ended.stderr}"


def write_number(path: Path, image: bytes) -> int:
    """The guest's last write on a disk, or copy of one, that was made from `image` at first.

    Raises Integrity unless it is the disk at one moment and the rest of the image is untouched.
    """
    raw = path.parent.parent / "content.raw"
    count = len(image) // CHUNK_BYTES
    size = (f"bs={CHUNK_BYTES}", f"count={count}")
    _output("dd", "-f", "qcow2", "-O", "raw", *size, f"if={path}", f"of={raw}")
    content = raw.read_bytes()
    raw.unlink()
    filler = image[2 * CHUNK_BYTES :]
    if content[2 * CHUNK_BYTES :] != filler:
        raise Integrity("bytes that nobody wrote to have changed", object=f"file/{path}", hint="")
    boot_sector = image[:SECTOR_BYTES]
    if content.startswith(boot_sector):
        content = bytes(SECTOR_BYTES) + content[SECTOR_BYTES:]
    return last_write(content)


def _output(*arguments: str) -> bytes:
    return subprocess.run(("qemu-img", *arguments), check=True, stdout=subprocess.PIPE).stdout
