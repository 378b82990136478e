"""How long a step may take before its job gives it up: a setting for each kind of copy."""

from typing import NamedTuple

from core.model import errors
from core.model.settings import Settings
from core.plans.operation import (
    AnyOperation,
    AwaitReaders,
    CancelJobs,
    CreateDisk,
    DiskAt,
    EndJob,
    FetchImage,
    ImageAt,
    MigrateVm,
    MirrorDisk,
    PackImage,
    ReplaceDisk,
    RunJobs,
    SnapshotDisk,
    StoreImage,
    UnpackDisk,
    VerifyCopy,
    VerifyImage,
)

ENDLESS = (AwaitReaders, CancelJobs, EndJob, FetchImage, RunJobs)
"""Other jobs have limits of their own; so has a download, whose server may be slow but alive."""

COPIES: dict[type, str] = {
    CreateDisk: "copy.volume.wait",
    ReplaceDisk: "copy.volume.wait",
    VerifyCopy: "copy.volume.wait",
    MirrorDisk: "kvm.storage.online.migration.wait",
    SnapshotDisk: "backup.snapshot.wait",
    StoreImage: "backup.snapshot.wait",
    VerifyImage: "backup.snapshot.wait",
    PackImage: "backup.snapshot.wait",
    UnpackDisk: "backup.snapshot.wait",
}


class Patience(NamedTuple):
    """The setting, and what it says in seconds."""

    setting: str
    limit_s: float

    def lost(self, key: str) -> errors.Deadline:
        """The error of a step of the actor `key` that took longer."""
        return errors.Deadline(
            f"the step took longer than {self.limit_s:g} s, which {self.setting} allows",
            object=key,
            hint=f"see what slows it down, or raise {self.setting}",
        )


def patience(settings: Settings, operation: AnyOperation | None) -> Patience | None:
    """How long the operation may take; None is as long as it likes (semantics section 3.4)."""
    if operation is None or isinstance(operation, ENDLESS):
        return None
    setting = COPIES.get(type(operation), "wait")
    if isinstance(operation, CreateDisk):
        setting = _creation(operation)
    if isinstance(operation, MigrateVm):
        setting = "kvm.storage.online.migration.wait" if operation.carries else "migratewait"
    return Patience(setting, settings.number(setting))


def _creation(operation: CreateDisk) -> str:
    """Disks are made of snapshots, of images on a store, of other disks, or empty."""
    match operation.source:
        case DiskAt(snapshot=snapshot) if snapshot:
            return "create.volume.from.snapshot.wait"
        case ImageAt():
            return "primary.storage.download.wait"
        case DiskAt():
            return "copy.volume.wait"
        case None:
            return "wait"
