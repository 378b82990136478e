"""The three protocols between the control plane and a site, filled by drivers/ and by sim/.

Rules that hold for every method, and that tests/contract tests on every implementation:
- Idempotent: the same call again (same names, same `op`) answers the same and does nothing more.
- All or nothing: a call that fails, is cancelled or whose process dies leaves no half object under
  the final name, and a later call with the same arguments succeeds.
- Only errors of core.model.errors leave a driver; the caller's cancellation passes through.
- Long methods report to `progress` as they go, and end soon after their task is cancelled.
"""

from typing import Protocol

from core.driver_words import (
    Address,
    AttachedDisk,
    ByteStream,
    DiskCheck,
    DiskInfo,
    DiskSpec,
    DiskStatistics,
    HostStatus,
    ImageInfo,
    Space,
    StoredFile,
    StoredObject,
    VmSpec,
)
from core.model.pool_types import DiskFormat


class Progress(Protocol):
    """Told now and then how far a long call is; never blocks."""

    def __call__(self, done_bytes: int, total_bytes: int, /) -> None: ...


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


class HypervisorDriver(Protocol):
    """One host."""

    async def probe(self) -> HostStatus:
        """What the host has and runs. Raises Unavailable when it does not answer."""
        ...

    async def start_vm(self, op: str, vm: VmSpec) -> None:
        """Start it with its disks; running already with the same disks is success.

        Raises NotFound (a disk or the disc), Busy (a disk), NoCapacity (memory), Conflict (runs
        with other disks).
        """
        ...

    async def stop_vm(self, op: str, vm_id: str, *, forced: bool) -> None:
        """Stop it with all its written data on its disks; not running is success."""
        ...

    async def attach_disk(self, op: str, vm_id: str, disk: AttachedDisk) -> None:
        """Plug the disk into a running VM.

        Raises NotFound (VM or disk), Conflict (slot taken), Busy (disk is open elsewhere),
        Invalid (slot 3).
        """
        ...

    async def detach_disk(self, op: str, vm_id: str, device_id: int) -> None:
        """Unplug it with its data written; an empty slot is success.

        Raises NotFound (VM), Busy (a copy of it is being made).
        """
        ...

    async def insert_iso(self, op: str, vm_id: str, iso: Address) -> None:
        """Put a disc into the drive of a running VM; the same one in there is success.

        Any number of VMs may have the same one. Raises NotFound (VM or image), Conflict (another
        disc is in the drive).
        """
        ...

    async def eject_iso(self, op: str, vm_id: str) -> None:
        """Take the disc out of the drive of a running VM; an empty one is success.

        Raises NotFound (VM).
        """
        ...

    async def resize_disk(self, op: str, vm_id: str, device_id: int, size_bytes: int) -> None:
        """Grow a disk under a running VM.

        Raises NotFound, Invalid (smaller), NoCapacity, Busy (a copy of it is being made).
        """
        ...

    async def snapshot_disk(
        self, op: str, vm_id: str, device_id: int, target: Address, progress: Progress
    ) -> int:
        """Copy a running VM's disk, as it was at one moment during this call, to a new `target`.

        The target's place comes from ImageDriver.prepare. Answers the bytes copied.
        Raises NotFound (VM or slot), NoCapacity (target), Unavailable (guest died).
        """
        ...

    async def mirror_disk(
        self,
        op: str,
        vm_id: str,
        device_id: int,
        target: AttachedDisk,
        progress: Progress,
    ) -> None:
        """Copy a running VM's disk to `target`, an existing blank disk, and switch the VM over.

        Either the VM ends on the target with every byte, or it stays on the source. When the VM
        already runs on the target this is success; when the copy is still running it is joined.
        Raises NotFound, NoCapacity (target), Unavailable (guest died).
        """
        ...

    async def snapshot_vm(self, op: str, vm_id: str, snapshot: str, *, memory: bool) -> None:
        """Fix all disks of a running VM, as they are at one moment, as `snapshot` inside each.

        memory: its memory is kept too, in its root disk, and it may stand still while that is
        written. Raises NotFound (VM), Busy (a copy of a disk is being made), NoCapacity,
        Unsupported (a disk's format holds no snapshots).
        """
        ...

    async def revert_vm(self, op: str, vm_id: str, snapshot: str) -> None:
        """Let a running VM go on from `snapshot`, which has its memory; disks plugged since stay.

        Raises NotFound (VM, or no such snapshot with memory), Busy (a copy of a disk is made).
        """
        ...

    async def remove_vm_snapshot(self, op: str, vm_id: str, snapshot: str) -> None:
        """Remove it from the disks of a running VM; absent is success. Raises NotFound (VM)."""
        ...

    async def migrate_vm(self, op: str, vm: VmSpec, host: str, progress: Progress) -> None:
        """Move a running VM to another host, by its `address`, while it goes on running.

        `vm.disks` says where each of its disks is afterwards: where it is now, or at an existing
        blank disk that the other host reaches, which is filled. Either the VM ends there with every
        byte, or it stays here as it is. When it has arrived already this is success, even if it has
        died there since: its disks are those of `vm`. When the move is under way it is joined.
        Raises NotFound (VM, host or disk), Conflict (its slots are others, or the other host does
        not answer from the beginning), Invalid (this host), Busy (a disk is open elsewhere or being
        copied), NoCapacity (memory there, a target), Unavailable (the VM or the other host died).
        """
        ...

    async def statistics(self) -> tuple[DiskStatistics, ...]:
        """Counters of all disks of all guests."""
        ...

    def address(self) -> str:
        """How another host reaches this one to hand a VM over."""
        ...


