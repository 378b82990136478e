"""By which questions each kind of record is found, and what it adds to which sums.

A mark is (index, key): `inventory.having(Volume, "pool", pool_id)` finds all records that carry it.
The marks of a kind have always the same order of indexes; a key may be empty.
An amount is (sum, key, value): `inventory.total("pool.allocated", pool_id)` adds them up. Capacity
and quota are these sums, so they cannot drift from the records.
"""

from collections.abc import Callable
from typing import Any

from core.model.records import (
    Account,
    Cluster,
    Domain,
    Extraction,
    Host,
    ImageStore,
    Job,
    Pod,
    Pool,
    PoolTemplate,
    PoolWork,
    Project,
    Record,
    ResourceLimit,
    SettingValue,
    Snapshot,
    SnapshotPolicy,
    StoreRef,
    SystemVm,
    Tag,
    Template,
    User,
    Vm,
    VmSnapshot,
    Volume,
)
from core.model.states import (
    JobStatus,
    RefState,
    SnapshotState,
    VmSnapshotState,
    VmState,
    VolumeState,
)

Mark = tuple[str, str]
Amount = tuple[str, str, int]
_FREED = frozenset({VolumeState.DESTROY, VolumeState.EXPUNGING, VolumeState.EXPUNGED})
_ON_NO_POOL = frozenset(
    {
        VolumeState.NOT_UPLOADED,
        VolumeState.UPLOAD_IN_PROGRESS,
        VolumeState.UPLOAD_OP,
        VolumeState.UPLOADED,
        VolumeState.UPLOAD_ERROR,
        VolumeState.UPLOAD_ABANDONED,
    }
)
"""What is, or is to be, on an image store takes no primary storage."""
_UPLOADS_FAILED = frozenset({VolumeState.UPLOAD_ERROR, VolumeState.UPLOAD_ABANDONED})
_GONE = frozenset({SnapshotState.DESTROYED, SnapshotState.ERROR})


def _volume_marks(volume: Volume) -> tuple[Mark, ...]:
    return (
        ("account", volume.account_id),
        ("pool", volume.pool_id),
        ("target", volume.target_pool_id),
        ("vm", volume.vm_id),
        ("offering", volume.disk_offering_id),
        ("origin", volume.snapshot_id),
        ("job", volume.job_id),
        ("upload", "failed" if volume.state in _UPLOADS_FAILED else ""),
    )


def _volume_amounts(volume: Volume) -> tuple[Amount, ...]:
    if volume.state in _FREED:
        return ()
    size = max(volume.size_bytes, volume.target_size_bytes)
    if volume.state in _ON_NO_POOL:
        size = 0
    offered = f"{volume.account_id}/{volume.disk_offering_id}"
    return (
        ("offered.volumes", offered, 1),
        ("offered.primary_bytes", offered, size),
        ("account.volumes", volume.account_id, 1),
        ("account.primary_bytes", volume.account_id, size),
        ("domain.volumes", volume.domain_id, 1),
        ("domain.primary_bytes", volume.domain_id, size),
        ("account.secondary_bytes", volume.account_id, volume.uploaded_bytes),
        ("domain.secondary_bytes", volume.domain_id, volume.uploaded_bytes),
        ("pool.allocated", volume.pool_id, size),
        ("pool.iops", volume.pool_id, volume.min_iops),
        ("pool.allocated", volume.target_pool_id, size),
        ("pool.iops", volume.target_pool_id, volume.min_iops),
    )


def _snapshot_marks(snapshot: Snapshot) -> tuple[Mark, ...]:
    return (
        ("account", snapshot.account_id),
        ("volume", snapshot.volume_id),
        ("pool", snapshot.pool_id),
        ("job", snapshot.job_id),
    )


