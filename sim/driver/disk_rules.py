"""What a simulated pool refuses to do with a disk, and in which words."""

from core.driver_words import DiskInfo, DiskSpec
from core.model import errors
from sim.disk.content import Content
from sim.disk.disk import Disk
from sim.world import Pool


def require_closed(disk: Disk, subject: str) -> None:
    """Raise Busy while a guest or a copy has it open."""
    if disk.open_by or disk.readers:
        raise errors.Busy(
            f"the disk is open in {disk.open_by or 'a copy'}",
            object=subject,
            hint="detach it or stop the VM, or wait for the copy",
        )


def require_same(existing: Disk, wanted: DiskSpec, subject: str) -> DiskInfo:
    """The disk as it is. Raises Conflict when it is not what is wanted."""
    if (existing.size_bytes, existing.format) != (wanted.size_bytes, wanted.format):
        raise errors.Conflict(
            f"a disk of {existing.size_bytes} bytes, {existing.format}, has that name",
            object=subject,
            hint="remove it, or use another name",
        )
    return existing.info()


def require_larger(disk: DiskSpec, content: Content, subject: str) -> None:
    """Raise Invalid when the content does not fit into the disk."""
    if content.size_bytes > disk.size_bytes:
        raise errors.Invalid(
            f"the source has {content.size_bytes} bytes, the disk {disk.size_bytes}",
            object=subject,
            hint="make the disk at least as large as its source",
        )


def require_possible(pool: Pool, disk: DiskSpec, subject: str) -> None:
    """Raise Unsupported for a format that the pool does not keep, Invalid without a size."""
    if disk.format not in pool.row.formats:
        known = ", ".join(pool.row.formats)
        raise errors.Unsupported(
            f"{pool.type} keeps no {disk.format} disks",
            object=subject,
            hint=f"it keeps {known}",
        )
    if disk.size_bytes <= 0:
        raise errors.Invalid("a disk needs a size", object=subject, hint="ask for one sector")


def require_alone(disk: Disk, subject: str) -> None:
    """Raise Invalid when the disk is more than one disk."""
    if disk.snapshots:
        raise errors.Invalid(
            "it has snapshots inside", object=subject, hint="copy it to an image without snapshots"
        )


def require_free(taken: bool, subject: str) -> None:
    """Raise Conflict when the name is another disk's."""
    if taken:
        raise errors.Conflict(
            "a disk has that name", object=subject, hint="remove or rename it first"
        )
