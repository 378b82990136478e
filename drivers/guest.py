"""A guest of one boot sector that really writes, and says on its serial port what was acknowledged.

It is for demonstrations and for tests: QEMU with it takes about 21 MiB and writes within 0.2 s.
Its log prints "U" and, in 8 hex digits, the number of the last write that it finds when it starts,
then "." after each acknowledged write and "E" after a refused one.
Write number n (from 1 on) fills one sector with 64 pairs of little-endian 32-bit words (MARK, n);
the sector is `first + n % slots` of the second disk (first = 0), or of the only disk (first =
FIRST_LBA, beyond the image itself). After a restart it goes on from the highest n on the disk.
So the slots always hold the last `slots` writes, and `last_write` can say from the bytes of a disk,
or of a copy made while the guest wrote, whether they are the disk at one moment.
"""

import re
import struct
from collections.abc import Iterable

from core.model import errors

SECTOR_BYTES = 512
IMAGE_BYTES = 1 << 20
FIRST_LBA = IMAGE_BYTES // SECTOR_BYTES
MARK = 0x42455246
PAIR = struct.Struct("<II")
PAIRS = SECTOR_BYTES // PAIR.size
STARTED, ACKNOWLEDGED, REFUSED = b"U", b".", b"E"
START = re.compile(rb"U([0-9A-F]{8})")
SLOTS = 256
SLOTS_MAX = 1 << 16
TICKS_MAX = 1 << 14

ORIGIN = 0x7C00
PACKET, COUNT, FIRST, DRIVE, BUFFER = 0x7E00, 0x7E10, 0x7E14, 0x7E18, 0x8000


def _word(value: int) -> bytes:
    return struct.pack("<H", value)


def _long(value: int) -> bytes:
    return struct.pack("<I", value)


class _Sector:
    """Real-mode machine code that grows, with names for places to jump to."""

    def __init__(self) -> None:
        self.code = bytearray()
        self._places: dict[str, int] = {}
        self._jumps: list[tuple[int, str]] = []

    def add(self, *parts: bytes | int) -> None:
        """Append instructions."""
        for part in parts:
            self.code += bytes((part,)) if isinstance(part, int) else part

    def place(self, name: str) -> None:
        """Name this place."""
        self._places[name] = len(self.code)

    def jump(self, opcode: int, name: str) -> None:
        """Append a short jump to a place named before or after."""
        self.add(opcode, 0)
        self._jumps.append((len(self.code), name))

    def bytes(self) -> bytes:
        """The finished sector with the mark that makes it bootable."""
        for end, name in self._jumps:
            self.code[end - 1] = (self._places[name] - end) & 0xFF
        return bytes(self.code).ljust(SECTOR_BYTES - 2, b"\0") + b"\x55\xaa"


def boot_image(*, slots: int = SLOTS, ticks: int = 1, size_bytes: int = IMAGE_BYTES) -> bytes:
    """A raw disk that boots into the guest.

    `slots` is a power of two up to 65536, how many sectors it goes round; `ticks` how many ticks of
    1/18.2 s it waits after each write; `size_bytes` the size of the disk, which must be larger than
    IMAGE_BYTES by the slots if the guest is to have no second disk. Raises Invalid.
    """
    whole = 0 < slots <= SLOTS_MAX and not slots & (slots - 1)
    if not whole or not 0 < ticks <= TICKS_MAX or size_bytes < IMAGE_BYTES:
        hint = "slots: a power of two up to 65536; ticks: 1 to 16384; at least 1 MiB"
        raise errors.Invalid("no such guest can be made", object="guest", hint=hint)
    sector = _Sector()
    _add_start(sector)
    _add_search(sector, slots)
    _add_start_report(sector)
    _add_writes(sector, slots, ticks)
    return sector.bytes().ljust(size_bytes, b"\0")