def _snapshot_amounts(snapshot: Snapshot) -> tuple[Amount, ...]:
    if snapshot.state in _GONE:
        return ()
    size = snapshot.physical_bytes or snapshot.size_bytes
    where = "primary" if snapshot.location == "PRIMARY" else "secondary"
    return (
        ("account.snapshots", snapshot.account_id, 1),
        (f"account.{where}_bytes", snapshot.account_id, size),
        ("domain.snapshots", snapshot.domain_id, 1),
        (f"domain.{where}_bytes", snapshot.domain_id, size),
    )


def _policy_marks(policy: SnapshotPolicy) -> tuple[Mark, ...]:
    return (("account", policy.account_id), ("volume", policy.volume_id))


def _vm_marks(vm: Vm) -> tuple[Mark, ...]:
    return (
        ("account", vm.account_id),
        ("host", vm.host_id),
        ("target_host", vm.target_host_id),
        ("template", vm.template_id),
        ("iso", vm.iso_id),
        ("job", vm.job_id),
    )


def _vm_amounts(vm: Vm) -> tuple[Amount, ...]:
    counted: tuple[Amount, ...] = ()
    if vm.state not in (VmState.DESTROYED, VmState.EXPUNGING, VmState.ERROR):
        sizes = (("vms", 1), ("cpus", vm.cpus), ("memory_bytes", vm.memory_bytes))
        counted = tuple(
            amount
            for name, size in sizes
            for amount in (
                (f"account.{name}", vm.account_id, size),
                (f"domain.{name}", vm.domain_id, size),
                (f"offered.{name}", f"{vm.account_id}/{vm.service_offering_id}", size),
            )
        )
    hosts = (host_id for host_id in (vm.host_id, vm.target_host_id) if host_id)
    return (*counted, *(("host.memory", host_id, vm.memory_bytes) for host_id in hosts))


def _vm_snapshot_marks(taken: VmSnapshot) -> tuple[Mark, ...]:
    return (
        ("account", taken.account_id),
        ("vm", taken.vm_id),
        ("job", taken.job_id),
    )


def _vm_snapshot_amounts(taken: VmSnapshot) -> tuple[Amount, ...]:
    if taken.state is VmSnapshotState.ERROR:
        return ()
    return (("pool.allocated", taken.pool_id, taken.memory_bytes),)


def _template_amounts(template: Template) -> tuple[Amount, ...]:
    size = (template.physical_bytes or template.size_bytes) * (1 + template.copies)
    own = 0 if template.parent_id else 1
    return (
        ("account.templates", template.account_id, own),
        ("account.secondary_bytes", template.account_id, size),
        ("domain.templates", template.domain_id, own),
        ("domain.secondary_bytes", template.domain_id, size),
    )


def _ref_amounts(ref: StoreRef) -> tuple[Amount, ...]:
    if ref.state in (RefState.DESTROYED, RefState.FAILED):
        return ()
    known = ref.parent_id and ref.state is not RefState.CREATING
    size = ref.physical_bytes if known else ref.physical_bytes or ref.size_bytes
    return (("store.allocated", ref.store_id, size),)


def _job_marks(job: Job) -> tuple[Mark, ...]:
    """Jobs of a host's or pool's queue are too many to be found by it for nothing."""
    account = ("account", job.account_id)
    if job.status is not JobStatus.IN_PROGRESS:
        return account, ("status", "ended")
    slot = job.slot if job.slot.startswith("zone/") else ""
    return account, ("status", "pending"), ("instance", job.instance_id), ("slot", slot)


def _host_marks(host: Host) -> tuple[Mark, ...]:
    return (("cluster", host.cluster_id), ("zone", host.zone_id), ("url", host.url))


def _pool_marks(pool: Pool) -> tuple[Mark, ...]:
    return (
        ("zone", pool.zone_id),
        ("cluster", pool.cluster_id),
        ("host", pool.host_id),
        ("url", pool.url),
        ("parent", pool.parent_id),
    )


def _pool_template_marks(copy: PoolTemplate) -> tuple[Mark, ...]:
    return (("pool", copy.pool_id), ("template", copy.template_id), ("job", copy.job_id))


