"""What pools can be asked to let their drivers do."""

import msgspec

from core.driver_words import DiskInfo, DiskSpec
from core.plans.operation.address import Operation, Source


class CreateDisk(Operation, frozen=True, kw_only=True, tag="create_disk"):
    """StorageDriver.create_disk."""

    disk: DiskSpec
    source: Source | None = None


class RemoveDisk(Operation, frozen=True, kw_only=True, tag="remove_disk"):
    """StorageDriver.remove_disk."""

    name: str


class AdoptDisk(Operation, frozen=True, kw_only=True, tag="adopt_disk"):
    """StorageDriver.adopt_disk, of an image of at most `size_limit_bytes`; 0 is no limit."""

    path: str
    name: str
    size_limit_bytes: int = 0


class ReleaseDisk(Operation, frozen=True, kw_only=True, tag="release_disk"):
    """StorageDriver.release_disk."""

    name: str
    path: str


class ResizeDisk(Operation, frozen=True, kw_only=True, tag="resize_disk"):
    """StorageDriver.resize_disk."""

    name: str
    size_bytes: int
    shrink: bool = False


class VerifyCopy(Operation, frozen=True, kw_only=True, tag="verify_copy"):
    """StorageDriver.verify_copy."""

    name: str
    source: Source


class CheckDisk(Operation, frozen=True, kw_only=True, tag="check_disk"):
    """StorageDriver.check_disk."""

    name: str
    repair: str = ""


class ListDisks(Operation, frozen=True, kw_only=True, tag="list_disks"):
    """StorageDriver.list_objects of the root."""


class TakeSnapshot(Operation, frozen=True, kw_only=True, tag="take_snapshot"):
    """StorageDriver.take_snapshot, or with `others` take_snapshots of all."""

    name: str
    snapshot: str
    others: tuple[str, ...] = ()


class RevertDisk(Operation, frozen=True, kw_only=True, tag="revert_disk"):
    """StorageDriver.revert_snapshot."""

    name: str
    snapshot: str


class ReplaceDisk(Operation, frozen=True, kw_only=True, tag="replace_disk"):
    """StorageDriver.replace_disk."""

    disk: DiskSpec
    source: Source


class RemoveSnapshot(Operation, frozen=True, kw_only=True, tag="remove_snapshot"):
    """StorageDriver.remove_snapshot."""

    name: str
    snapshot: str


class ProbePool(Operation, frozen=True, kw_only=True, tag="probe_pool"):
    """StorageDriver.probe; refused when the storage has nodes, and none of `hosts` is one."""

    hosts: tuple[str, ...] = ()


class ListChildren(Operation, frozen=True, kw_only=True, tag="list_children"):
    """StorageDriver.children; answers Children."""


class Children(msgspec.Struct, frozen=True, kw_only=True):
    """The URLs of the datastores of a datastore cluster."""

    urls: tuple[str, ...]


class ListObjects(Operation, frozen=True, kw_only=True, tag="list_objects"):
    """StorageDriver.list_objects or ImageDriver.list_objects; of a file's path, the file.

    deep: with all that is in the folders below, folders themselves left out.
    """

    path: str = ""
    deep: bool = False


class InspectFiles(Operation, frozen=True, kw_only=True, tag="inspect_files"):
    """StorageDriver.inspect_file of the files at or below `path`, but for disks in `known`.

    Answers Files; what is no image that stands alone is left out.
    """

    path: str = ""
    known: frozenset[str] = frozenset()


class Files(msgspec.Struct, frozen=True, kw_only=True):
    """What images are where: path and disk."""

    found: tuple[tuple[str, DiskInfo], ...]


def disk_name(path: str) -> str:
    """The name of the disk whose file this is: what stands before the first dot."""
    return path.rpartition("/")[2].partition(".")[0]
