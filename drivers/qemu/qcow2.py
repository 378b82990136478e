"""Reads the header of a qcow2 image in Python alone, and refuses what must never reach QEMU.

Layout: QEMU's docs/interop/qcow2.txt. Nothing here follows a name found inside an image.
"""

import os
import struct
from enum import StrEnum

import msgspec

from core.model import errors

MAGIC = b"QFI\xfb"
FIXED = struct.Struct(">4sIQIIQIIQQIIQ")
FEATURES = struct.Struct(">QQQII")
EXTENSION = struct.Struct(">II")
SNAPSHOT = struct.Struct(">QIHHIIQII")

INCOMPATIBLE_DIRTY = 1 << 0
INCOMPATIBLE_CORRUPT = 1 << 1
INCOMPATIBLE_DATA_FILE = 1 << 2
INCOMPATIBLE_COMPRESSION = 1 << 3
INCOMPATIBLE_WIDE_ENTRIES = 1 << 4
KNOWN = INCOMPATIBLE_DIRTY | INCOMPATIBLE_COMPRESSION | INCOMPATIBLE_WIDE_ENTRIES

FORBIDDEN_EXTENSIONS = {
    0xE2792ACA: "the format of a backing file",
    0x0537BE77: "an encryption header",
    0x44415441: "the name of an external data file",
}
VERSIONS = (2, 3)
REFCOUNT_ORDER_MAX = 6
CLUSTER_BITS = range(9, 22)
SIZE_MAX_BYTES = 1 << 46
L1_MAX_ENTRIES = (32 << 20) // 8
REFCOUNT_TABLE_MAX_BYTES = 8 << 20
SNAPSHOTS_MAX = 65536
EXTENSIONS_MAX = 64


class Origin(StrEnum):
    """Where an image comes from: made by our own QEMU, or brought in by a stranger."""

    OURS = "ours"
    STRANGE = "strange"


class Header(msgspec.Struct, frozen=True, kw_only=True):
    """What an accepted image says of itself; `snapshots` names its internal snapshots.

    `dirty`: it is open, or was not closed well; only images with lazy refcounts say so.
    """

    version: int
    size_bytes: int
    cluster_bits: int
    snapshots: tuple[str, ...] = ()
    dirty: bool = False


def read_header(descriptor: int, subject: str, origin: Origin = Origin.OURS) -> Header:
    """The header of the image open at `descriptor`; blocks.

    Raises Invalid for an image that is not qcow2, is cut short, refers to another file, is
    encrypted, has a feature that we do not know or an absurd size; for a strange image also when it
    has internal snapshots or was not closed well.
    """
    try:
        return _Reader(descriptor, origin).header()
    except _Refused as refusal:
        hint = "convert it to a plain qcow2 image without a backing file, then bring it in again"
        raise errors.Invalid(f"refused: {refusal}", object=subject, hint=hint) from None


class _Refused(Exception):
    """Why the image is not accepted."""


def _require(fact: object, reason: str) -> None:
    if not fact:
        raise _Refused(reason)


