"""What is on a disk: block by block, so that an auditor can judge it, or only how much it is.

A guest's write number k goes to one block of its `slots` and leaves the stamp (writer, k) there.
The blocks come in an order that visits every slot once in `slots` writes, so from the bytes alone
one can say whether a disk holds exactly the writes up to some k: none lost, none torn, none out of
its time.
"""

from collections.abc import Iterator
from hashlib import sha256
from math import exp
from random import Random
from typing import Final, Protocol, Self

from core.model import errors

DEPTH_MAX: Final = 16
SLOTS_MAX: Final = 4096
NUMBER_BITS: Final = 40
NUMBER_MASK: Final = (1 << NUMBER_BITS) - 1
GOLDEN: Final = 0x9E3779B97F4A7C15


class Content(Protocol):
    """The bytes of a disk, a snapshot or an image; a fork shares them until one side is written."""

    size_bytes: int
    last: int

    @property
    def written_bytes(self) -> int:
        """Bytes that take room: all that was ever written and not overwritten."""
        ...

    def fork(self) -> Self: ...
    def resize(self, size_bytes: int) -> None: ...
    def spoil(self, random: Random) -> None:
        """Turn some bytes into wrong ones."""
        ...

    def same_as(self, other: "Content") -> bool:
        """Whether a reader sees the same bytes, apart from zeroes at the end."""
        ...

    def changed_bytes(self, base: "Content") -> int:
        """How much differs from the same disk as it was before."""
        ...


class Layer:
    """Blocks that nobody changes any more, over those `below`."""

    __slots__ = ("below", "blocks", "depth")

    def __init__(self, blocks: dict[int, int], below: "Layer | None") -> None:
        self.blocks = blocks
        self.below = below
        self.depth: int = below.depth + 1 if below else 1


