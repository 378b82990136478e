"""What a saved world consists of: Structs that msgpack holds."""

from typing import Final, Union

import msgspec

from core.driver_words import AttachedDisk, VmSpec
from core.model.pool_types import DiskFormat
from sim.spec import SiteSpec

NO_LAYER: Final = -1


class SavedLayer(msgspec.Struct, frozen=True, kw_only=True):
    """Blocks that several contents may share; `below` is the number of an earlier layer, or -1."""

    blocks: dict[int, int]
    below: int


class SavedBlocks(msgspec.Struct, frozen=True, kw_only=True, tag="blocks"):
    """Content of which every block is known."""

    size_bytes: int
    written: int
    writer: int
    slots: int
    last: int
    blocks: dict[int, int]
    below: int


class SavedBulk(msgspec.Struct, frozen=True, kw_only=True, tag="bulk"):
    """Content of which only the amount is known."""

    size_bytes: int
    written: float
    version: int
    last: int
    churned: float = 0.0


SavedContent = Union[SavedBlocks, SavedBulk]


class SavedDisk(msgspec.Struct, frozen=True, kw_only=True):
    """A disk; `mirrored` says that a running disk was being copied to it."""

    format: DiskFormat
    content: SavedContent
    snapshots: dict[str, SavedContent]
    held_bytes: int
    memories: dict[str, int] = {}
    modified_s: float
    mirrored: bool
    rates: tuple[int, int] = (0, 0)


class SavedPool(msgspec.Struct, frozen=True, kw_only=True):
    """What a pool holds, by name."""

    disks: dict[str, SavedDisk]
    partials: dict[str, int]


class SavedImage(msgspec.Struct, frozen=True, kw_only=True):
    """A complete image; of one with a `base` only `taken_bytes` are its own."""

    format: DiskFormat
    content: SavedContent
    modified_s: float
    base: str = ""
    taken_bytes: int = -1
    archive: str = ""


class SavedPlace(msgspec.Struct, frozen=True, kw_only=True):
    """A place that was prepared for an image; one that was being filled is torn."""

    format: DiskFormat
    content: SavedContent
    filled_by: str
    copied_bytes: int
    torn: bool
    base: str = ""


class SavedStore(msgspec.Struct, frozen=True, kw_only=True):
    """What an image store holds, by path."""

    images: dict[str, SavedImage]
    places: dict[str, SavedPlace]
    partials: dict[str, int]


class SavedSlot(msgspec.Struct, frozen=True, kw_only=True):
    """A disk in a running guest, which had written until `at_s`."""

    attached: AttachedDisk
    at_s: float
    pending_bytes: float
    written_bytes: int
    operations: int


class SavedGuest(msgspec.Struct, frozen=True, kw_only=True):
    """A running guest."""

    host: str
    vm: VmSpec
    slots: tuple[SavedSlot, ...]
    iso: str = ""
    held: bool = False


class SavedLedgerLine(msgspec.Struct, frozen=True, kw_only=True):
    """What a guest was told is written to the disk in one slot."""

    vm_id: str
    device_id: int
    name: str
    number: int


class SavedWorld(msgspec.Struct, frozen=True, kw_only=True):
    """A whole world as it was `at_s`, in seconds since the Unix epoch."""

    spec: SiteSpec
    at_s: float
    ids: int
    deaths: int
    layers: tuple[SavedLayer, ...]
    pools: dict[str, SavedPool]
    stores: dict[str, SavedStore]
    guests: tuple[SavedGuest, ...]
    ledger: tuple[SavedLedgerLine, ...]