class _Reader:
    """Walks through one header."""

    def __init__(self, descriptor: int, origin: Origin) -> None:
        self._descriptor = descriptor
        self._origin = origin
        self._file_bytes = os.fstat(descriptor).st_size

    def header(self) -> Header:
        (
            magic,
            version,
            backing_offset,
            backing_bytes,
            cluster_bits,
            size_bytes,
            encryption,
            l1_entries,
            l1_offset,
            refcount_offset,
            refcount_clusters,
            snapshots,
            snapshots_offset,
        ) = FIXED.unpack(self._bytes(0, FIXED.size))
        _require(magic == MAGIC, "it is not a qcow2 image")
        _require(version in VERSIONS, f"version {version} is unknown")
        _require(not backing_offset and not backing_bytes, "it has a backing file")
        _require(not encryption, "it is encrypted")
        _require(cluster_bits in CLUSTER_BITS, f"clusters of 2^{cluster_bits} bytes")
        _require(0 < size_bytes <= SIZE_MAX_BYTES, f"a size of {size_bytes} bytes is absurd")
        incompatible = self._check_features(version, cluster_bits)
        wide = incompatible & INCOMPATIBLE_WIDE_ENTRIES
        covered_bits = cluster_bits + cluster_bits - (4 if wide else 3)
        _require(l1_entries <= L1_MAX_ENTRIES, "its first-level table is absurdly long")
        _require(l1_entries << covered_bits >= size_bytes, "its first-level table is too short")
        self._check_table(l1_offset, l1_entries * 8, cluster_bits)
        refcount_bytes = refcount_clusters << cluster_bits
        _require(0 < refcount_bytes <= REFCOUNT_TABLE_MAX_BYTES, "its refcount table is absurd")
        self._check_table(refcount_offset, refcount_bytes, cluster_bits)
        return Header(
            version=version,
            size_bytes=size_bytes,
            cluster_bits=cluster_bits,
            snapshots=self._snapshots(snapshots, snapshots_offset),
            dirty=bool(incompatible & INCOMPATIBLE_DIRTY),
        )

    def _bytes(self, offset: int, length: int) -> bytes:
        _require(offset + length <= self._file_bytes, "it is cut short")
        found = os.pread(self._descriptor, length, offset)
        _require(len(found) == length, "it is cut short")
        return found

    def _check_table(self, offset: int, length: int, cluster_bits: int) -> None:
        _require(offset and offset % (1 << cluster_bits) == 0, "a table lies askew")
        _require(offset + length <= self._file_bytes, "it is cut short")

    def _check_features(self, version: int, cluster_bits: int) -> int:
        """Check what version 3 added; answers the incompatible features."""
        header_bytes = FIXED.size
        incompatible = 0
        if version == VERSIONS[-1]:
            found = self._bytes(FIXED.size, FEATURES.size)
            incompatible, _, _, refcount_order, header_bytes = FEATURES.unpack(found)
            _require(refcount_order <= REFCOUNT_ORDER_MAX, "its refcounts are absurdly wide")
            _require(not incompatible & INCOMPATIBLE_DATA_FILE, "it has an external data file")
            _require(not incompatible & INCOMPATIBLE_CORRUPT, "it is marked as corrupt")
            _require(not incompatible & ~KNOWN, f"feature bits {incompatible:#x} are unknown")
            _require(
                self._origin is Origin.OURS or not incompatible & INCOMPATIBLE_DIRTY,
                "it was not closed well",
            )
            least = FIXED.size + FEATURES.size
            _require(
                least <= header_bytes <= 1 << cluster_bits and header_bytes % 8 == 0,
                f"a header of {header_bytes} bytes is absurd",
            )
        self._check_extensions(header_bytes, 1 << cluster_bits)
        return int(incompatible)

    def _check_extensions(self, offset: int, end: int) -> None:
        for _ in range(EXTENSIONS_MAX):
            if offset + EXTENSION.size > end:
                return
            kind, length = EXTENSION.unpack(self._bytes(offset, EXTENSION.size))
            if kind == 0:
                return
            _require(kind not in FORBIDDEN_EXTENSIONS, f"it has {FORBIDDEN_EXTENSIONS.get(kind)}")
            offset += EXTENSION.size + (length + 7) // 8 * 8
            _require(offset <= end, "a header extension is absurdly long")
        raise _Refused("it has too many header extensions")

    def _snapshots(self, count: int, offset: int) -> tuple[str, ...]:
        _require(count <= SNAPSHOTS_MAX, f"{count} snapshots are absurd")
        _require(self._origin is Origin.OURS or not count, "it has internal snapshots")
        names: list[str] = []
        for _ in range(count):
            fields = SNAPSHOT.unpack(self._bytes(offset, SNAPSHOT.size))
            id_bytes, name_bytes, extra_bytes = fields[2], fields[3], fields[8]
            offset += SNAPSHOT.size + extra_bytes + id_bytes
            names.append(self._bytes(offset, name_bytes).decode(errors="replace"))
            offset = (offset + name_bytes + 7) // 8 * 8
        return tuple(names)
