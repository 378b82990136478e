"""Guests that write: never by events, but brought up to date when somebody looks at a disk."""

from functools import lru_cache
from itertools import accumulate
from typing import Final

import msgspec
from msgspec import structs

from core.driver_words import AttachedDisk, DiskStatistics, GuestStatus, VmSpec
from sim.disk.content import Blocks, Bulk
from sim.disk.disk import Disk
from sim.driver.copy_job import CopyJob

HOUR_S: Final = 3600.0


class WritePattern(msgspec.Struct, frozen=True, kw_only=True):
    """How fast a guest writes to each of its disks, hour by hour, over and over.

    Hour 0 begins at the Unix epoch.
    """

    hourly_bytes_per_s: tuple[float, ...] = (0.0,)

    def between(self, from_s: float, to_s: float) -> float:
        """Bytes written between two moments, which are mostly of the same hour."""
        hour, hourly = to_s // HOUR_S, self.hourly_bytes_per_s
        if from_s // HOUR_S == hour:
            return hourly[int(hour) % len(hourly)] * (to_s - from_s)
        return self._since_epoch(to_s) - self._since_epoch(from_s)

    def _since_epoch(self, moment_s: float) -> float:
        hourly = self.hourly_bytes_per_s
        sums = _sums(hourly)
        rounds, rest_s = divmod(moment_s, HOUR_S * len(hourly))
        hour = min(int(rest_s // HOUR_S), len(hourly) - 1)
        return rounds * sums[-1] + sums[hour] + hourly[hour] * (rest_s - hour * HOUR_S)


@lru_cache(maxsize=4096)
def _sums(hourly_bytes_per_s: tuple[float, ...]) -> tuple[float, ...]:
    """Bytes written by the beginning of each hour, and by the end of the last."""
    return (0.0, *accumulate(rate * HOUR_S for rate in hourly_bytes_per_s))


class Slot:
    """A disk in a running guest; write `content.last` is the last that the guest was told of.

    `pending_bytes` is what it has begun to write but not yet a whole block.
    """

    __slots__ = (
        "at_s",
        "attached",
        "copying",
        "disk",
        "operations",
        "pattern",
        "pending_bytes",
        "written_bytes",
    )

    def __init__(
        self, attached: AttachedDisk, disk: Disk, pattern: WritePattern, now_s: float
    ) -> None:
        self.attached = attached
        self.disk = disk
        self.pattern = pattern
        self.at_s = now_s
        self.pending_bytes = 0.0
        self.written_bytes = 0
        self.operations = 0
        self.copying: CopyJob | None = None

    def catch_up(self, now_s: float) -> None:
        """Let the disk hold what the guest has written by now.

        When the pool is full the guest stands still at its first write that needs more room, and
        goes on from there when it is looked at again.
        """
        if now_s <= self.at_s:
            return
        due_bytes = self.pattern.between(self.at_s, now_s)
        self.at_s = now_s
        if due_bytes <= 0:
            return
        content = self.disk.content
        if isinstance(content, Blocks):
            self._write_blocks(content, due_bytes)
        elif isinstance(content, Bulk):
            fresh_bytes = content.overwrite(due_bytes)
            self._count(int(due_bytes), 1, int(due_bytes - fresh_bytes))
        self.disk.settle(now_s)

    def _write_blocks(self, content: Blocks, due_bytes: float) -> None:
        count, self.pending_bytes = divmod(self.pending_bytes + due_bytes, content.block_bytes)
        first, end = content.last + 1, content.last + 1 + int(count)
        room = self.disk.room
        free = (room.capacity_bytes - room.used_bytes) // content.block_bytes
        if free >= content.slots:
            # Earlier writes than the last round through all slots were overwritten since.
            content.last = max(content.last, end - 1 - content.slots)
        fresh = 0
        for number in range(content.last + 1, end):
            place = content.place(number)
            if fresh >= free and not content.read(place):
                break
            fresh += content.write(place, content.stamp(number))
            content.last = number
        done = content.last + 1 - first
        self._count(done * content.block_bytes, done, (done - fresh) * content.block_bytes)

    def _count(self, written_bytes: int, operations: int, overwritten_bytes: int) -> None:
        self.written_bytes += written_bytes
        self.operations += operations
        if self.disk.snapshots:
            self.disk.hold(overwritten_bytes)

    def resized(self, size_bytes: int) -> None:
        """The guest sees the disk's new size."""
        self.attached = structs.replace(self.attached, size_bytes=size_bytes)

    def statistics(self, vm_id: str) -> DiskStatistics:
        """Counters since the disk was plugged in; simulated guests only write."""
        return DiskStatistics(
            vm_id=vm_id,
            device_id=self.attached.device_id,
            read_bytes=0,
            write_bytes=self.written_bytes,
            read_operations=0,
            write_operations=self.operations,
        )


class Guest:
    """A VM that runs on a host, with its disks by slot and its copies by operation.

    While it is `paused` or `held` it writes nothing. `iso` is where the disc in its drive is, ""
    without one. `reverted_by` is the operation that reverted it last.
    """

    __slots__ = ("copies", "held", "iso", "paused", "reverted_by", "slots", "vm")

    def __init__(self, vm: VmSpec) -> None:
        self.vm = vm
        self.paused = 0
        self.held = False
        self.reverted_by = ""
        self.iso = vm.iso.location if vm.iso is not None else ""
        self.slots: dict[int, Slot] = {}
        self.copies: dict[str, CopyJob] = {}

    def plug(self, slot: Slot) -> None:
        """Have one more disk; they stay in the order of their slots."""
        number = slot.attached.device_id
        after = {later: self.slots.pop(later) for later in sorted(self.slots) if later > number}
        self.slots |= {number: slot, **after}

    def status(self) -> GuestStatus:
        """What the host says of it."""
        return GuestStatus(
            vm_id=self.vm.vm_id,
            disks=tuple([slot.attached for slot in self.slots.values()]),
            copying=tuple(self.copies),
            iso=self.iso,
        )