class ImageDriver(Protocol):
    """A secondary image store. Paths are made by the control plane, parts joined by "/"."""

    async def probe(self) -> Space:
        """Room on the store. Raises Unavailable when it does not answer."""
        ...

    async def inspect(self, path: str) -> ImageInfo | None:
        """The image as it is, or None when there is no complete image at `path`."""
        ...

    async def fetch(
        self,
        op: str,
        path: str,
        url: str,
        *,
        format: DiskFormat,
        checksum: str,
        size_limit_bytes: int,
        progress: Progress,
    ) -> ImageInfo:
        """Bring in an image from a URL and inspect it before anything else touches it.

        One whose URL says so is decompressed on its way; `checksum` is of the bytes as they come.
        Raises Invalid (not that format, backing file, data file, size over the limit, address not
        allowed), Integrity (checksum), NotFound, NoCapacity, Unavailable.
        """
        ...

    async def receive(
        self,
        op: str,
        path: str,
        source: ByteStream,
        *,
        format: DiskFormat,
        checksum: str,
        size_limit_bytes: int,
        progress: Progress,
    ) -> ImageInfo:
        """Take in an image that somebody sends, as `fetch` does; one that is there is kept.

        Raises what `fetch` raises for what comes, and what `source` raises.
        """
        ...

    async def read(self, path: str) -> StoredFile:
        """The file of the image, as all or part of it can be downloaded. Raises NotFound."""
        ...

    async def prepare(
        self, op: str, path: str, *, format: DiskFormat, size_bytes: int, base: str = ""
    ) -> Address:
        """A place where a hypervisor may write the image; nothing is at `path` until `commit`.

        base: as in `store`.
        """
        ...

    async def commit(self, op: str, path: str) -> ImageInfo:
        """Make what was written at the prepared place the image at `path`, durably.

        Raises NotFound when nothing was prepared, Integrity when what is there is not an image.
        """
        ...

    async def store(
        self,
        op: str,
        path: str,
        source: Address,
        progress: Progress,
        *,
        base: str = "",
        as_is: bool = False,
    ) -> ImageInfo:
        """Copy a disk or snapshot of a pool, or an image of another store, here.

        base: the path of an image here; only what differs from it is copied and takes room
        (physical_bytes), and it must stay as long as this one. Who reads the image sees all of it.
        as_is: in the source's own format, where the store prefers another for disks.
        Raises NotFound (source or base), NoCapacity, Unsupported (the store keeps no differences).
        """
        ...

    async def verify_copy(self, op: str, path: str, source: Address, progress: Progress) -> None:
        """Compare the image's bytes with `source`, both with all that they are based on.

        Raises Integrity where they differ, NotFound (image or source).
        """
        ...

    async def package(self, op: str, path: str, archive: str, progress: Progress) -> ImageInfo:
        """Pack the files of the image at `path` into one OVA archive at `archive`.

        Raises NotFound, NoCapacity, Unsupported (its format is one file as it is).
        """
        ...

    async def remove(self, op: str, path: str) -> None:
        """Remove the image, or what was prepared for it; absent is success.

        Raises Busy while another image holds only what differs from it.
        """
        ...

    async def list_objects(self, path: str) -> tuple[StoredObject, ...]:
        """The entries of a folder ("" is the root), by path. Raises NotFound."""
        ...

    def address(self, path: str) -> Address:
        """How pools reach the image to copy it."""
        ...


class Site(Protocol):
    """Makes the driver for a host, pool or image store from the URL that it was added with."""

    def hypervisor(self, host_id: str, url: str) -> HypervisorDriver:
        """Raises Invalid when nothing can be made of the URL."""
        ...

    def storage(self, pool_id: str, url: str) -> StorageDriver:
        """Raises Invalid when nothing can be made of the URL."""
        ...

    def image_store(self, store_id: str, url: str) -> ImageDriver:
        """Raises Invalid when nothing can be made of the URL."""
        ...
