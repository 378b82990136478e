"""What actors can be asked to let their drivers do, as data."""

from typing import Union

import msgspec

from core.driver_words import DiskSpec
from core.model.commands.command import Command, command_name
from core.model.pool_types import DiskFormat


class DiskAt(msgspec.Struct, frozen=True, kw_only=True, tag="disk", omit_defaults=True):
    """A disk, or a snapshot inside it, on a pool."""

    pool_id: str
    name: str
    snapshot: str = ""


class ImageAt(msgspec.Struct, frozen=True, kw_only=True, tag="image"):
    """An image on an image store."""

    store_id: str
    path: str


Source = Union[DiskAt, ImageAt]


class PluggedDisk(msgspec.Struct, frozen=True, kw_only=True):
    """A pool's disk in a VM's slot."""

    device_id: int
    pool_id: str
    name: str
    size_bytes: int


class Operation(msgspec.Struct, frozen=True, kw_only=True, tag_field="do", omit_defaults=True):
    """Something that an actor lets its driver do; the fields are the driver method's arguments."""


class CreateDisk(Operation, frozen=True, kw_only=True, tag="create_disk"):
    """StorageDriver.create_disk."""

    disk: DiskSpec
    source: Source | None = None


class RemoveDisk(Operation, frozen=True, kw_only=True, tag="remove_disk"):
    """StorageDriver.remove_disk."""

    name: str


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


class MeasureDisks(Operation, frozen=True, kw_only=True, tag="measure_disks"):
    """HypervisorDriver.statistics."""


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


class StartVm(Operation, frozen=True, kw_only=True, tag="start_vm"):
    """HypervisorDriver.start_vm."""

    vm_id: str
    name: str
    cpus: int
    memory_bytes: int
    disks: tuple[PluggedDisk, ...]
    iso: ImageAt | None = None


class StopVm(Operation, frozen=True, kw_only=True, tag="stop_vm"):
    """HypervisorDriver.stop_vm."""

    vm_id: str
    forced: bool = False


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
    """HypervisorDriver.migrate_vm to the host of that id; `disks` as they are afterwards."""

    vm_id: str
    name: str
    cpus: int
    memory_bytes: int
    disks: tuple[PluggedDisk, ...]
    host_id: str
    iso: ImageAt | None = None


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


class FetchImage(Operation, frozen=True, kw_only=True, tag="fetch_image"):
    """ImageDriver.fetch; with `upload_id` ImageDriver.receive of what comes with that ticket."""

    path: str
    url: str
    format: DiskFormat
    checksum: str
    size_limit_bytes: int
    upload_id: str = ""


class StoreImage(Operation, frozen=True, kw_only=True, tag="store_image"):
    """ImageDriver.store."""

    path: str
    source: Source
    base: str = ""
    as_is: bool = False


class VerifyImage(Operation, frozen=True, kw_only=True, tag="verify_image"):
    """ImageDriver.verify_copy."""

    path: str
    source: Source


class PackImage(Operation, frozen=True, kw_only=True, tag="pack_image"):
    """ImageDriver.package."""

    path: str
    archive: str


class RemoveImage(Operation, frozen=True, kw_only=True, tag="remove_image"):
    """ImageDriver.remove."""

    path: str


class ProbeStore(Operation, frozen=True, kw_only=True, tag="probe_store"):
    """ImageDriver.probe."""


class Errand(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A command for another job to carry out: its name, and itself as JSON.

    bytes: how much it copies, its share of the progress; 0 is little.
    """

    command: str
    request: msgspec.Raw
    bytes: int = 0


class RunJobs(Operation, frozen=True, kw_only=True, tag="run_jobs"):
    """Have other jobs done side by side, and wait for their ends; answers JobsDone.

    tolerant: it is enough that all have ended. Else the first failure is this one's too.
    detached: it is enough that all have begun. at_once: the most that are begun before one has
    ended; 0 is as many as one job may have.
    """

    errands: tuple[Errand, ...]
    at_once: int = 0
    tolerant: bool = False
    detached: bool = False


class CancelJobs(Operation, frozen=True, kw_only=True, tag="cancel_jobs"):
    """Cancel what RunJobs of the same step has begun, `count` jobs at most."""

    count: int


class AwaitReaders(Operation, frozen=True, kw_only=True, tag="await_readers"):
    """Wait until all jobs have ended that had begun by now with a plan that names one of the paths.

    The job that asks is not among them.
    """

    paths: tuple[str, ...]


class EndJob(Operation, frozen=True, kw_only=True, tag="end_job"):
    """Cancel a job and wait until it has ended, one way or the other."""

    job_id: str


class JobsDone(msgspec.Struct, frozen=True, kw_only=True):
    """How many of the jobs succeeded and failed, and why the first one did."""

    succeeded: int
    failed: int
    message: str = ""


AnyOperation = Union[
    CreateDisk,
    RemoveDisk,
    ResizeDisk,
    VerifyCopy,
    CheckDisk,
    ListDisks,
    MeasureDisks,
    TakeSnapshot,
    RemoveSnapshot,
    RevertDisk,
    ReplaceDisk,
    ProbePool,
    ListChildren,
    ListObjects,
    StartVm,
    StopVm,
    AttachDisk,
    DetachDisk,
    InsertIso,
    EjectIso,
    ResizeAttachedDisk,
    SnapshotDisk,
    MirrorDisk,
    SnapshotVm,
    RevertVm,
    RemoveVmSnapshot,
    MigrateVm,
    ProbeHost,
    FetchImage,
    StoreImage,
    VerifyImage,
    PackImage,
    RemoveImage,
    ProbeStore,
    RunJobs,
    CancelJobs,
    AwaitReaders,
    EndJob,
]


def errand(command: Command, size_bytes: int = 0) -> Errand:
    """The command as an errand that copies so much."""
    return Errand(
        command=command_name(type(command)),
        request=msgspec.Raw(msgspec.json.encode(command)),
        bytes=size_bytes,
    )
