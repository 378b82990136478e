"""Primary pools, image stores, and what lies on them."""

from collections.abc import Mapping

from core.model.pool_types import DiskFormat, PoolType
from core.model.records.record import Detailed, Record
from core.model.states import PoolState, RefState


class Pool(Detailed, frozen=True, kw_only=True):
    """A primary storage pool; `cluster_id` and `host_id` are set as its scope demands.

    managed: a storage system that makes one volume of its own for each volume. tag_rule: `tags`
    holds one rule over an offering's tags. parent_id: the DatastoreCluster that it is a child of.
    child_urls: of a DatastoreCluster, the URLs of its datastores when they were last asked for.
    nodes: names of the only hosts that reach it, none is all in its scope. replicas: on how many of
    them each byte lies. access_groups: only hosts that have one of these storage access groups
    use it; none is all.
    """

    name: str
    url: str
    type: PoolType
    scope: str
    zone_id: str
    pod_id: str = ""
    cluster_id: str = ""
    host_id: str = ""
    hypervisor: str = ""
    provider: str = "DefaultPrimary"
    managed: bool = False
    tags: tuple[str, ...] = ()
    tag_rule: bool = False
    parent_id: str = ""
    child_urls: tuple[str, ...] = ()
    capacity_bytes: int = 0
    used_bytes: int = 0
    capacity_iops: int = 0
    nodes: tuple[str, ...] = ()
    replicas: int = 1
    access_groups: tuple[str, ...] = ()
    state: PoolState = PoolState.INITIALIZED
    job_id: str = ""


class PoolWork(Record, frozen=True, kw_only=True):
    """A machine that a pool's maintenance has to stop, and to start again when that is over."""

    pool_id: str
    vm_id: str
    stopped: bool = False


class PoolTemplate(Record, frozen=True, kw_only=True):
    """A template as it was copied to a pool once, for all root disks made from it there.

    unused: nobody needed it when the last clean-up looked; the next one removes it.
    """

    pool_id: str
    template_id: str
    size_bytes: int = 0
    unused: bool = False
    state: RefState = RefState.ALLOCATED
    job_id: str = ""


class ImageStore(Record, frozen=True, kw_only=True):
    """A secondary storage server; no zone means all zones.

    given_bytes: the capacity that an administrator has set, 0 while the store says it itself.
    """

    name: str
    url: str
    provider: str
    protocol: str
    zone_id: str = ""
    readonly: bool = False
    up: bool = False
    details: Mapping[str, str] = {}
    given_bytes: int = 0
    capacity_bytes: int = 0
    used_bytes: int = 0


class StoreRef(Record, frozen=True, kw_only=True):
    """An image of a template, snapshot or volume (`of_kind`, `of_id`) on an image store.

    parent_id: the StoreRef on the same store that this one holds only the changes since.
    """

    store_id: str
    of_kind: str
    of_id: str
    account_id: str
    path: str
    format: DiskFormat
    size_bytes: int = 0
    physical_bytes: int = 0
    checksum: str = ""
    parent_id: str = ""
    state: RefState = RefState.ALLOCATED
    job_id: str = ""


class Migration(Record, frozen=True, kw_only=True):
    """A move of images off an image store, by the id of its job.

    type: "complete" or "balance". files: how many images or chains of them are to move, `skipped`
    how many stay, and `stopped` why those after them were not looked at. late: how many moved in a
    second round, `round_failure` why there was none. held_back: why nothing was begun.
    failure: why the first that failed did.
    """

    source_id: str
    type: str
    files: int = 0
    moved: int = 0
    late: int = 0
    failed: int = 0
    skipped: int = 0
    stopped: str = ""
    round_failure: str = ""
    held_back: str = ""
    failure: str = ""


class Alert(Record, frozen=True, kw_only=True):
    """Storage of a zone, or of a pod and cluster, that was fuller than it should be.

    resolved_s: when it was so no more, 0 while it is. archived: nobody wants to see it.
    """

    type: int
    name: str
    description: str
    zone_id: str
    pod_id: str = ""
    cluster_id: str = ""
    archived: bool = False
    resolved_s: float = 0.0


class Extraction(Record, frozen=True, kw_only=True):
    """A link under which an image can be downloaded until `expires_s`.

    secret: who shows it may download. A copy that was made for the link is a StoreRef of it.
    """

    of_kind: str
    of_id: str
    account_id: str
    domain_id: str
    zone_id: str
    store_id: str
    path: str
    url: str
    expires_s: float
    mode: str = "HTTP_DOWNLOAD"
    secret: str = ""


class UploadTicket(Record, frozen=True, kw_only=True):
    """Leave to POST the bytes of one volume or template, once, until `expires_s`."""

    of_kind: str
    of_id: str
    account_id: str
    store_id: str
    path: str
    format: DiskFormat
    checksum: str
    signature_sha256: str
    expires_s: float
