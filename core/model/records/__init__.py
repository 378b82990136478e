"""What Forebay remembers: one frozen Struct for each kind of thing, replaced, never mutated.

`kind` (the tag) is the topic of its events. `rev` counts changes. `job_id` names the job that owns
a transitional state. Sizes are bytes; times are seconds since the epoch, 0 where not yet known.
"""

from typing import Union, get_args

from core.model.records.account import Account, Domain, User
from core.model.records.job import Job, JobPlan, RequestKey, SettingValue
from core.model.records.offering import DiskOffering, ServiceOffering
from core.model.records.place import Cluster, Host, Pod, Zone
from core.model.records.record import Record, kind_name
from core.model.records.storage import ImageStore, Pool, StoreRef
from core.model.records.vm import Template, Vm
from core.model.records.volume import Snapshot, Volume

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
    StoreRef,
    DiskOffering,
    ServiceOffering,
    Volume,
    Snapshot,
    Vm,
    Template,
    Job,
    JobPlan,
    SettingValue,
    RequestKey,
]
RECORD_TYPES: tuple[type[Record], ...] = get_args(AnyRecord)
KINDS: dict[str, type[Record]] = {kind_name(kind.__name__): kind for kind in RECORD_TYPES}
KIND_OF: dict[type[Record], str] = {kind: name for name, kind in KINDS.items()}
PRIVATE_KINDS = frozenset({"user", "job_plan", "request_key"})

__all__ = [
    "KINDS",
    "KIND_OF",
    "PRIVATE_KINDS",
    "RECORD_TYPES",
    "Account",
    "AnyRecord",
    "Cluster",
    "DiskOffering",
    "Domain",
    "Host",
    "ImageStore",
    "Job",
    "JobPlan",
    "Pod",
    "Pool",
    "Record",
    "RequestKey",
    "ServiceOffering",
    "SettingValue",
    "Snapshot",
    "StoreRef",
    "Template",
    "User",
    "Vm",
    "Volume",
    "Zone",
]
