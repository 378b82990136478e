"""What Forebay remembers: one frozen Struct for each kind of thing, replaced, never mutated.

`kind` (the tag) is the topic of its events. `rev` counts changes. `job_id` names the job that owns
a transitional state. Sizes are bytes; times are seconds since the epoch, 0 where not yet known.
"""

from typing import Union

import msgspec

from core.model.commands.command import Role
from core.model.errors import Failure
from core.model.hypervisors import DiskFormat, Hypervisor, PoolType
from core.model.states import (
    HostState,
    JobStatus,
    Phase,
    PoolState,
    RefState,
    SnapshotState,
    TemplateState,
    VmState,
    VolumeState,
)


def _kind(name: str) -> str:
    return "".join(f"_{c.lower()}" if c.isupper() else c for c in name).lstrip("_")


# A record cannot be in a reference cycle, so the collector need not walk through them all (gc).
class Record(msgspec.Struct, frozen=True, kw_only=True, gc=False, tag_field="kind", tag=_kind):
    """What all records have."""

    id: str
    rev: int = 1
    created_s: float = 0.0


class Domain(Record, frozen=True, kw_only=True):
    """A domain of accounts; ROOT has no parent."""

    name: str
    path: str
    parent_id: str = ""


class Account(Record, frozen=True, kw_only=True):
    """Owner of volumes, snapshots, templates and virtual machines."""

    name: str
    domain_id: str
    role: Role


class User(Record, frozen=True, kw_only=True):
    """Someone who can log in to an account; never published."""

    username: str
    account_id: str
    token_sha256: str
    api_key: str = ""
    secret_key: str = ""


class Zone(Record, frozen=True, kw_only=True):
    """A data centre."""

    name: str
    local_storage_enabled: bool = False


class Pod(Record, frozen=True, kw_only=True):
    """A rack or group of racks in a zone."""

    name: str
    zone_id: str


class Cluster(Record, frozen=True, kw_only=True):
    """Hosts of one hypervisor that share storage."""

    name: str
    zone_id: str
    pod_id: str
    hypervisor: Hypervisor


class Host(Record, frozen=True, kw_only=True):
    """A machine that runs virtual machines."""

    name: str
    url: str
    zone_id: str
    pod_id: str
    cluster_id: str
    hypervisor: Hypervisor
    version: str = ""
    cpus: int = 0
    memory_bytes: int = 0
    state: HostState = HostState.CREATING


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


class DiskOffering(Record, frozen=True, kw_only=True):
    """What kind of disk a volume is; `size_bytes` 0 means customized."""

    name: str
    display_text: str
    size_bytes: int = 0
    storage_type: str = "shared"
    provisioning_type: str = "thin"
    tags: tuple[str, ...] = ()
    min_iops: int = 0
    max_iops: int = 0
    customized_iops: bool = False
    service_offering_id: str = ""


class ServiceOffering(Record, frozen=True, kw_only=True):
    """What kind of virtual machine; `disk_offering_id` holds what concerns its root disk."""

    name: str
    display_text: str
    cpus: int
    cpu_mhz: int
    memory_bytes: int
    disk_offering_id: str
    offer_ha: bool = False
    volatile: bool = False


class Template(Record, frozen=True, kw_only=True):
    """An image from which root disks are made; where it lies say its StoreRefs.

    `failure` says why it could not be fetched.
    """

    name: str
    display_text: str
    account_id: str
    domain_id: str
    zone_id: str
    url: str
    format: DiskFormat
    hypervisor: Hypervisor
    checksum: str = ""
    public: bool = False
    featured: bool = False
    extractable: bool = False
    size_bytes: int = 0
    physical_bytes: int = 0
    state: TemplateState = TemplateState.NOT_DOWNLOADED
    failure: str = ""
    job_id: str = ""


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


class Vm(Record, frozen=True, kw_only=True):
    """A virtual machine; `host_id` is where it runs or, when stopped, ran last (`last_host_id`)."""

    name: str
    account_id: str
    domain_id: str
    zone_id: str
    service_offering_id: str
    template_id: str
    hypervisor: Hypervisor
    cpus: int
    memory_bytes: int
    host_id: str = ""
    last_host_id: str = ""
    state: VmState = VmState.STOPPED
    job_id: str = ""


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


class Job(Record, frozen=True, kw_only=True):
    """Long work: `step` counts the plan's steps that are done, `phase` says which way it goes.

    `begun_s` is when its turn came: until then it waited.
    """

    command: str
    account_id: str
    domain_id: str
    user_id: str
    instance_kind: str = ""
    instance_id: str = ""
    request: msgspec.Raw = msgspec.Raw(b"null")
    status: JobStatus = JobStatus.IN_PROGRESS
    phase: Phase = Phase.QUEUED
    step: int = 0
    slot: str = ""
    locks: tuple[str, ...] = ()
    cancel: bool = False
    deadline_s: float = 0.0
    begun_s: float = 0.0
    completed_s: float = 0.0
    failure: Failure | None = None


class JobPlan(Record, frozen=True, kw_only=True):
    """The plan of the running job of the same id, as data; never published."""

    plan: msgspec.Raw


class SettingValue(Record, frozen=True, kw_only=True):
    """A setting that was changed at a scope; its id is `<scope>/<scope id>/<name>`."""

    name: str
    scope: str
    scope_id: str
    value: str


class RequestKey(Record, frozen=True, kw_only=True):
    """An idempotency key that an account has used, and what was answered; never published."""

    account_id: str
    request_sha256: str
    answer: msgspec.Raw


AnyRecord = Union[
    Domain,
    Account,
    User,
    Zone,
    Pod,
    Cluster,
    Host,
    Pool,
    ImageStore,
    DiskOffering,
    ServiceOffering,
    Template,
    StoreRef,
    Vm,
    Volume,
    Snapshot,
    Job,
    JobPlan,
    SettingValue,
    RequestKey,
]
RECORD_TYPES: tuple[type[Record], ...] = (
    Domain,
    Account,
    User,
    Zone,
    Pod,
    Cluster,
    Host,
    Pool,
    ImageStore,
    DiskOffering,
    ServiceOffering,
    Template,
    StoreRef,
    Vm,
    Volume,
    Snapshot,
    Job,
    JobPlan,
    SettingValue,
    RequestKey,
)
KINDS: dict[str, type[Record]] = {_kind(kind.__name__): kind for kind in RECORD_TYPES}
KIND_OF: dict[type[Record], str] = {kind: name for name, kind in KINDS.items()}
PRIVATE_KINDS = frozenset({"user", "job_plan", "request_key"})
