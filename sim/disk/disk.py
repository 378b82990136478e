"""Disks on a simulated pool, and the room that they and unfinished copies take."""

from collections.abc import Callable

from core.driver_words import DiskInfo, Space
from core.model import errors
from core.model.pool_types import DiskFormat
from sim.disk.content import Content


class Room:
    """Bytes that there are and bytes that are used; `partials` are copies that count as no object.

    Every byte takes the room of `copies` bytes. A copy takes all its room when it begins, and keeps
    it under its key until it is published, given up, or, after a death of the control plane, tried
    again or removed.
    """

    __slots__ = ("capacity_bytes", "copies", "name", "partials", "used_bytes")

    def __init__(self, name: str, capacity_bytes: int, copies: int = 1) -> None:
        self.name = name
        self.copies = copies
        self.capacity_bytes = capacity_bytes
        self.used_bytes = 0
        self.partials: dict[str, int] = {}

    def space(self) -> Space:
        """As the storage reports it."""
        return Space(capacity_bytes=self.capacity_bytes, used_bytes=self.used_bytes)

    def take(self, key: str, size_bytes: int) -> None:
        """Keep room for a copy, instead of what `key` had. Raises NoCapacity."""
        self.give(key)
        size_bytes *= self.copies
        free_bytes = self.capacity_bytes - self.used_bytes
        if size_bytes > free_bytes:
            raise errors.NoCapacity(
                f"{size_bytes} bytes are needed and {max(0, free_bytes)} are free",
                object=self.name,
                hint="remove something there, enlarge it, or use another",
            )
        self.partials[key] = size_bytes
        self.used_bytes += size_bytes

    def give(self, key: str) -> None:
        """Give back what a copy has taken, if it has."""
        self.used_bytes -= self.partials.pop(key, 0)

    def overflow(self) -> errors.NoCapacity | None:
        """The failure of a copy that ends when more is used than there is: it filled, or shrank."""
        if self.used_bytes <= self.capacity_bytes:
            return None
        return errors.NoCapacity(
            "it filled up before the copy was complete",
            object=self.name,
            hint="remove something there, enlarge it, or use another",
        )

    def require_not_full(self) -> None:
        """Raises NoCapacity when more is used than there is."""
        error = self.overflow()
        if error is not None:
            raise error


class Disk:
    """One complete disk; `room` is its pool's and is told of every change of what it takes.

    While a guest has it open, `open_by` names its VM and `look` brings the content up to date.
    `rates` are the least and most operations per second that the storage keeps, 0 is none.
    `memories` are the bytes of machines' memory that are kept in it beside snapshots, by those.
    """

    __slots__ = (
        "content",
        "format",
        "held_bytes",
        "look",
        "memories",
        "modified_s",
        "name",
        "open_by",
        "rates",
        "readers",
        "room",
        "snapshots",
        "taken_bytes",
    )

    def __init__(
        self, name: str, format: DiskFormat, content: Content, room: Room, now_s: float
    ) -> None:
        self.name = name
        self.format = format
        self.content = content
        self.room = room
        self.modified_s = now_s
        self.snapshots: dict[str, Content] = {}
        self.memories: dict[str, int] = {}
        self.open_by = ""
        self.look: Callable[[], None] | None = None
        self.readers = 0
        self.rates: tuple[int, int] = (0, 0)
        self.held_bytes = 0
        self.taken_bytes = 0
        self.settle(now_s)

    @property
    def size_bytes(self) -> int:
        """What a guest sees."""
        return self.content.size_bytes

    def settle(self, now_s: float) -> None:
        """Tell the pool what the disk takes now."""
        own_bytes = self.content.written_bytes + self.held_bytes
        if self.memories:
            own_bytes += sum(self.memories.values())
        taken_bytes = own_bytes * self.room.copies
        self.room.used_bytes += taken_bytes - self.taken_bytes
        self.taken_bytes = taken_bytes
        self.modified_s = now_s

    def drop(self, snapshot: str) -> None:
        """Let go of a snapshot, with the memory beside it if there is any; `settle` is next."""
        self.snapshots.pop(snapshot, None)
        self.memories.pop(snapshot, None)
        self.hold(0)

    def hold(self, overwritten_bytes: int) -> None:
        """Keep what snapshots still need of bytes that were overwritten."""
        most = sum(snapshot.written_bytes for snapshot in self.snapshots.values())
        self.held_bytes = min(self.held_bytes + overwritten_bytes, most)

    def replace(self, content: Content, now_s: float) -> None:
        """Have other content from now on."""
        self.content = content
        self.settle(now_s)

    def vanish(self) -> None:
        """Give all room back."""
        self.room.used_bytes -= self.taken_bytes
        self.taken_bytes = 0

    def info(self) -> DiskInfo:
        """The disk as its pool reports it."""
        return DiskInfo(
            name=self.name,
            size_bytes=self.content.size_bytes,
            format=self.format,
            physical_bytes=self.taken_bytes,
            snapshots=tuple(self.snapshots),
            min_iops=self.rates[0],
            max_iops=self.rates[1],
        )