def _add_say(sector: _Sector, letter: bytes) -> None:
    sector.add(0xBA, _word(0x3F8), 0xB0, letter, 0xEE)  # mov dx, COM1; mov al, letter; out dx, al


def _add_start(sector: _Sector) -> None:
    sector.add(0xFA, 0x31, 0xC0)  # cli; xor ax, ax
    sector.add(0x8E, 0xD8, 0x8E, 0xC0, 0x8E, 0xD0)  # mov ds, ax; mov es, ax; mov ss, ax
    sector.add(0xBC, _word(ORIGIN), 0xFB, 0xFC)  # mov sp, ORIGIN; sti; cld
    sector.add(0xBF, _word(PACKET), 0xB9, _word(16), 0xF3, 0xAB)  # clear 32 bytes at PACKET
    sector.add(0xC7, 0x06, _word(PACKET), _word(0x10))  # the packet's length
    sector.add(0xC7, 0x06, _word(PACKET + 4), _word(BUFFER))  # where it lies
    sector.add(0xC6, 0x06, _word(DRIVE), 0x81)  # the second disk, from its first sector
    sector.add(0x80, 0x3E, _word(0x475), 2)  # cmp byte [the BIOS's number of disks], 2
    sector.jump(0x73, "search")  # jae
    sector.add(0xC6, 0x06, _word(DRIVE), 0x80)  # the only disk, beyond the image
    sector.add(0x66, 0xC7, 0x06, _word(FIRST), _long(FIRST_LBA))
    sector.place("search")


def _add_transfer(sector: _Sector, slots: int, function: int) -> None:
    """Read (0x42) or write (0x43) the slot of number eax; the carry flag tells of a failure.

    The BIOS sets the number of sectors to what it transferred, so it is given anew each time.
    """
    sector.add(0xC7, 0x06, _word(PACKET + 2), _word(1))  # one sector
    sector.add(0x66, 0x25, _long(slots - 1))  # and eax, slots - 1
    sector.add(0x66, 0x03, 0x06, _word(FIRST))  # add eax, [FIRST]
    sector.add(0x66, 0xA3, _word(PACKET + 8))  # mov [the packet's sector], eax
    sector.add(0x8A, 0x16, _word(DRIVE), 0xBE, _word(PACKET))  # mov dl, [DRIVE]; mov si, PACKET
    sector.add(0xB8, _word(function << 8), 0xCD, 0x13)  # mov ax, function; int 13h


def _add_search(sector: _Sector, slots: int) -> None:
    """Leave the highest number found in the slots in COUNT."""
    sector.add(0x66, 0xBD, _long(slots))  # mov ebp, slots
    sector.place("next slot")
    sector.add(0x66, 0x4D, 0x66, 0x89, 0xE8, 0x66, 0x55)  # dec ebp; mov eax, ebp; push ebp
    _add_transfer(sector, slots, 0x42)
    sector.add(0x66, 0x5D)  # pop ebp
    sector.jump(0x72, "not higher")  # jc
    sector.add(0x66, 0x81, 0x3E, _word(BUFFER), _long(MARK))  # cmp dword [BUFFER], MARK
    sector.jump(0x75, "not higher")  # jne
    sector.add(0x66, 0xA1, _word(BUFFER + 4))  # mov eax, [BUFFER + 4]
    sector.add(0x66, 0x3B, 0x06, _word(COUNT))  # cmp eax, [COUNT]
    sector.jump(0x76, "not higher")  # jbe
    sector.add(0x66, 0xA3, _word(COUNT))  # mov [COUNT], eax
    sector.place("not higher")
    sector.add(0x66, 0x85, 0xED)  # test ebp, ebp
    sector.jump(0x75, "next slot")  # jnz


