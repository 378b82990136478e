"""The boot-sector guest's image and the check of what it wrote."""

import pytest

from core.model import errors
from drivers import guest

SLOTS = 4


def disk_after(last: int, *, first_lba: int = 0) -> bytearray:
    """A disk as it is after write number `last`."""
    disk = bytearray((first_lba + SLOTS) * guest.SECTOR_BYTES)
    for number in range(1, last + 1):
        start = (first_lba + number % SLOTS) * guest.SECTOR_BYTES
        disk[start : start + guest.SECTOR_BYTES] = guest.PAIR.pack(guest.MARK, number) * guest.PAIRS
    return disk


def test_the_image_is_one_bootable_sector_then_zeroes() -> None:
    """The BIOS boots a sector that ends with its mark, and needs a disk of some size."""
    image = guest.boot_image()
    assert image[510:512] == b"\x55\xaa"
    assert len(image) == guest.IMAGE_BYTES
    assert not any(image[512:])


@pytest.mark.parametrize("slots", [0, -4, 3, 1 << 17])
def test_slots_are_a_power_of_two_within_bounds(slots: int) -> None:
    """The guest masks with slots - 1."""
    with pytest.raises(errors.Invalid):
        guest.boot_image(slots=slots)


@pytest.mark.parametrize("last", [0, 1, 3, 4, 5, 11])
def test_a_disk_at_one_moment_says_its_last_write(last: int) -> None:
    """Every prefix of the writes is accepted, before and after the slots are all used."""
    assert guest.last_write(bytes(disk_after(last)), slots=SLOTS) == last
    beyond = bytes(disk_after(last, first_lba=7))
    assert guest.last_write(beyond, slots=SLOTS, first_lba=7) == last


def test_a_lost_write_is_found() -> None:
    """A slot that still holds what was there one round before betrays the copy."""
    disk = disk_after(11)
    lost = 9 % SLOTS * guest.SECTOR_BYTES
    disk[lost : lost + guest.SECTOR_BYTES] = guest.PAIR.pack(guest.MARK, 5) * guest.PAIRS
    with pytest.raises(errors.Integrity):
        guest.last_write(bytes(disk), slots=SLOTS)


def test_a_torn_write_is_found() -> None:
    """A sector of which only a part is new is not one that the guest wrote."""
    disk = disk_after(11)
    disk[3 * guest.SECTOR_BYTES + 300] ^= 1
    with pytest.raises(errors.Integrity):
        guest.last_write(bytes(disk), slots=SLOTS)


def test_the_log_says_which_write_was_acknowledged_last() -> None:
    """It counts on from the write that the guest found when it last started."""
    assert guest.last_acknowledged(b"") == 0
    assert guest.last_acknowledged(b"U0000") == 0
    assert guest.last_acknowledged(b"U00000000...E..") == 5
    assert guest.last_acknowledged(b"U00000000...U0000001E..") == 32
