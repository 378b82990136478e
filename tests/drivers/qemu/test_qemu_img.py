"""qemu-img is called so that no name can become an option, a protocol or another file."""

from pathlib import Path

import pytest

from core.driver_words import Address
from core.model import errors
from drivers.qemu import qemu_img
from tests.drivers.bench import MEBIBYTE, QCOW2, RAW, call, ignore

pytestmark = [pytest.mark.anyio, pytest.mark.qemu]

SIZE_BYTES = 4 * MEBIBYTE
ODD_NAMES = ("plain", "a:b", "nbd:x", "json:{}", "a,b=c", "-f", "a b", "%s", "file:x")


@pytest.mark.parametrize("name", ODD_NAMES)
async def test_odd_names_are_names_of_files(tmp_path: Path, name: str) -> None:
    """Every call takes them as they are."""
    location = f"{tmp_path}/{name}"
    copy = f"{tmp_path}/copy of {name}"
    await qemu_img.create(location, QCOW2, SIZE_BYTES, "disk")
    await qemu_img.take_snapshot(location, "then", "disk")
    source = Address(protocol="file", location=location, format=QCOW2, snapshot="then")
    assert await qemu_img.measure(source, RAW, "disk") == SIZE_BYTES
    await qemu_img.convert(source, copy, RAW, SIZE_BYTES, ignore)
    await qemu_img.remove_snapshot(location, "then", "disk")
    await qemu_img.resize(location, QCOW2, 2 * SIZE_BYTES, "disk")
    facts = await qemu_img.info(location, QCOW2, "disk")
    assert facts == qemu_img.Facts(size_bytes=2 * SIZE_BYTES, format="qcow2")
    first = Address(protocol="file", location=location, format=QCOW2)
    second = qemu_img.file_name(copy, "disk")
    assert await qemu_img.compare(first, second, "raw", SIZE_BYTES, ignore)


@pytest.mark.parametrize("location", ["relative", "nbd://host/disk", "", "/a\0b"])
def test_only_absolute_paths_are_accepted(location: str) -> None:
    """Anything else could be taken for a protocol."""
    with pytest.raises(errors.Invalid):
        qemu_img.file_name(location, "disk")


async def test_progress_is_told_in_steps_up_to_the_whole(tmp_path: Path) -> None:
    """In bytes of the source."""
    source = tmp_path / "source"
    call("qemu-img", "create", "-q", "-f", "raw", str(source), "64M")
    call("qemu-io", "-f", "raw", "-c", "write 0 64M", str(source))
    told: list[int] = []
    address = Address(protocol="file", location=str(source), format=RAW)
    copy = f"{tmp_path}/copy"
    await qemu_img.convert(
        address, copy, QCOW2, 64 * MEBIBYTE, lambda done_bytes, _: told.append(done_bytes)
    )
    assert told == sorted(told)
    assert told[-1] == 64 * MEBIBYTE
    assert len(set(told)) > 10


async def test_an_open_image_is_busy_and_an_absent_one_not_found(tmp_path: Path) -> None:
    """By what qemu-img complains of."""
    absent = Address(protocol="file", location=f"{tmp_path}/absent", format=RAW)
    with pytest.raises(errors.NotFound):
        await qemu_img.convert(absent, f"{tmp_path}/copy", RAW, SIZE_BYTES, ignore)
    with pytest.raises(errors.NotFound):
        await qemu_img.resize(f"{tmp_path}/absent", RAW, SIZE_BYTES, "disk")
