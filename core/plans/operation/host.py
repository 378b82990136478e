"""What hosts can be asked to let their drivers do."""

from core.model.pool_types import DiskFormat
from core.plans.operation.address import DiskAt, ImageAt, Operation, PluggedDisk


class MeasureDisks(Operation, frozen=True, kw_only=True, tag="measure_disks"):
    """HypervisorDriver.statistics."""


class StartVm(Operation, frozen=True, kw_only=True, tag="start_vm"):
    """HypervisorDriver.start_vm."""

    vm_id: str
    name: str
    cpus: int
    memory_bytes: int
    disks: tuple[PluggedDisk, ...]
    iso: ImageAt | None = None
    cpus_max: int = 0
    memory_max_bytes: int = 0


class StopVm(Operation, frozen=True, kw_only=True, tag="stop_vm"):
    """HypervisorDriver.stop_vm."""

    vm_id: str
    forced: bool = False


class ScaleVm(Operation, frozen=True, kw_only=True, tag="scale_vm"):
    """HypervisorDriver.scale_vm."""

    vm_id: str
    cpus: int
    memory_bytes: int


class AttachDisk(Operation, frozen=True, kw_only=True, tag="attach_disk"):
    """HypervisorDriver.attach_disk."""

    vm_id: str
    disk: PluggedDisk


class DetachDisk(Operation, frozen=True, kw_only=True, tag="detach_disk"):
    """HypervisorDriver.detach_disk."""

    vm_id: str
    device_id: int


class InsertIso(Operation, frozen=True, kw_only=True, tag="insert_iso"):
    """HypervisorDriver.insert_iso."""

    vm_id: str
    iso: ImageAt


class EjectIso(Operation, frozen=True, kw_only=True, tag="eject_iso"):
    """HypervisorDriver.eject_iso."""

    vm_id: str


class ResizeAttachedDisk(Operation, frozen=True, kw_only=True, tag="resize_attached_disk"):
    """HypervisorDriver.resize_disk."""

    vm_id: str
    device_id: int
    size_bytes: int


class SnapshotDisk(Operation, frozen=True, kw_only=True, tag="snapshot_disk"):
    """ImageDriver.prepare, HypervisorDriver.snapshot_disk to there, ImageDriver.commit."""

    vm_id: str
    device_id: int
    store_id: str
    path: str
    format: DiskFormat
    size_bytes: int
    base: str = ""


class MigrateVm(Operation, frozen=True, kw_only=True, tag="migrate_vm"):
    """HypervisorDriver.migrate_vm; `disks` as they are afterwards, `carries` if some move along."""

    vm_id: str
    name: str
    cpus: int
    memory_bytes: int
    disks: tuple[PluggedDisk, ...]
    host_id: str
    carries: bool = False
    iso: ImageAt | None = None
    cpus_max: int = 0
    memory_max_bytes: int = 0


class MirrorDisk(Operation, frozen=True, kw_only=True, tag="mirror_disk"):
    """HypervisorDriver.mirror_disk."""

    vm_id: str
    device_id: int
    target: PluggedDisk


class SnapshotVm(Operation, frozen=True, kw_only=True, tag="snapshot_vm"):
    """HypervisorDriver.snapshot_vm."""

    vm_id: str
    snapshot: str
    memory: bool


class SnapshotHeld(Operation, frozen=True, kw_only=True, tag="snapshot_held"):
    """While HypervisorDriver.hold_vm lets the VM stand still, StorageDriver.take_snapshot of each.

    Those that an earlier try has taken are removed before.
    """

    vm_id: str
    snapshot: str
    disks: tuple[DiskAt, ...]


class LetGo(Operation, frozen=True, kw_only=True, tag="let_go"):
    """Take SnapshotHeld back: let the VM go on if it still runs, and remove what was taken."""

    vm_id: str
    snapshot: str
    disks: tuple[DiskAt, ...]


class RevertVm(Operation, frozen=True, kw_only=True, tag="revert_vm"):
    """HypervisorDriver.revert_vm."""

    vm_id: str
    snapshot: str


class RemoveVmSnapshot(Operation, frozen=True, kw_only=True, tag="remove_vm_snapshot"):
    """HypervisorDriver.remove_vm_snapshot; from `disks` on their pools if the VM runs no more."""

    vm_id: str
    snapshot: str
    disks: tuple[DiskAt, ...]


class ProbeHost(Operation, frozen=True, kw_only=True, tag="probe_host"):
    """HypervisorDriver.probe."""
