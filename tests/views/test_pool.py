"""Lists about primary storage pools."""

from typing import Any

import msgspec
import pytest
from msgspec.structs import replace

from core.model.commands.command import Command
from core.model.commands.pool import (
    FindStoragePoolsForMigration,
    ListStoragePools,
    ListStoragePoolsMetrics,
    ListStorageProviders,
    ListStorageTags,
)
from core.model.errors import Invalid, NotFound
from core.model.hypervisors import Hypervisor
from core.model.pool_types import PoolType
from core.model.records import Host, Pool
from core.model.states import PoolState, VolumeState
from core.plans.context import GIB
from core.views.history.job import JobLive
from core.views.query import query
from tests.refusal import refusal
from tests.small_zone import ADMIN, SmallZone

NONE: set[str] = set()


@pytest.fixture
def zone() -> SmallZone:
    """The small zone."""
    return SmallZone()


def _ask(zone: SmallZone, command: Command) -> list[dict[str, Any]]:
    answer = query(zone.context(ADMIN), command, lambda _: JobLive())
    rows: list[dict[str, Any]] = msgspec.to_builtins(answer)[command.returns]
    return rows


def _ids(zone: SmallZone, command: Command) -> set[str]:
    return {row["id"] for row in _ask(zone, command)}


@pytest.mark.parametrize(
    ("command", "found"),
    [
        (ListStoragePools(), {"nfs", "more", "far", "wide", "rbd", "local"}),
        (ListStoragePools(id="nfs"), {"nfs"}),
        (ListStoragePools(name="more"), {"more"}),
        (ListStoragePools(keyword="ar"), {"far"}),
        (ListStoragePools(zone_id="z2"), NONE),
        (ListStoragePools(pod_id="pod"), {"nfs", "more", "far", "local"}),
        (ListStoragePools(cluster_id="c2"), {"far"}),
        (ListStoragePools(scope="zone"), {"wide", "rbd"}),
        (ListStoragePools(status="Maintenance"), NONE),
        (ListStoragePools(status="up", cluster_id="c2"), {"far"}),
        (ListStoragePools(host_id="h1"), {"nfs", "more", "wide", "rbd", "local"}),
        (ListStoragePools(host_id="h3"), {"far", "wide", "rbd"}),
        (ListStoragePools(ip_address="far"), {"far"}),
        (ListStoragePools(path="/elsewhere"), NONE),
        (ListStoragePoolsMetrics(cluster_id="c2"), {"far"}),
    ],
)
def test_pools_are_found_by_every_filter(
    zone: SmallZone, command: Command, found: set[str]
) -> None:
    """One at a time and together."""
    assert _ids(zone, command) == found


@pytest.mark.parametrize(
    "command", [ListStoragePools(scope="galaxy"), ListStoragePools(status="Upp")]
)
def test_a_scope_or_status_that_does_not_exist_is_refused(
    zone: SmallZone, command: Command
) -> None:
    """No pool would ever have it; the hint says which there are."""
    with refusal(Invalid, 431):
        _ids(zone, command)


def test_an_unknown_host_is_refused(zone: SmallZone) -> None:
    """It reaches nothing because it does not exist."""
    with refusal(NotFound, 431, "host/none"):
        _ask(zone, ListStoragePools(host_id="none"))


def test_a_pool_shows_what_it_is_told_and_what_is_given_away(zone: SmallZone) -> None:
    """Capacity of a managed pool, promised rates, details, job."""
    nfs = zone.inventory.get(Pool, "nfs")
    zone.add(
        replace(
            nfs, id="array", url="solidfire://array", type=PoolType.ISCSI, managed=True,
            capacity_iops=900, details={"a": "b"}, job_id="j",
        )
    )  # fmt: skip
    zone.volume(pool_id="array", min_iops=100)
    (row,) = _ask(zone, ListStoragePools(id="array"))
    assert (row["capacitybytes"], row["capacityiops"], row["allocatediops"]) == (
        100 * GIB,
        900,
        100,
    )
    assert (row["disksizeallocated"], row["managed"], row["details"]) == (GIB, True, {"a": "b"})
    assert (row["jobid"], row["jobstatus"]) == ("j", 0)
    assert row["storagecapabilities"] == {"STORAGE_SYSTEM_SNAPSHOT": "true"}


def test_the_path_of_a_linstor_pool_is_its_resource_group(zone: SmallZone) -> None:
    """And its address the controller's."""
    nfs = zone.inventory.get(Pool, "nfs")
    url = "http://controller:3370?resourcegroup=fast"
    zone.add(replace(nfs, id="lin", url=url, type=PoolType.LINSTOR))
    (row,) = _ask(zone, ListStoragePools(path="fast"))
    assert (row["id"], row["ipaddress"], row["path"]) == ("lin", "controller", "fast")


def test_metrics_are_texts_of_gib(zone: SmallZone) -> None:
    """The factor multiplies what may be allocated."""
    zone.volume(size_bytes=50 * GIB)
    (row,) = _ask(zone, ListStoragePoolsMetrics(id="nfs"))
    assert row["disksizetotalgb"] == "100.00 GB (x2)"
    assert row["disksizeallocatedgb"] == "50.00 GB"
    assert row["disksizeunallocatedgb"] == "150.00 GB"
    assert row["disksizeusedgb"] == "0.00 GB"