def _pool_template_amounts(copy: PoolTemplate) -> tuple[Amount, ...]:
    return (("pool.allocated", copy.pool_id, copy.size_bytes),)


def _work_marks(work: PoolWork) -> tuple[Mark, ...]:
    return (("pool", work.pool_id),)


def _system_vm_marks(vm: SystemVm) -> tuple[Mark, ...]:
    return (("zone", vm.zone_id),)


def _store_marks(store: ImageStore) -> tuple[Mark, ...]:
    return (("zone", store.zone_id), ("name", store.name), ("url", store.url))


def _cluster_marks(cluster: Cluster) -> tuple[Mark, ...]:
    return (("pod", cluster.pod_id), ("zone", cluster.zone_id))


def _pod_marks(pod: Pod) -> tuple[Mark, ...]:
    return (("zone", pod.zone_id),)


def _domain_marks(domain: Domain) -> tuple[Mark, ...]:
    return (("parent", domain.parent_id),)


def _project_marks(project: Project) -> tuple[Mark, ...]:
    return (("domain", project.domain_id), ("owner", project.owner_id))


def _project_amounts(project: Project) -> tuple[Amount, ...]:
    return (
        ("account.projects", project.owner_id, 1),
        ("domain.projects", project.domain_id, 1),
    )


def _tag_marks(tag: Tag) -> tuple[Mark, ...]:
    return (("of", tag.of_id), ("account", tag.account_id), ("key", tag.key))


def _setting_marks(value: SettingValue) -> tuple[Mark, ...]:
    return (("name", value.name),)


def _limit_marks(limit: ResourceLimit) -> tuple[Mark, ...]:
    return (("scope", limit.scope_id),)


def _account_marks(account: Account) -> tuple[Mark, ...]:
    return (
        ("domain", account.domain_id),
        ("name", account.name),
        ("project", account.project_id),
    )


def _user_marks(user: User) -> tuple[Mark, ...]:
    return (
        ("account", user.account_id),
        ("token", user.token_sha256),
        ("api_key", user.api_key),
    )


def _template_marks(template: Template) -> tuple[Mark, ...]:
    return (
        ("account", template.account_id),
        ("parent", template.parent_id),
        ("public", "yes" if template.public or template.featured else "no"),
        ("job", template.job_id),
    )


def _ref_marks(ref: StoreRef) -> tuple[Mark, ...]:
    return (
        ("of", ref.of_id),
        ("store", ref.store_id),
        ("parent", ref.parent_id),
        ("job", ref.job_id),
    )


def _link_marks(link: Extraction) -> tuple[Mark, ...]:
    return (("of", link.of_id), ("account", link.account_id), ("secret", link.secret))


MARKS: dict[type[Record], Callable[[Any], tuple[Mark, ...]]] = {
    Domain: _domain_marks,
    Account: _account_marks,
    Project: _project_marks,
    Tag: _tag_marks,
    ResourceLimit: _limit_marks,
    SettingValue: _setting_marks,
    User: _user_marks,
    Pod: _pod_marks,
    Cluster: _cluster_marks,
    Host: _host_marks,
    Pool: _pool_marks,
    PoolWork: _work_marks,
    PoolTemplate: _pool_template_marks,
    ImageStore: _store_marks,
    SystemVm: _system_vm_marks,
    Template: _template_marks,
    StoreRef: _ref_marks,
    Extraction: _link_marks,
    Vm: _vm_marks,
    VmSnapshot: _vm_snapshot_marks,
    Volume: _volume_marks,
    Snapshot: _snapshot_marks,
    SnapshotPolicy: _policy_marks,
    Job: _job_marks,
}
AMOUNTS: dict[type[Record], Callable[[Any], tuple[Amount, ...]]] = {
    Template: _template_amounts,
    StoreRef: _ref_amounts,
    PoolTemplate: _pool_template_amounts,
    Project: _project_amounts,
    Vm: _vm_amounts,
    VmSnapshot: _vm_snapshot_amounts,
    Volume: _volume_amounts,
    Snapshot: _snapshot_amounts,
}
