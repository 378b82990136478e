"""The protocol of a primary storage pool; the rules for all drivers stand in core.driver."""

from typing import Protocol

from core.driver_words import Address, DiskCheck, DiskInfo, DiskSpec, Progress, Space, StoredObject


class StorageDriver(Protocol):
    """A primary storage pool."""

    async def probe(self) -> Space:
        """Room on the pool. Raises Unavailable when the storage does not answer."""
        ...

    async def inspect(self, name: str) -> DiskInfo | None:
        """The disk as it is, or None when there is no complete disk of that name."""
        ...

    async def create_disk(
        self, op: str, disk: DiskSpec, source: Address | None, progress: Progress
    ) -> DiskInfo:
        """Make `disk`: blank (it reads as zeroes), or a full copy of `source`, grown to its size.

        Raises NoCapacity (pool full), NotFound (source), Invalid (smaller than source),
        Conflict (a different disk has that name), Unsupported (format).
        """
        ...

    async def inspect_file(self, path: str) -> DiskInfo:
        """What image is at the path of a StoredObject, as a disk that has no name yet.

        Raises NotFound, and Invalid when it is no image, or one that cannot stand alone: with
        another below it, encrypted, or with snapshots inside.
        """
        ...

    async def adopt_disk(self, op: str, path: str, name: str) -> DiskInfo:
        """Let the image at a path be the disk `name` from now on, its bytes as they are.

        Raises as `inspect_file`, and Busy (open), Conflict (another disk has that name).
        """
        ...

    async def release_disk(self, op: str, name: str, path: str) -> None:
        """Take back `adopt_disk`; a disk that is not there is success. Raises Busy (open)."""
        ...

    async def remove_disk(self, op: str, name: str) -> None:
        """Remove the disk and its snapshots; absent is success. Raises Busy (open in a guest)."""
        ...

    async def resize_disk(self, op: str, name: str, size_bytes: int, *, shrink: bool) -> DiskInfo:
        """Set the size of a disk that no guest has open.

        Raises NotFound, Busy (open in a guest: resize there), Invalid (smaller without `shrink`),
        Unsupported (format cannot shrink), NoCapacity.
        """
        ...

    async def set_qos(self, op: str, name: str, *, min_iops: int, max_iops: int) -> None:
        """Have the storage keep those rates of the disk from now on, 0 is none; open or not.

        Raises NotFound, Invalid (min above max), and Unsupported where the storage keeps no rates
        (PoolRow.rates is false).
        """
        ...

    async def verify_copy(self, op: str, name: str, source: Address, progress: Progress) -> None:
        """Compare the disk's bytes with `source`. Raises Integrity where they differ, NotFound."""
        ...

    async def check_disk(self, op: str, name: str, repair: str) -> DiskCheck:
        """Check the structure of a QCOW2 disk; repair "leaks" or "all" of it, or nothing ("").

        Raises NotFound, Busy (open in a guest), Unsupported (another format).
        """
        ...

    async def take_snapshot(self, op: str, name: str, snapshot: str) -> None:
        """Fix the content of a disk as `snapshot`.

        Raises NotFound, and Busy while a guest has the disk open, unless this kind of storage fixes
        content by itself (PoolRow.storage_snapshots).
        """
        ...

    async def take_snapshots(self, op: str, names: tuple[str, ...], snapshot: str) -> None:
        """Fix the content of several disks at one moment; else as `take_snapshot`."""
        ...

    async def revert_snapshot(self, op: str, name: str, snapshot: str) -> DiskInfo:
        """Let the disk be as that snapshot of it, size included; the snapshot stays.

        Raises NotFound (disk or snapshot), Busy (open in a guest), NoCapacity.
        """
        ...

    async def replace_disk(
        self, op: str, disk: DiskSpec, source: Address, progress: Progress
    ) -> DiskInfo:
        """Let an existing disk hold a full copy of `source`, grown to the size of `disk`.

        Until the copy is complete the disk is as it was; snapshots inside it go with its old
        content. Raises NotFound (disk or source), Busy (open in a guest), Invalid (smaller than
        source), NoCapacity (room for both is needed).
        """
        ...

    async def remove_snapshot(self, op: str, name: str, snapshot: str) -> None:
        """Remove that snapshot; absent is success. Raises Busy while a guest has the disk open."""
        ...

    async def children(self) -> tuple[str, ...]:
        """The URLs of the datastores of a datastore cluster, in order.

        Raises Unsupported for every other kind of pool.
        """
        ...

    async def list_objects(self, path: str) -> tuple[StoredObject, ...]:
        """The entries of a folder ("" is the root), by path. Raises NotFound."""
        ...

    def address(self, name: str, snapshot: str = "") -> Address:
        """How hosts and image stores reach the disk."""
        ...