@pytest.mark.parametrize(
    ("size_gib", "passed"),
    [(150, (False, False)), (151, (True, False)), (170, (True, False)), (171, (True, True))],
)
@pytest.mark.parametrize("what", ["used", "allocated"])
def test_thresholds_are_passed_above_their_shares(
    zone: SmallZone, size_gib: int, passed: tuple[bool, bool], what: str
) -> None:
    """Of 200 GiB, over-provisioned twice: 75 % is noted, 85 % closes the pool."""
    if what == "used":
        nfs = zone.inventory.get(Pool, "nfs")
        zone.add(replace(nfs, used_bytes=size_gib * GIB))
    else:
        zone.volume(size_bytes=size_gib * GIB)
    (row,) = _ask(zone, ListStoragePoolsMetrics(id="nfs"))
    word = "usage" if what == "used" else "allocated"
    flags = (row[f"storage{word}threshold"], row[f"storage{word}disablethreshold"])
    assert flags == passed


def _suitable(zone: SmallZone) -> dict[str, bool]:
    rows = _ask(zone, FindStoragePoolsForMigration(id="vol"))
    return {row["id"]: row["suitableformigration"] for row in rows}


def test_a_detached_volume_suits_pools_that_are_up_and_have_its_tags(zone: SmallZone) -> None:
    """The suitable first, then by name; its own pool is not among them."""
    zone.volume(disk_offering_id="tagged")
    assert list(_suitable(zone).items()) == [
        ("more", True),
        ("far", False),
        ("local", False),
        ("rbd", False),
        ("wide", False),
    ]


def test_a_pool_in_maintenance_suits_nobody(zone: SmallZone) -> None:
    """It is listed all the same."""
    zone.volume()
    zone.add(replace(zone.inventory.get(Pool, "more"), state=PoolState.MAINTENANCE))
    assert _suitable(zone)["more"] is False
    assert _suitable(zone)["wide"] is True


def test_an_attached_volume_suits_pools_that_its_host_reaches(zone: SmallZone) -> None:
    """By the same rules by which a new volume finds its place."""
    zone.vm()
    zone.volume(vm_id="vm")
    assert _suitable(zone) == {
        "more": True, "rbd": True, "wide": True, "far": False, "local": False,
    }  # fmt: skip


def test_pools_for_another_hypervisor_are_not_listed(zone: SmallZone) -> None:
    """But those for Any are."""
    zone.volume()
    zone.add(replace(zone.inventory.get(Pool, "far"), hypervisor="VMware"))
    zone.add(replace(zone.inventory.get(Pool, "wide"), hypervisor="Any"))
    assert set(_suitable(zone)) == {"more", "local", "rbd", "wide"}


def test_no_pool_suits_that_migration_would_refuse(zone: SmallZone) -> None:
    """Volumes on PowerFlex go to PowerFlex only."""
    zone.volume()
    zone.add(replace(zone.inventory.get(Pool, "more"), type=PoolType.POWERFLEX))
    assert _suitable(zone)["more"] is False
    zone.volume(pool_id="more")
    assert not any(_suitable(zone).values())


@pytest.mark.parametrize("why", ["state", "host"])
def test_a_volume_that_cannot_move_has_no_pools(zone: SmallZone, why: str) -> None:
    """It is not Ready, or its machine runs where disks cannot be moved."""
    if why == "state":
        zone.allocated()
    else:
        host = zone.inventory.get(Host, "h1")
        zone.add(replace(host, hypervisor=Hypervisor.XENSERVER, version="6.0"))
        zone.vm()
        zone.volume(vm_id="vm")
    assert _suitable(zone) == {}


def test_states_in_the_question_are_told_apart(zone: SmallZone) -> None:
    """A volume that migrates already has no pools to go to."""
    zone.volume(state=VolumeState.MIGRATING)
    assert _suitable(zone) == {}


def test_tags_are_listed_with_their_pools(zone: SmallZone) -> None:
    """By pool and in their order; a keyword looks into their names."""
    rows = _ask(zone, ListStorageTags())
    assert [(row["name"], row["poolid"]) for row in rows] == [("ssd", "more"), ("fast", "more")]
    assert [row["name"] for row in _ask(zone, ListStorageTags(keyword="S"))] == ["ssd", "fast"]
    assert [row["name"] for row in _ask(zone, ListStorageTags(keyword="sd"))] == ["ssd"]


def test_providers_are_listed_by_type(zone: SmallZone) -> None:
    """Of primary storage or of image stores; nothing else provides."""
    primary = _ask(zone, ListStorageProviders(type="primary"))
    assert [row["name"] for row in primary] == [
        "DefaultPrimary",
        "SolidFire",
        "PowerFlex",
        "Linstor",
    ]
    assert {row["type"] for row in primary} == {"PRIMARY"}
    assert _ask(zone, ListStorageProviders(type="IMAGE", keyword="nfs"))[0]["name"] == "NFS"
    with refusal(Invalid, 431):
        _ask(zone, ListStorageProviders(type="object"))
