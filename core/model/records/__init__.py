"""What Forebay remembers: one frozen Struct for each kind of thing, replaced, never mutated.

`kind` (the tag) is the topic of its events. `rev` counts changes. `job_id` names the job that owns
a transitional state. Sizes are bytes; times are seconds since the epoch, 0 where not yet known.
"""

from typing import Union, get_args

from core.model.records.account import Account, Domain, Project, ResourceLimit, Tag, User
from core.model.records.job import Job, JobPlan, RequestKey, SettingValue
from core.model.records.offering import NO_RATES, DiskOffering, Rates, ServiceOffering
from core.model.records.place import Cluster, Host, HypervisorCapability, Pod, SystemVm, Zone
from core.model.records.record import Record, kind_name
from core.model.records.storage import (
    Alert,
    Extraction,
    ImageStore,
    Migration,
    Pool,
    PoolTemplate,
    PoolWork,
    StoreRef,
    UploadTicket,
)
from core.model.records.vm import Template, Vm, VmSnapshot
from core.model.records.volume import Snapshot, SnapshotPolicy, Volume

AnyRecord = Union[
    Domain,
    Account,
    User,
    Project,
    ResourceLimit,
    Tag,
    Zone,
    Pod,
    Cluster,
    Host,
    HypervisorCapability,
    SystemVm,
    Pool,
    PoolWork,
    PoolTemplate,
    ImageStore,
    StoreRef,
    Migration,
    Alert,
    Extraction,
    UploadTicket,
    DiskOffering,
    ServiceOffering,
    Template,
    Vm,
    VmSnapshot,
    Volume,
    Snapshot,
    SnapshotPolicy,
    Job,
    JobPlan,
    SettingValue,
    RequestKey,
]
RECORD_TYPES: tuple[type[Record], ...] = get_args(AnyRecord)
KINDS: dict[str, type[Record]] = {kind_name(kind.__name__): kind for kind in RECORD_TYPES}
KIND_OF: dict[type[Record], str] = {kind: name for name, kind in KINDS.items()}
PRIVATE_KINDS = frozenset({"user", "job_plan", "request_key", "upload_ticket"})

__all__ = [
    "KINDS",
    "KIND_OF",
    "NO_RATES",
    "PRIVATE_KINDS",
    "RECORD_TYPES",
    "Account",
    "Alert",
    "AnyRecord",
    "Cluster",
    "DiskOffering",
    "Domain",
    "Extraction",
    "Host",
    "HypervisorCapability",
    "ImageStore",
    "Job",
    "JobPlan",
    "Migration",
    "Pod",
    "Pool",
    "PoolTemplate",
    "PoolWork",
    "Project",
    "Rates",
    "Record",
    "RequestKey",
    "ResourceLimit",
    "ServiceOffering",
    "SettingValue",
    "Snapshot",
    "SnapshotPolicy",
    "StoreRef",
    "SystemVm",
    "Tag",
    "Template",
    "UploadTicket",
    "User",
    "Vm",
    "VmSnapshot",
    "Volume",
    "Zone",
]
