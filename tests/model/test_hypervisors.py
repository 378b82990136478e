"""Hypervisors and pools: every row is one that plans can work with."""

import pytest

from core.model.hypervisors import HYPERVISORS, POOLS, DiskFormat, Hypervisor, PoolType

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


def test_only_a_hosts_own_file_system_is_not_shared() -> None:
    """Everything else can be reached by all hosts of its scope."""
    assert {pool for pool, row in POOLS.items() if not row.shared} == {PoolType.FILESYSTEM}


@every_hypervisor
def test_hypervisor_has_a_limit_for_versions_that_are_not_listed(hypervisor: Hypervisor) -> None:
    """An unknown version falls back to "default", and every limit admits a disk."""
    limits = HYPERVISORS[hypervisor].data_volumes
    assert "default" in limits
    assert min(limits.values()) >= 1


@every_hypervisor
def test_hypervisor_has_a_pool_type_for_its_format(hypervisor: Hypervisor) -> None:
    """Its volumes can lie somewhere."""
    assert any(HYPERVISORS[hypervisor].format in row.formats for row in POOLS.values())


def test_kvm_is_as_the_guide_says() -> None:
    """QCOW2, 32 data disks by default, snapshots, resize and storage motion."""
    row = HYPERVISORS[Hypervisor.KVM]
    assert row.format is DiskFormat.QCOW2
    assert row.data_volumes["default"] == 32
    assert row.snapshot
    assert row.resize
    assert row.storage_motion


def test_ceph_holds_raw_disks_only() -> None:
    """QEMU's own format has no place on an RBD image."""
    assert POOLS[PoolType.RBD].formats == (DiskFormat.RAW,)
