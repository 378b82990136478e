"""Looks at an image file without trusting it: its size, and whether it is what it claims to be."""

import os

import msgspec

from core.driver_words import Address
from core.model import errors
from core.model.pool_types import DiskFormat
from drivers.failures import translated
from drivers.qemu import qcow2
from drivers.qemu.qcow2 import Origin

SECTOR_BYTES = 512
SUFFIXES = {DiskFormat.QCOW2: ".qcow2", DiskFormat.RAW: ".raw"}
ISO_SUFFIX = ".iso"
DESCRIPTOR_AT = 16 * 2048 + 1
DESCRIPTORS = (b"CD001", b"BEA01")
"""How the first volume descriptor of an ISO 9660 or UDF disc begins."""

SIGNATURES: tuple[tuple[int, bytes, str], ...] = (
    (0, qcow2.MAGIC, "a qcow image"),
    (0, b"KDMV", "a VMDK image"),
    (0, b"COWD", "a VMDK image"),
    (0, b"# Disk DescriptorFile", "a VMDK descriptor"),
    (0, b"conectix", "a VHD image"),
    (0, b"cxsparse", "a VHD image"),
    (0, b"vhdxfile", "a VHDX image"),
    (0, b"QED\0", "a QED image"),
    (0x40, b"\x7f\x10\xda\xbe", "a VDI image"),
    (0, b"LUKS\xba\xbe", "an encrypted disk"),
    (0, b"WithoutFreeSpace", "a Parallels image"),
    (0, b"WithouFreSpacExt", "a Parallels image"),
    (0, b"Bochs Virtual HD Image", "a Bochs image"),
    (0, b"#!", "a script"),
    (0, b"\x1f\x8b", "a gzip file"),
    (0, b"BZh", "a bzip2 file"),
    (0, b"\xfd7zXZ\0", "an xz file"),
    (0, b"\x28\xb5\x2f\xfd", "a zstd file"),
    (0, b"PK\x03\x04", "a zip file"),
    (257, b"ustar", "a tar or OVA file"),
)


class Image(msgspec.Struct, frozen=True, kw_only=True):
    """What an image file holds: `size_bytes` for the guest, `physical_bytes` on the storage.

    `dirty`: it says that it is open, or was not closed well.
    """

    size_bytes: int
    physical_bytes: int
    format: DiskFormat
    snapshots: tuple[str, ...] = ()
    dirty: bool = False


def require_format(format: DiskFormat, subject: str) -> None:
    """Raises Unsupported for a format that KVM cannot run from."""
    if format not in SUFFIXES:
        hint = "KVM takes QCOW2 and RAW: convert the image to one of them"
        raise errors.Unsupported(f"{format} images are not for KVM", object=subject, hint=hint)


def require_image(format: DiskFormat, subject: str) -> None:
    """Raises Unsupported for a format of which KVM uses no images, neither of disks nor discs."""
    if format is not DiskFormat.ISO:
        require_format(format, subject)


def inspect(
    descriptor: int, format: DiskFormat, subject: str, origin: Origin = Origin.OURS
) -> Image:
    """What the open file holds if it is an image of `format`; blocks.

    Raises Invalid when it is not, or when it is one that drivers.qemu.qcow2 refuses.
    """
    require_image(format, subject)
    status = os.fstat(descriptor)
    snapshots: tuple[str, ...] = ()
    dirty = False
    if format is DiskFormat.QCOW2:
        header = qcow2.read_header(descriptor, subject, origin)
        size_bytes, snapshots, dirty = header.size_bytes, header.snapshots, header.dirty
    else:
        size_bytes = status.st_size
        if format is DiskFormat.ISO:
            _require_disc(descriptor, size_bytes, subject)
        elif origin is Origin.STRANGE:
            _require_raw(descriptor, size_bytes, subject)
    return Image(
        size_bytes=size_bytes,
        physical_bytes=status.st_blocks * SECTOR_BYTES,
        format=format,
        snapshots=snapshots,
        dirty=dirty,
    )


def recognized(descriptor: int, subject: str) -> Image:
    """What a strange file holds: QCOW2 if it begins so, else RAW. Raises Invalid."""
    begins = os.pread(descriptor, len(qcow2.MAGIC), 0)
    format = DiskFormat.QCOW2 if begins == qcow2.MAGIC else DiskFormat.RAW
    return inspect(descriptor, format, subject, Origin.STRANGE)


def look(address: Address) -> Image:
    """What is at a file's address; blocks. Raises NotFound, Unsupported (not a file), Invalid."""
    subject = f"file/{address.location}"
    if address.protocol != "file":
        hint = "copy it through a host that reaches it"
        raise errors.Unsupported(f"no file: {address.protocol}", object=subject, hint=hint)
    flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
    with translated(subject):
        descriptor = os.open(address.location, flags)
        try:
            found = inspect(descriptor, address.format, subject)
        finally:
            os.close(descriptor)
    if address.snapshot and address.snapshot not in found.snapshots:
        hint = "list the disk's snapshots"
        raise errors.NotFound(f"no snapshot {address.snapshot}", object=subject, hint=hint)
    return found


def _require_disc(descriptor: int, size_bytes: int, subject: str) -> None:
    """Raises Invalid when the file is no whole disc."""
    found = os.pread(descriptor, max(map(len, DESCRIPTORS)), DESCRIPTOR_AT)
    if found not in DESCRIPTORS or size_bytes % SECTOR_BYTES:
        hint = "register it as what it is, or fetch it again"
        raise errors.Invalid("it is no ISO", object=subject, hint=hint)


def _require_raw(descriptor: int, size_bytes: int, subject: str) -> None:
    """Raises Invalid when a strange file given as raw is something else, or is no whole disk."""
    head = os.pread(descriptor, SECTOR_BYTES, 0)
    for offset, signature, kind in SIGNATURES:
        if head.startswith(signature, offset):
            hint = "give the format that it really has, or convert it"
            raise errors.Invalid(f"it is {kind}, not a raw disk", object=subject, hint=hint)
    if not size_bytes or size_bytes % SECTOR_BYTES:
        message = f"{size_bytes} bytes are no whole number of sectors"
        hint = "a raw image is a multiple of 512 bytes long: fetch it again"
        raise errors.Invalid(message, object=subject, hint=hint)
