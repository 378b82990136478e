"""Hypervisors and pools: every row is one that plans can work with."""

import pytest

from core.model.hypervisors import (
    HYPERVISORS,
    Hypervisor,
    Resize,
    data_volumes_max,
    has_storage_motion,
    is_overprovisioned,
)
from core.model.pool_types import POOLS, DiskFormat, PoolType

every_pool = pytest.mark.parametrize("pool", PoolType)
every_hypervisor = pytest.mark.parametrize("hypervisor", HYPERVISORS)


@every_pool
def test_pool_type_has_a_row_with_schemes_and_formats(pool: PoolType) -> None:
    """A pool can be addressed, and something can be put on it."""
    row = POOLS[pool]
    assert row.schemes
    assert row.formats
    assert len(set(row.formats)) == len(row.formats)


def test_scheme_of_a_url_names_one_pool_type() -> None:
    """A pool is created from its URL: the scheme alone tells the type."""
    schemes = [scheme for row in POOLS.values() for scheme in row.schemes]
    assert len(set(schemes)) == len(schemes)
    assert all(scheme == scheme.lower() for scheme in schemes)


@every_pool
def test_snapshots_stay_only_where_the_storage_takes_them(pool: PoolType) -> None:
    """What the hypervisor copied straight to the image store is not on the pool."""
    row = POOLS[pool]
    assert row.storage_snapshots or not row.keeps_snapshots


@every_pool
def test_every_disk_of_a_hypervisor_with_snapshots_can_be_snapshotted(pool: PoolType) -> None:
    """A closed RAW disk holds none itself, so storage that keeps only RAW takes them."""
    users = {name for name, row in HYPERVISORS.items() if pool in row.pools and row.snapshot}
    only_raw = POOLS[pool].formats == (DiskFormat.RAW,)
    assert POOLS[pool].storage_snapshots or not only_raw or users <= {Hypervisor.SIMULATOR}


def test_only_a_hosts_own_disks_are_not_shared() -> None:
    """Everything else can be reached by all hosts of its scope."""
    own = {PoolType.FILESYSTEM, PoolType.LVM, PoolType.EXT}
    assert {pool for pool, row in POOLS.items() if not row.shared} == own


@every_hypervisor
def test_hypervisor_has_a_limit_for_versions_that_are_not_listed(hypervisor: Hypervisor) -> None:
    """An unknown version falls back to "default", and every limit admits a disk."""
    limits = HYPERVISORS[hypervisor].data_volumes
    assert "default" in limits
    assert min(limits.values()) >= 1


@every_hypervisor
def test_hypervisor_has_a_pool_type_for_its_format(hypervisor: Hypervisor) -> None:
    """Its volumes can lie somewhere, on its hosts' own disks too where it uses those."""
    row = HYPERVISORS[hypervisor]
    assert any(row.format in POOLS[pool].formats for pool in row.pools)
    assert row.overprovisioned <= row.pools
    assert row.local_pool is None or row.local_pool in row.pools


@pytest.mark.parametrize(
    ("hypervisor", "version", "most"),
    [
        (Hypervisor.XENSERVER, "", 6),
        (Hypervisor.XENSERVER, "6.5.0", 13),
        (Hypervisor.XENSERVER, "8.2.1", 253),
        (Hypervisor.XENSERVER, "8.4.0", 240),
        (Hypervisor.VMWARE, "5.5", 13),
        (Hypervisor.VMWARE, "8.0.3", 59),
        (Hypervisor.KVM, "default", 32),
        (Hypervisor.HYPERV, "6.2", 64),
        (Hypervisor.LXC, "", 6),
    ],
)
def test_data_volumes_are_limited_by_version(
    hypervisor: Hypervisor, version: str, most: int
) -> None:
    """The version's own row, else its parent's, else the default (semantics section 8.1)."""
    assert data_volumes_max(hypervisor, version) == most


@pytest.mark.parametrize(
    ("pool", "hypervisor", "over"),
    [
        (PoolType.NFS, "KVM", True),
        (PoolType.NFS, "XenServer", True),
        (PoolType.ISCSI_LUN, "XenServer", False),
        (PoolType.NFS, "VMware", True),
        (PoolType.VMFS, "VMware", True),
        (PoolType.SMB, "Hyperv", False),
        (PoolType.SHARED_MOUNT_POINT, "KVM", False),
        (PoolType.NFS, "Any", True),
    ],
)
def test_pools_are_overprovisioned_as_the_guide_says(
    pool: PoolType, hypervisor: str, *, over: bool
) -> None:
    """The row "Storage over-provisioning" of the guide's matrix."""
    assert is_overprovisioned(pool, hypervisor) is over


@pytest.mark.parametrize(
    ("hypervisor", "version", "moves"),
    [
        (Hypervisor.XENSERVER, "6.0.2", False),
        (Hypervisor.XENSERVER, "6.1.0", True),
        (Hypervisor.VMWARE, "5.0", True),
        (Hypervisor.KVM, "", True),
        (Hypervisor.LXC, "", False),
        (Hypervisor.HYPERV, "6.2", True),
    ],
)
def test_storage_motion_begins_with_a_version(
    hypervisor: Hypervisor, version: str, *, moves: bool
) -> None:
    """Older hosts cannot move running machines with their disks (semantics section 8.2)."""
    assert has_storage_motion(hypervisor, version) is moves


def test_kvm_is_as_the_guide_says() -> None:
    """QCOW2, snapshots of one disk at a time, live resize, and no incremental backup."""
    row = HYPERVISORS[Hypervisor.KVM]
    assert row.format is DiskFormat.QCOW2
    assert row.snapshot
    assert row.one_snapshot_per_vm
    assert not row.incremental
    assert row.resize is Resize.LIVE


def test_ceph_holds_raw_disks_only() -> None:
    """QEMU's own format has no place on an RBD image."""
    assert POOLS[PoolType.RBD].formats == (DiskFormat.RAW,)
