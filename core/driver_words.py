"""What the control plane tells drivers and hears from them."""

from collections.abc import AsyncGenerator, Callable, Mapping
from typing import Protocol

import msgspec

from core.decompression.compression import Compression
from core.model.pool_types import DiskFormat


class Progress(Protocol):
    """Told now and then how far a long call is; never blocks."""

    def __call__(self, done_bytes: int, total_bytes: int, /) -> None: ...


class Address(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """How a host or an image store reaches the bytes of a disk.

    `protocol` is "file" (location: absolute path) or the name of a network protocol (location: its
    URL); `snapshot` names a snapshot inside the disk, "" means the disk as it is now.
    """

    protocol: str
    location: str
    format: DiskFormat
    snapshot: str = ""


class DiskSpec(msgspec.Struct, frozen=True, kw_only=True):
    """A disk to be made on a pool; `name` is unique there (the volume's id).

    min_iops, max_iops: rates that the storage is to keep, 0 is none; see StorageDriver.set_qos.
    """

    name: str
    size_bytes: int
    format: DiskFormat
    min_iops: int = 0
    max_iops: int = 0


class DiskInfo(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A disk as a pool really holds it; `physical_bytes` is the room that it takes there.

    min_iops, max_iops: the rates that the storage keeps, 0 is none.
    """

    name: str
    size_bytes: int
    format: DiskFormat
    physical_bytes: int
    snapshots: tuple[str, ...] = ()
    min_iops: int = 0
    max_iops: int = 0


class DiskCheck(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What a check found in a disk's structure, by qemu-img's names; `repaired` what it mended."""

    found: Mapping[str, str]
    repaired: Mapping[str, str] = {}


class Space(msgspec.Struct, frozen=True, kw_only=True):
    """Room on a pool or image store, as the storage itself reports it.

    nodes: the names of the hosts that reach it, where storage has nodes of its own; none is all.
    replicas: on how many of them each byte lies, and takes room.
    """

    capacity_bytes: int
    used_bytes: int
    nodes: tuple[str, ...] = ()
    replicas: int = 1


class StoredObject(msgspec.Struct, frozen=True, kw_only=True):
    """An entry of a pool or store; `path` is relative to its root, parts joined by "/"."""

    path: str
    size_bytes: int
    modified_s: float
    directory: bool = False


class ImageInfo(msgspec.Struct, frozen=True, kw_only=True):
    """An image as a store holds it; `checksum` is "{SHA-256}hex" of its file, "" if unknown.

    data_disks: the sizes of the other disks in an OVA that has just come; see ImageDriver.unpack.
    """

    path: str
    size_bytes: int
    physical_bytes: int
    format: DiskFormat
    checksum: str = ""
    data_disks: tuple[int, ...] = ()


class ByteStream(msgspec.Struct, frozen=True, kw_only=True):
    """Bytes that come one chunk after another; `total_bytes` is 0 while nobody knows how many.

    `compression`: how the image in them is compressed. Who reads `chunks` closes them, also when he
    does not read to the end.
    """

    total_bytes: int
    chunks: AsyncGenerator[bytes, None]
    compression: Compression = Compression.NONE


class StoredFile(msgspec.Struct, frozen=True, kw_only=True):
    """A file that can be read from any byte on; `version` differs when its bytes may.

    `chunks(start_bytes, length_bytes)` opens it when its first chunk is asked for, reads nothing
    before the start, and raises NotFound when that version is not there any more. Who reads the
    chunks closes them.
    """

    total_bytes: int
    version: str
    chunks: Callable[[int, int], AsyncGenerator[bytes, None]]


class AttachedDisk(msgspec.Struct, frozen=True, kw_only=True):
    """A disk in a VM's slot; slot 0 is the root disk, slot 3 is never used (CD-ROM)."""

    device_id: int
    name: str
    address: Address
    size_bytes: int


class VmSpec(msgspec.Struct, frozen=True, kw_only=True):
    """A VM to be started with its disks, and with a disc in its CD-ROM drive if there is one.

    cpus_max, memory_max_bytes: the most that it may have while it runs, 0 is what it starts with.
    """

    vm_id: str
    name: str
    cpus: int
    memory_bytes: int
    disks: tuple[AttachedDisk, ...]
    iso: Address | None = None
    cpus_max: int = 0
    memory_max_bytes: int = 0


class GuestStatus(msgspec.Struct, frozen=True, kw_only=True):
    """A VM that a host really runs; `copying` names the ops whose disk copies it is making.

    iso: the location of the disc in its drive, "" when that is empty.
    """

    vm_id: str
    disks: tuple[AttachedDisk, ...]
    copying: tuple[str, ...] = ()
    iso: str = ""


class LocalStorage(msgspec.Struct, frozen=True, kw_only=True):
    """A folder of a host that may become a pool, as its agent.properties name it."""

    uuid: str
    path: str


class HostStatus(msgspec.Struct, frozen=True, kw_only=True):
    """What a host really has and runs; `local_storage` is in the order of its configuration."""

    hypervisor: str
    version: str
    cpus: int
    memory_bytes: int
    guests: tuple[GuestStatus, ...]
    local_storage: tuple[LocalStorage, ...] = ()


class DiskStatistics(msgspec.Struct, frozen=True, kw_only=True):
    """Counters of one disk of one guest since that guest started."""

    vm_id: str
    device_id: int
    read_bytes: int
    write_bytes: int
    read_operations: int
    write_operations: int