class Blocks:
    """Content that knows the stamp of every block; fills Content.

    `last` is the number of the last guest's write on it, `writer` whose.
    """

    __slots__ = (
        "_below",
        "_top",
        "block_bytes",
        "last",
        "size_bytes",
        "slots",
        "writer",
        "written",
    )

    def __init__(self, size_bytes: int, block_bytes: int) -> None:
        self.size_bytes = size_bytes
        self.block_bytes = block_bytes
        self._top: dict[int, int] = {}
        self._below: Layer | None = None
        self.written = 0
        self.writer = 0
        self.slots = 0
        self.last = 0

    @property
    def written_bytes(self) -> int:
        """Blocks that were ever written, in bytes."""
        return self.written * self.block_bytes

    @property
    def depth(self) -> int:
        """How many layers a read may have to look through, besides the newest."""
        return self._below.depth if self._below else 0

    def read(self, block: int) -> int:
        """The stamp of a block, 0 where nothing was written."""
        stamp = self._top.get(block)
        layer = self._below
        while stamp is None and layer is not None:
            stamp = layer.blocks.get(block)
            layer = layer.below
        return stamp or 0

    def write(self, block: int, stamp: int) -> bool:
        """Stamp a block; whether it was never written before."""
        fresh = block not in self._top and not self.read(block)
        self._top[block] = stamp
        self.written += fresh
        return fresh

    def fork(self) -> "Blocks":
        """The same content again; later writes to either are not seen in the other."""
        if self._top:
            self._below = Layer(self._top, self._below)
            self._top = {}
            if self._below.depth > DEPTH_MAX:
                self._below = Layer(dict(self.visible()), None)
        other = Blocks(self.size_bytes, self.block_bytes)
        other._below = self._below
        other.written = self.written
        other.writer, other.slots, other.last = self.writer, self.slots, self.last
        return other

    def resize(self, size_bytes: int) -> None:
        """Cut off the end, or add zeroes there."""
        if size_bytes < self.size_bytes:
            blocks = -(-size_bytes // self.block_bytes)
            self._top = {block: stamp for block, stamp in self.visible() if block < blocks}
            self._below = None
            self.written = len(self._top)
            if self.slots > blocks:
                self.writer = self.slots = self.last = 0
        self.size_bytes = size_bytes

    @property
    def layers(self) -> tuple[dict[int, int], Layer | None]:
        """Blocks written since the last fork, and those below them, which others may share."""
        return self._top, self._below

    def put_layers(self, top: dict[int, int], below: Layer | None) -> None:
        """Have these blocks, of which `written` are told apart already."""
        self._top = top
        self._below = below

    def visible(self) -> Iterator[tuple[int, int]]:
        """All written blocks with their stamps, in order."""
        merged: dict[int, int] = {}
        layers: list[dict[int, int]] = [self._top]
        layer = self._below
        while layer is not None:
            layers.append(layer.blocks)
            layer = layer.below
        for blocks in reversed(layers):
            merged.update(blocks)
        return iter(sorted(merged.items()))

    def spoil(self, random: Random) -> None:
        """Give some block a stamp that nobody wrote."""
        self.write(random.randrange(max(1, self.size_bytes // self.block_bytes)), -1)

    def same_as(self, other: Content) -> bool:
        """Whether every block has the same stamp."""
        if not isinstance(other, Blocks):
            return False
        return list(self.visible()) == list(other.visible())

    def changed_bytes(self, base: Content) -> int:
        """Blocks with another stamp than in `base`, in bytes."""
        if not isinstance(base, Blocks):
            return self.written_bytes
        before = dict(base.visible())
        now = dict(self.visible())
        blocks = sum(1 for block in {*before, *now} if before.get(block, 0) != now.get(block, 0))
        return blocks * self.block_bytes

    def digest(self) -> str:
        """SHA-256 of all written blocks, in hex."""
        return sha256(repr(list(self.visible())).encode()).hexdigest()

    def begin_writing(self, writer: int) -> None:
        """Let `writer` go on here from the last number found, its own or another's."""
        if not self.writer:
            blocks = max(1, self.size_bytes // self.block_bytes)
            self.writer = writer
            self.slots = min(SLOTS_MAX, 1 << (blocks.bit_length() - 1))

    def place(self, number: int) -> int:
        """The block that write `number` goes to: odd steps visit every slot of a power of two."""
        stride = ((self.writer * GOLDEN) >> 20) | 1
        return (number * stride) % self.slots

    def stamp(self, number: int) -> int:
        """What write `number` leaves."""
        return self.writer << NUMBER_BITS | number


class Bulk:
    """Content of which only the amount is known, and a `version` that equal bytes share.

    `churned` is all that was ever written, over and over.
    """

    __slots__ = ("churned", "last", "size_bytes", "version", "written")

    def __init__(self, size_bytes: int) -> None:
        self.size_bytes = size_bytes
        self.written = 0.0
        self.churned = 0.0
        self.version = 0
        self.last = 0

    @property
    def written_bytes(self) -> int:
        """Bytes that were ever written."""
        return int(self.written)

    def fork(self) -> "Bulk":
        """The same amount and version again."""
        other = Bulk(self.size_bytes)
        other.written, other.version, other.last = self.written, self.version, self.last
        other.churned = self.churned
        return other

    def resize(self, size_bytes: int) -> None:
        """Cut off the end, or add zeroes there."""
        self.size_bytes = size_bytes
        self.written = min(self.written, size_bytes)

    def spoil(self, random: Random) -> None:
        """Become unlike every other content."""
        self.version = -random.getrandbits(62) - 1

    def same_as(self, other: Content) -> bool:
        """Whether it is the same version of the same content."""
        return isinstance(other, Bulk) and (self.version, self.written) == (
            other.version,
            other.written,
        )

    def changed_bytes(self, base: Content) -> int:
        """What b bytes written to random places of s reach of them: s (1 - exp(-b/s))."""
        if not isinstance(base, Bulk) or self.churned < base.churned or not self.size_bytes:
            return self.written_bytes
        since = self.churned - base.churned
        return int(self.size_bytes * (1 - exp(-since / self.size_bytes)))

    def overwrite(self, random_bytes: float) -> float:
        """Take in bytes written to random places; answers how many of them were blank before.

        Of s bytes, w written, the next byte meets a blank one with probability 1 - w/s, so after b
        bytes 1 - w/s has shrunk by exp(-b/s).
        """
        size = self.size_bytes
        if size <= 0 or random_bytes <= 0:
            return 0.0
        fresh = (size - self.written) * (1 - exp(-random_bytes / size))
        self.written += fresh
        self.churned += random_bytes
        self.last += 1
        self.version += 1
        return fresh


def last_write(content: Content) -> int:
    """The number of the last guest's write on it, 0 if there is none.

    Raises Integrity unless the slots hold exactly the writes up to that one.
    """
    if not isinstance(content, Blocks):
        return content.last
    if not content.writer:
        return 0
    held = [content.read(content.place(number)) for number in range(content.slots)]
    numbers = [stamp & NUMBER_MASK for stamp in held if stamp >> NUMBER_BITS == content.writer]
    last = max(numbers, default=0)
    for number in range(max(1, last - content.slots + 1), last + 1):
        stamp = content.read(content.place(number))
        if stamp != content.stamp(number):
            raise errors.Integrity(
                f"block {content.place(number)} holds {stamp:#x}, not write {number}",
                object="content",
                hint="the copy is not the disk at one moment",
            )
    return last
