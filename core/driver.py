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
    DiskStatistics,
    HostStatus,
    Progress,
    VmSpec,
)
from core.image_driver import ImageDriver
from core.storage_driver import StorageDriver

__all__ = ["HypervisorDriver", "ImageDriver", "Progress", "Site", "StorageDriver"]


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
        """Stop it with all its written data on its disks; not running is success.

        Unless `forced` its guest is asked to shut down, and switched off when it does not in time.
        """
        ...

    async def scale_vm(self, op: str, vm_id: str, *, cpus: int, memory_bytes: int) -> None:
        """Let a running VM have that many processors and bytes; it never has fewer than before.

        Raises NotFound, Invalid (fewer, or more than its VmSpec admits), NoCapacity, Unsupported.
        """
        ...

    async def hold_vm(self, op: str, vm_id: str, *, still: bool) -> None:
        """Let a running VM make no step, all its writes in its disks, until it is to go on again.

        It stands still though the control plane dies. Raises NotFound (VM).
        """
        ...

    async def attach_disk(self, op: str, vm_id: str, disk: AttachedDisk) -> None:
        """Plug the disk into a running VM.

        Raises NotFound (VM or disk), Conflict (slot taken), Busy (open elsewhere), Invalid (3).
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
        self, op: str, vm_id: str, device_id: int, target: AttachedDisk, progress: Progress
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
