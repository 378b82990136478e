"""Volumes, their snapshots, and the policies that take them."""

from collections.abc import Mapping

from core.model.pool_types import DiskFormat
from core.model.records.record import Detailed, Record
from core.model.states import SnapshotState, VolumeState


class Volume(Detailed, frozen=True, kw_only=True):
    """A disk; while it migrates `target_pool_id` is the pool that it goes to.

    hypervisor: the one whose format it has, "" while it has none. chain_ended: the next
    incremental snapshot must be a full one. upload_error: why its upload failed.
    uploaded_bytes: the room that it takes on an image store until it is on a pool. idle_s: until
    when it was in use before it was last detached (core.model.activity). check_result,
    repair_result: what the last checkVolume found and mended, by qemu-img's names.
    """

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
    hypervisor: str = ""
    min_iops: int = 0
    max_iops: int = 0
    attached_s: float = 0.0
    idle_s: float = 0.0
    destroyed_s: float = 0.0
    display: bool = True
    delete_protection: bool = False
    chain_ended: bool = False
    url: str = ""
    checksum: str = ""
    upload_error: str = ""
    uploaded_bytes: int = 0
    check_result: Mapping[str, str] = {}
    repair_result: Mapping[str, str] = {}
    state: VolumeState = VolumeState.ALLOCATED
    job_id: str = ""


class Snapshot(Record, frozen=True, kw_only=True):
    """A volume as it was at one moment; its bytes are StoreRefs', or on `pool_id`, or both.

    type: MANUAL, or the interval of the policy that took it. disk_offering_id, hypervisor: the
    volume's, which may be gone. parent_id: the snapshot of which it holds only the changes since.
    """

    name: str
    account_id: str
    domain_id: str
    zone_id: str
    volume_id: str
    volume_name: str
    volume_type: str
    size_bytes: int
    disk_offering_id: str = ""
    hypervisor: str = ""
    physical_bytes: int = 0
    type: str = "MANUAL"
    policy_id: str = ""
    parent_id: str = ""
    location: str = ""
    pool_id: str = ""
    state: SnapshotState = SnapshotState.ALLOCATED
    job_id: str = ""


class SnapshotPolicy(Detailed, frozen=True, kw_only=True):
    """When snapshots of a volume are taken by themselves, and how many are kept.

    interval: HOURLY, DAILY, WEEKLY or MONTHLY. schedule: CloudStack's "MM", "MM:HH" or "MM:HH:DD".
    next_s: when the next one is due. running_job_id: the job of the one being taken.
    """

    volume_id: str
    account_id: str
    domain_id: str
    interval: str
    schedule: str
    timezone: str
    max_snaps: int
    next_s: float = 0.0
    running_job_id: str = ""
    display: bool = True
    zone_ids: tuple[str, ...] = ()
