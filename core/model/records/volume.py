"""Volumes and their snapshots."""

from core.model.hypervisors import DiskFormat
from core.model.records.record import Record
from core.model.states import (
    SnapshotState,
    VolumeState,
)


class Volume(Record, frozen=True, kw_only=True):
    """A disk; while it migrates `target_pool_id` is the pool that it goes to."""

    name: str
    account_id: str
    domain_id: str
    zone_id: str
    type: str
    size_bytes: int
    disk_offering_id: str
    pool_id: str = ""
    target_pool_id: str = ""
    target_size_bytes: int = 0
    vm_id: str = ""
    device_id: int = -1
    template_id: str = ""
    snapshot_id: str = ""
    format: DiskFormat = DiskFormat.QCOW2
    min_iops: int = 0
    max_iops: int = 0
    attached_s: float = 0.0
    state: VolumeState = VolumeState.ALLOCATED
    job_id: str = ""


class Snapshot(Record, frozen=True, kw_only=True):
    """A volume as it was at one moment; its bytes are a StoreRef's, or on `pool_id`, or both."""

    name: str
    account_id: str
    domain_id: str
    zone_id: str
    volume_id: str
    volume_name: str
    volume_type: str
    size_bytes: int
    physical_bytes: int = 0
    type: str = "MANUAL"
    pool_id: str = ""
    state: SnapshotState = SnapshotState.ALLOCATED
    job_id: str = ""
