"""The header inspector refuses every image that could lead QEMU astray."""

import os
import struct
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from core.model import errors
from drivers.qemu import qcow2
from drivers.qemu.qcow2 import Header, Origin
from tests.drivers.bench import call

CLUSTER_BYTES = 1 << 16
SIZE_BYTES = 1 << 30


def image(
    *,
    version: int = 3,
    backing: tuple[int, int] = (0, 0),
    cluster_bits: int = 16,
    size_bytes: int = SIZE_BYTES,
    encryption: int = 0,
    l1: tuple[int, int] = (2, 3 * CLUSTER_BYTES),
    refcount: tuple[int, int] = (CLUSTER_BYTES, 1),
    snapshots: tuple[int, int] = (0, 0),
    incompatible: int = 0,
    refcount_order: int = 4,
    header_bytes: int = 104,
    extensions: bytes = b"",
    clusters: int = 4,
) -> bytes:
    """An image's bytes, sound but for what is given."""
    fixed = (qcow2.MAGIC, version, *backing, cluster_bits, size_bytes, encryption)
    tables = (*l1, *refcount, *snapshots)
    features = (incompatible, 0, 0, refcount_order, header_bytes)
    head = qcow2.FIXED.pack(*fixed, *tables)
    if version >= 3:
        head += qcow2.FEATURES.pack(*features)
    return (head + extensions).ljust(clusters * CLUSTER_BYTES, b"\0")


def extension(kind: int, data: bytes = b"x") -> bytes:
    """A header extension."""
    return struct.pack(">II", kind, len(data)) + data.ljust((len(data) + 7) // 8 * 8, b"\0")


@pytest.fixture
def read(tmp_path: Path) -> Callable[[bytes, Origin], Header]:
    """Writes bytes to a file and reads its header."""

    def read(content: bytes, origin: Origin) -> Header:
        path = tmp_path / "image"
        path.write_bytes(content)
        descriptor = os.open(path, os.O_RDONLY)
        try:
            return qcow2.read_header(descriptor, "image", origin)
        finally:
            os.close(descriptor)

    return read


Read = Callable[[bytes, Origin], Header]

DANGEROUS = {
    "not qcow2": b"\0" * CLUSTER_BYTES,
    "empty": b"",
    "half a header": image()[:80],
    "unknown version": image(version=4),
    "backing file": image(backing=(512, 11)),
    "backing file without a name": image(backing=(512, 0)),
    "backing name without an offset": image(backing=(0, 11)),
    "backing file in version 2": image(version=2, backing=(512, 11)),
    "encryption": image(encryption=1),
    "LUKS": image(encryption=2),
    "external data file": image(incompatible=1 << 2),
    "corrupt": image(incompatible=1 << 1),
    "unknown feature": image(incompatible=1 << 5),
    "far unknown feature": image(incompatible=1 << 63),
    "tiny clusters": image(cluster_bits=8),
    "huge clusters": image(cluster_bits=22),
    "no size": image(size_bytes=0),
    "absurd size": image(size_bytes=1 << 62, l1=(1 << 22, 3 * CLUSTER_BYTES)),
    "short first-level table": image(l1=(1, 3 * CLUSTER_BYTES)),
    "first-level table beyond the end": image(l1=(2, 100 * CLUSTER_BYTES)),
    "first-level table askew": image(l1=(2, 3 * CLUSTER_BYTES + 8)),
    "endless first-level table": image(l1=(0xFFFFFFFF, 3 * CLUSTER_BYTES)),
    "no refcounts": image(refcount=(0, 0)),
    "endless refcounts": image(refcount=(CLUSTER_BYTES, 0xFFFFFFFF)),
    "wide refcounts": image(refcount_order=7),
    "long header": image(header_bytes=1 << 20),
    "odd header": image(header_bytes=105),
    "short header": image(header_bytes=72),
    "backing format": image(extensions=extension(0xE2792ACA, b"raw")),
    "data file name": image(extensions=extension(0x44415441, b"/etc/shadow")),
    "encryption header": image(extensions=extension(0x0537BE77, b"\0" * 16)),
    "endless extension": image(extensions=struct.pack(">II", 0x6803F857, 0xFFFFFFF0)),
    "countless extensions": image(extensions=extension(1) * 100),
    "absurd snapshots": image(snapshots=(70000, CLUSTER_BYTES)),
    "snapshots beyond the end": image(snapshots=(1, 100 * CLUSTER_BYTES)),
}


@pytest.mark.parametrize("content", DANGEROUS.values(), ids=DANGEROUS)
def test_a_dangerous_image_is_refused(read: Read, content: bytes) -> None:
    """Whoever made it."""
    for origin in Origin:
        with pytest.raises(errors.Invalid):
            read(content, origin)


@pytest.mark.parametrize(
    "content",
    [image(incompatible=1), image(snapshots=(1, CLUSTER_BYTES))],
    ids=["not closed well", "internal snapshot"],
)
def test_a_stranger_must_bring_a_plain_image(read: Read, content: bytes) -> None:
    """Our own disks may be open, and may hold snapshots."""
    assert read(content, Origin.OURS).size_bytes == SIZE_BYTES
    with pytest.raises(errors.Invalid):
        read(content, Origin.STRANGE)


def test_sound_images_of_both_versions_are_accepted(read: Read) -> None:
    """With harmless extensions too."""
    names = extension(0x6803F857, b"feature names")
    for content in (image(), image(version=2), image(extensions=names), image(incompatible=8)):
        assert read(content, Origin.STRANGE).size_bytes == SIZE_BYTES


@settings(max_examples=300, deadline=None)
@given(position=some.integers(0, 200), junk=some.binary(min_size=1, max_size=16))
def test_a_damaged_header_is_read_or_refused(position: int, junk: bytes) -> None:
    """No damage whatever makes the inspector itself fail."""
    content = bytearray(image(extensions=extension(1), snapshots=(1, CLUSTER_BYTES)))
    content[position : position + len(junk)] = junk
    descriptor = os.memfd_create("image")
    try:
        os.write(descriptor, content)
        qcow2.read_header(descriptor, "image")
    except errors.Invalid:
        return
    finally:
        os.close(descriptor)


@pytest.mark.qemu
@pytest.mark.parametrize(
    "options",
    ["compat=0.10", "compat=1.1", "extended_l2=on", "compression_type=zstd", "cluster_size=512"],
)
def test_what_qemu_makes_is_read_right(tmp_path: Path, options: str) -> None:
    """All layouts that qemu-img makes, and their snapshots, are understood."""
    path = tmp_path / "image"
    call("qemu-img", "create", "-q", "-f", "qcow2", "-o", options, str(path), "5M")
    call("qemu-img", "snapshot", "-c", "first", str(path))
    call("qemu-img", "snapshot", "-c", "the second", str(path))
    with path.open("rb") as file:
        header = qcow2.read_header(file.fileno(), "image")
    assert (header.size_bytes, header.snapshots) == (5 << 20, ("first", "the second"))


@pytest.mark.qemu
def test_what_qemu_makes_of_secrets_is_refused(tmp_path: Path) -> None:
    """An image that QEMU itself made to refer to another file does not pass."""
    secret = tmp_path / "secret"
    secret.write_bytes(b"secret" * 1000)
    path = tmp_path / "image"
    backing = ("-F", "raw", "-b", str(secret))
    call("qemu-img", "create", "-q", "-f", "qcow2", *backing, str(path), "1M")
    with path.open("rb") as file, pytest.raises(errors.Invalid, match="backing file"):
        qcow2.read_header(file.fileno(), "image")
