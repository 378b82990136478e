"""Image files are looked at before anything trusts them."""

import os
from pathlib import Path

import pytest

from core.driver_words import Address
from core.model import errors
from core.model.pool_types import DiskFormat
from drivers.qemu import image
from drivers.qemu.qcow2 import Origin
from tests.drivers.bench import QCOW2, RAW


def inspected(path: Path, format: DiskFormat, origin: Origin = Origin.STRANGE) -> image.Image:
    """What is found in a file."""
    with path.open("rb") as file:
        return image.inspect(file.fileno(), format, "image", origin)


@pytest.mark.parametrize(
    ("offset", "signature"), [(row[0], row[1]) for row in image.SIGNATURES], ids=str
)
def test_a_stranger_cannot_pass_another_format_as_raw(
    tmp_path: Path, offset: int, signature: bytes
) -> None:
    """But what a guest of ours wrote on its disk is its own affair."""
    path = tmp_path / "image"
    path.write_bytes((bytes(offset) + signature).ljust(1024, b"\0"))
    with pytest.raises(errors.Invalid):
        inspected(path, RAW)
    assert inspected(path, RAW, Origin.OURS).size_bytes == 1024


@pytest.mark.parametrize("size_bytes", [0, 511, 1000])
def test_a_strange_raw_image_has_whole_sectors(tmp_path: Path, size_bytes: int) -> None:
    """One that has not was cut short."""
    path = tmp_path / "image"
    path.write_bytes(bytes(size_bytes))
    with pytest.raises(errors.Invalid):
        inspected(path, RAW)


def test_a_raw_image_takes_the_room_that_it_takes(tmp_path: Path) -> None:
    """Holes are not counted."""
    path = tmp_path / "image"
    path.touch()
    os.truncate(path, 1 << 30)
    assert inspected(path, RAW) == image.Image(size_bytes=1 << 30, physical_bytes=0, format=RAW)


@pytest.mark.parametrize("descriptor", [b"CD001", b"BEA01"])
def test_a_disc_is_known_by_its_first_descriptor(tmp_path: Path, descriptor: bytes) -> None:
    """Of ISO 9660 or of UDF."""
    path = tmp_path / "image"
    path.write_bytes((bytes(image.DESCRIPTOR_AT) + descriptor).ljust(65536, b"\0"))
    assert inspected(path, DiskFormat.ISO).size_bytes == 65536


@pytest.mark.parametrize(
    "content", [bytes(65536), b"", bytes(image.DESCRIPTOR_AT) + b"CD001"], ids=len
)
def test_what_is_no_whole_disc_is_refused(tmp_path: Path, content: bytes) -> None:
    """No descriptor, nothing at all, or an end within a sector."""
    path = tmp_path / "image"
    path.write_bytes(content)
    with pytest.raises(errors.Invalid):
        inspected(path, DiskFormat.ISO)


@pytest.mark.parametrize("format", [DiskFormat.VHD, DiskFormat.VMDK, DiskFormat.OVA])
def test_formats_of_other_hypervisors_are_unsupported(tmp_path: Path, format: DiskFormat) -> None:
    """KVM runs from two."""
    path = tmp_path / "image"
    path.write_bytes(bytes(512))
    with pytest.raises(errors.Unsupported):
        inspected(path, format)


def test_an_address_must_lead_to_a_file(tmp_path: Path) -> None:
    """Not to nothing, to a link, to a snapshot that is not there, or to the network."""
    path = tmp_path / "image"
    path.write_bytes(bytes(512))
    (tmp_path / "link").symlink_to(path)
    refused = (
        (Address(protocol="file", location=f"{tmp_path}/none", format=RAW), errors.NotFound),
        (Address(protocol="file", location=f"{tmp_path}/link", format=RAW), errors.Invalid),
        (
            Address(protocol="file", location=str(path), format=RAW, snapshot="none"),
            errors.NotFound,
        ),
        (Address(protocol="nbd", location="nbd://host/disk", format=QCOW2), errors.Unsupported),
    )
    for address, error in refused:
        with pytest.raises(error):
            image.look(address)
