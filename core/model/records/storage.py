"""Primary pools, image stores, and what lies on the latter."""

from core.model.hypervisors import DiskFormat, PoolType
from core.model.records.record import Record
from core.model.states import (
    PoolState,
    RefState,
)


class Pool(Record, frozen=True, kw_only=True):
    """A primary storage pool; `cluster_id` and `host_id` are set as its scope demands."""

    name: str
    url: str
    type: PoolType
    scope: str
    zone_id: str
    pod_id: str = ""
    cluster_id: str = ""
    host_id: str = ""
    hypervisor: str = ""
    tags: tuple[str, ...] = ()
    capacity_bytes: int = 0
    used_bytes: int = 0
    capacity_iops: int = 0
    state: PoolState = PoolState.INITIALIZED


class ImageStore(Record, frozen=True, kw_only=True):
    """A secondary storage server; no zone means all zones."""

    name: str
    url: str
    provider: str
    protocol: str
    zone_id: str = ""
    readonly: bool = False
    up: bool = False
    capacity_bytes: int = 0
    used_bytes: int = 0


class StoreRef(Record, frozen=True, kw_only=True):
    """An image of a template or snapshot (`of_kind`, `of_id`) on an image store."""

    store_id: str
    of_kind: str
    of_id: str
    account_id: str
    path: str
    format: DiskFormat
    size_bytes: int = 0
    physical_bytes: int = 0
    checksum: str = ""
    state: RefState = RefState.ALLOCATED
    job_id: str = ""