def _add_start_report(sector: _Sector) -> None:
    _add_say(sector, STARTED)
    sector.add(0x66, 0x8B, 0x1E, _word(COUNT), 0xB9, _word(8))  # mov ebx, [COUNT]; mov cx, 8
    sector.place("next digit")
    sector.add(0x66, 0xC1, 0xC3, 4)  # rol ebx, 4
    sector.add(0x88, 0xD8, 0x24, 0x0F)  # mov al, bl; and al, 15
    sector.add(0x3C, 10, 0x1C, 0x69, 0x2F)  # cmp al, 10; sbb al, 69h; das: 0 to F as a letter
    sector.add(0xEE)  # out dx, al
    sector.jump(0xE2, "next digit")  # loop


def _add_writes(sector: _Sector, slots: int, ticks: int) -> None:
    sector.place("next write")
    sector.add(0x66, 0xA1, _word(COUNT), 0x66, 0x40)  # mov eax, [COUNT]; inc eax
    sector.add(0xBF, _word(BUFFER), 0xB9, _word(PAIRS))  # mov di, BUFFER; mov cx, PAIRS
    sector.place("next pair")
    sector.add(0x66, 0xC7, 0x05, _long(MARK))  # mov dword [di], MARK
    sector.add(0x66, 0x89, 0x45, 4, 0x83, 0xC7, PAIR.size)  # mov [di + 4], eax; add di, 8
    sector.jump(0xE2, "next pair")  # loop
    _add_transfer(sector, slots, 0x43)
    sector.jump(0x72, "refused")  # jc
    sector.add(0x66, 0xFF, 0x06, _word(COUNT))  # inc dword [COUNT]
    _add_say(sector, ACKNOWLEDGED)
    sector.jump(0xEB, "rest")  # jmp
    sector.place("refused")
    _add_say(sector, REFUSED)
    sector.place("rest")
    sector.add(0xB9, _word(ticks))  # mov cx, ticks
    sector.place("next tick")
    sector.add(0xF4)  # hlt
    sector.jump(0xE2, "next tick")  # loop
    sector.jump(0xEB, "next write")  # jmp


def last_acknowledged(serial_log: bytes) -> int:
    """The number of the last write that was acknowledged to the guest since it last started.

    Before its first one, the number of the write that it found on the disk; 0 before it started.
    """
    starts = list(START.finditer(serial_log))
    if not starts:
        return 0
    return int(starts[-1][1], 16) + serial_log.count(ACKNOWLEDGED, starts[-1].end())


def acknowledged_over(serial_logs: Iterable[bytes]) -> int:
    """The number of the last write, of a guest that also went on on other hosts.

    A log that it only went on in does not say with which number it began.
    """
    logs = list(serial_logs)
    began = [log for log in logs if START.search(log)]
    further = sum(log.count(ACKNOWLEDGED) for log in logs if log not in began)
    return max(map(last_acknowledged, began), default=0) + further


def last_write(disk: bytes, *, slots: int = SLOTS, first_lba: int = 0) -> int:
    """The number of the last write on a raw disk, 0 if none.

    Raises Integrity unless the slots hold exactly the writes up to that one: none lost, none torn,
    none out of its time.
    """
    numbers = [_number(disk, first_lba + slot) for slot in range(slots)]
    last = max(numbers)
    for slot, number in enumerate(numbers):
        due = last - (last - slot) % slots
        if number != max(0, due):
            message = f"slot {slot} holds write {number} where {max(0, due)} is due"
            hint = "the copy is not the disk at one moment"
            raise errors.Integrity(message, object="guest", hint=hint)
    return last


def _number(disk: bytes, lba: int) -> int:
    sector = disk[lba * SECTOR_BYTES : (lba + 1) * SECTOR_BYTES]
    mark, number = (int(word) for word in PAIR.unpack_from(sector))
    if (mark, number) != (0, 0) and sector != PAIR.pack(MARK, number) * PAIRS:
        hint = "the write was torn, or another guest wrote here"
        raise errors.Integrity(f"sector {lba} is torn", object="guest", hint=hint)
    return number
