"""Where disks, machines and images go: exact borders, tags, scopes, algorithms, reasons."""

import msgspec
import pytest

from core.model import errors
from core.model.pool_types import PoolType
from core.model.records import DiskOffering, Host, ImageStore, Pool, StoreRef
from core.model.states import HostState, PoolState, ResourceState
from core.plans.context import GIB
from core.plans.placement import (
    Need,
    Promised,
    choose_pool,
    choose_store,
    free_bytes,
    need_of,
    reaches,
    store_used_bytes,
    told,
    why_host_unfit,
    why_unfit,
)
from core.plans.room import total_bytes, why_no_room
from tests.refusal import refusal
from tests.small_zone import SmallZone

ALLOCATED = "pool.storage.allocated.capacity.disablethreshold"
USED = "pool.storage.capacity.disablethreshold"
NEED = Need(zone_id="z1", size_bytes=GIB, tags=(), local=False)


def _pool(zone: SmallZone, id: str = "nfs", /, **fields: object) -> Pool:
    return zone.add(msgspec.structs.replace(zone.inventory.get(Pool, id), **fields))


def _only(zone: SmallZone, *ids: str) -> None:
    for pool in list(zone.inventory.all(Pool)):
        if pool.id not in ids:
            zone.inventory.remove(Pool, pool.id)


def _store(zone: SmallZone, id: str, **fields: object) -> ImageStore:
    return zone.add(msgspec.structs.replace(zone.inventory.get(ImageStore, "s1"), id=id, **fields))


@pytest.mark.parametrize(
    ("type", "hypervisor", "factor"),
    [
        (PoolType.NFS, "KVM", 2),
        (PoolType.NFS, "Any", 2),
        (PoolType.NFS, "", 2),
        (PoolType.NFS, "Hyperv", 1),
        (PoolType.FILESYSTEM, "KVM", 1),
        (PoolType.CLVM, "KVM", 1),
        (PoolType.VMFS, "VMware", 2),
        (PoolType.ISCSI_LUN, "XenServer", 1),
    ],
)
def test_only_some_types_may_hold_more_than_they_have(
    zone: SmallZone, type: PoolType, hypervisor: str, factor: int
) -> None:
    """storage.overprovisioning.factor is 2 unless it is changed, and counts for those alone."""
    pool = _pool(zone, type=type, hypervisor=hypervisor)
    assert total_bytes(zone.context(), pool) == factor * 100 * GIB


@pytest.mark.parametrize(
    ("scope", "scope_id"), [("global", ""), ("zone", "z1"), ("cluster", "c1"), ("pool", "nfs")]
)
def test_the_factor_is_looked_up_around_the_pool(
    zone: SmallZone, scope: str, scope_id: str
) -> None:
    """At the pool, its cluster, its zone, or globally; the narrowest wins."""
    zone.set("storage.overprovisioning.factor", 3.5, scope, scope_id)
    if scope != "global":
        zone.set("storage.overprovisioning.factor", 9)
    assert total_bytes(zone.context(), zone.inventory.get(Pool, "nfs")) == 350 * GIB


@pytest.mark.parametrize(
    ("asked_bytes", "fits"), [(70 * GIB, True), (70 * GIB + 1, False), (1, True)]
)
def test_exactly_the_allocated_share_is_admitted(
    zone: SmallZone, asked_bytes: int, *, fits: bool
) -> None:
    """0.85 of twice 100 GiB is 170: with 100 of them given away, 70 more and not a byte."""
    zone.volume(size_bytes=100 * GIB)
    pool = zone.inventory.get(Pool, "nfs")
    assert (why_no_room(zone.context(), pool, asked_bytes) == "") is fits


def test_a_pool_without_capacity_takes_only_nothing(zone: SmallZone) -> None:
    """It has not said yet what it has."""
    pool = _pool(zone, capacity_bytes=0)
    assert why_no_room(zone.context(), pool, 0) == ""
    assert why_no_room(zone.context(), pool, 1) != ""


def test_what_asks_for_nothing_more_fits_an_overfull_pool(zone: SmallZone) -> None:
    """A resize that shrinks passes however much is allocated."""
    zone.volume(size_bytes=500 * GIB)
    pool = zone.inventory.get(Pool, "nfs")
    assert why_no_room(zone.context(), pool, 0) == ""
    assert why_no_room(zone.context(), pool, -GIB) == ""


@pytest.mark.parametrize(("used_bytes", "fits"), [(85 * GIB - 1, True), (85 * GIB, False)])
def test_exactly_the_used_share_is_refused(zone: SmallZone, used_bytes: int, *, fits: bool) -> None:
    """Capacity itself counts here, not what may be over-provisioned; even for nothing more."""
    pool = _pool(zone, used_bytes=used_bytes)
    for asked_bytes in (0, GIB):
        assert (why_no_room(zone.context(), pool, asked_bytes) == "") is fits


@pytest.mark.parametrize(("scope", "scope_id"), [("zone", "z1"), ("pool", "nfs")])
def test_thresholds_are_set_at_zones_and_pools(zone: SmallZone, scope: str, scope_id: str) -> None:
    """One of them is enough to refuse."""
    zone.set(ALLOCATED, 0.5, scope, scope_id)
    nfs = zone.inventory.get(Pool, "nfs")
    assert why_no_room(zone.context(), nfs, 100 * GIB) == ""
    assert "share of 0.5" in why_no_room(zone.context(), nfs, 100 * GIB + 1)
    zone.set(USED, 0.1, scope, scope_id)
    assert "are used" in why_no_room(zone.context(), _pool(zone, used_bytes=10 * GIB), GIB)


def test_growth_may_have_a_threshold_of_its_own(zone: SmallZone) -> None:
    """The setting named decides."""
    resize = "pool.storage.allocated.resize.capacity.disablethreshold"
    pool = zone.inventory.get(Pool, "nfs")
    assert why_no_room(zone.context(), pool, 175 * GIB) != ""
    assert why_no_room(zone.context(), pool, 175 * GIB, threshold=resize) == ""
    assert why_no_room(zone.context(), pool, 180 * GIB, threshold=resize) == ""
    assert why_no_room(zone.context(), pool, 180 * GIB + 1, threshold=resize) != ""


@pytest.mark.parametrize(("asked", "fits"), [(400, True), (401, False)])
def test_promised_operations_are_counted(zone: SmallZone, asked: int, *, fits: bool) -> None:
    """Those of all its volumes together; a pool that names no number promises any."""
    zone.volume(min_iops=100)
    limited = _pool(zone, capacity_iops=500)
    assert (why_no_room(zone.context(), limited, GIB, asked) == "") is fits
    assert why_no_room(zone.context(), _pool(zone, capacity_iops=0), GIB, asked) == ""


def test_a_copy_under_way_takes_room_at_both_ends(zone: SmallZone) -> None:
    """A migrating volume counts at its source and at its target."""
    zone.volume(size_bytes=170 * GIB, target_pool_id="more")
    for pool_id in ("nfs", "more"):
        assert why_no_room(zone.context(), zone.inventory.get(Pool, pool_id), 1) != ""


UNFIT: list[tuple[dict[str, object], Need, str]] = [
    ({}, NEED, ""),
    ({"state": PoolState.DISABLED}, NEED, "is not Up"),
    ({"state": PoolState.MAINTENANCE}, NEED, "is not Up"),
    ({"state": PoolState.INITIALIZED}, NEED, "is not Up"),
    ({"type": PoolType.DATASTORE_CLUSTER}, NEED, "is a cluster of datastores"),
    ({"zone_id": "z2"}, NEED, "is in another zone"),
    ({}, NEED._replace(cluster_id="c1"), ""),
    ({}, NEED._replace(cluster_id="c2"), "is out of reach or of the wrong kind"),
    ({"scope": "ZONE", "cluster_id": ""}, NEED._replace(cluster_id="c2"), ""),
    ({}, NEED._replace(local=True), "is out of reach or of the wrong kind"),
    ({"scope": "ZONE"}, NEED._replace(local=True), "is out of reach or of the wrong kind"),
    ({"scope": "HOST", "host_id": "h1"}, NEED, "is out of reach or of the wrong kind"),
    ({"scope": "HOST", "host_id": "h1"}, NEED._replace(local=True), ""),
    ({"scope": "HOST", "host_id": "h1"}, NEED._replace(local=True, host_id="h1"), ""),
    (
        {"scope": "HOST", "host_id": "h1"},
        NEED._replace(local=True, host_id="h2"),
        "is out of reach or of the wrong kind",
    ),
    ({}, NEED._replace(hypervisor="KVM"), ""),
    ({}, NEED._replace(hypervisor="VMware"), "is for another hypervisor"),
    ({"hypervisor": "Any"}, NEED._replace(hypervisor="VMware"), ""),
    ({"hypervisor": ""}, NEED._replace(hypervisor="VMware"), ""),
]


@pytest.mark.parametrize(("fields", "need", "reason"), UNFIT)
def test_each_filter_names_its_reason(
    zone: SmallZone, fields: dict[str, object], need: Need, reason: str
) -> None:
    """State, kind, zone, scope and hypervisor, in this order."""
    assert why_unfit(zone.context(), _pool(zone, **fields), need) == reason


@pytest.mark.parametrize(
    ("wanted", "has", "fits"),
    [
        ((), (), True),
        ((), ("a",), True),
        (("a",), ("a", "b"), True),
        (("a", "b"), ("b", "a"), True),
        (("a", "b"), ("a",), False),
        (("a",), (), False),
        (("a",), ("A",), False),
    ],
)
def test_a_pool_has_all_tags_of_the_offering(
    zone: SmallZone, wanted: tuple[str, ...], has: tuple[str, ...], *, fits: bool
) -> None:
    """It may have more of them."""
    reason = why_unfit(zone.context(), _pool(zone, tags=has), NEED._replace(tags=wanted))
    assert reason == ("" if fits else "lacks the offering's tags")


def test_the_volume_its_offering_and_the_host_say_what_is_needed(zone: SmallZone) -> None:
    """Without a host any cluster and hypervisor will do."""
    volume = zone.allocated(size_bytes=7 * GIB, min_iops=11, disk_offering_id="onhost")
    offering = DiskOffering(id="o", name="o", display_text="o", tags=("ssd",), storage_type="local")
    anywhere = Need(
        zone_id="z1",
        size_bytes=7 * GIB,
        tags=("ssd",),
        local=True,
        min_iops=11,
        account_id="alice",
    )
    assert need_of(volume, offering) == anywhere
    there = need_of(volume, offering, zone.inventory.get(Host, "h3"))
    assert there == anywhere._replace(
        cluster_id="c2", host_id="h3", host_name="h3", hypervisor="KVM"
    )


def test_what_a_plan_has_promised_is_taken(zone: SmallZone) -> None:
    """Room and operations per second, of that pool only."""
    pool = _pool(zone, capacity_iops=100)
    context = zone.context()
    need = NEED._replace(min_iops=60)
    first = Promised().and_for(zone.allocated(size_bytes=169 * GIB, min_iops=40))
    assert first == Promised(169 * GIB, 40)
    assert why_unfit(context, pool, need, {"nfs": first}) == ""
    assert why_unfit(context, pool, need, {"nfs": first._replace(size_bytes=170 * GIB)}) != ""
    assert why_unfit(context, pool, need, {"nfs": first._replace(min_iops=41)}) != ""
    assert why_unfit(context, pool, need, {"more": Promised(900 * GIB, 900)}) == ""


def test_every_pool_says_why_it_was_not_taken(zone: SmallZone) -> None:
    """The number is that of missing capacity, the object the zone."""
    _only(zone, "nfs", "far")
    _pool(zone, "far", state=PoolState.DISABLED)
    with refusal(errors.NoCapacity, 533, "zone/z1") as caught:
        choose_pool(zone.context(), NEED._replace(tags=("gold",)))
    assert "nfs lacks the offering's tags" in caught.value.message
    assert "far is not Up" in caught.value.message
    with refusal(errors.NoCapacity, 533, "zone/z2") as caught:
        choose_pool(zone.context(), NEED._replace(zone_id="z2"))
    assert "the zone has none" in caught.value.message


@pytest.mark.parametrize(
    ("reasons", "said"),
    [
        ((), ""),
        (("a full",), "a full"),
        (("a full", "b full", "c off"), "c off; each of a, b full"),
        (("a full", "b full", "c full", "d full"), "each of 4 pools full"),
        (("a off", "a off", "b off", "c off", "d full"), "d full; each of 4 pools off"),
    ],
)
def test_many_reasons_are_told_in_few_words(reasons: tuple[str, ...], said: str) -> None:
    """The rarest come first: among forty pools, one that is full is what matters."""
    pairs = [(name, reason) for name, _, reason in (each.partition(" ") for each in reasons)]
    assert told(pairs, "pools") == said


@pytest.mark.parametrize("algorithm", ["firstfit", "userconcentratedpod_firstfit"])
def test_firstfit_takes_the_first_that_fits(zone: SmallZone, algorithm: str) -> None:
    """Pools are in the order of their ids, not in that of their arrival."""
    zone.set("volume.allocation.algorithm", algorithm)
    assert {choose_pool(zone.context(), NEED).id for _ in range(20)} == {"far"}
    _pool(zone, "far", state=PoolState.DISABLED)
    assert {choose_pool(zone.context(), NEED).id for _ in range(20)} == {"more"}


def test_firstfitleastconsumed_takes_the_lowest_allocated_share(zone: SmallZone) -> None:
    """A share of what may be allocated, so a large pool may have given away more bytes."""
    _only(zone, "nfs", "more")
    zone.set("volume.allocation.algorithm", "firstfitleastconsumed")
    assert choose_pool(zone.context(), NEED).id == "more"
    zone.volume("a", pool_id="more", size_bytes=10 * GIB)
    assert choose_pool(zone.context(), NEED).id == "nfs"
    zone.volume("b", pool_id="nfs", size_bytes=20 * GIB)
    assert choose_pool(zone.context(), NEED).id == "more"
    _pool(zone, "nfs", capacity_bytes=300 * GIB)
    assert choose_pool(zone.context(), NEED).id == "nfs"


def test_userdispersing_takes_the_pool_with_fewest_of_the_accounts_volumes(
    zone: SmallZone,
) -> None:
    """Volumes of others do not count, sizes neither."""
    _only(zone, "nfs", "more")
    zone.set("volume.allocation.algorithm", "userdispersing")
    need = NEED._replace(account_id="alice")
    zone.volume("a", pool_id="more")
    zone.volume("b", pool_id="nfs", account_id="bob", size_bytes=50 * GIB)
    zone.volume("c", pool_id="nfs", account_id="bob")
    assert choose_pool(zone.context(), need).id == "nfs"
    assert choose_pool(zone.context(), need._replace(account_id="bob")).id == "more"


def test_random_takes_each_pool_sometimes(zone: SmallZone) -> None:
    """It is the default, and follows the seed."""
    _only(zone, "nfs", "more", "far")
    drawn = [choose_pool(zone.context(), NEED).id for _ in range(60)]
    assert set(drawn) == {"nfs", "more", "far"}
    again = SmallZone()
    _only(again, "nfs", "more", "far")
    assert [choose_pool(again.context(), NEED).id for _ in range(60)] == drawn


@pytest.mark.parametrize(
    ("pool_id", "hosts"),
    [("nfs", "h1 h2"), ("far", "h3"), ("wide", "h1 h2 h3"), ("local", "h1")],
)
def test_a_host_reaches_what_its_place_reaches(zone: SmallZone, pool_id: str, hosts: str) -> None:
    """Its own pools, its cluster's, its zone's."""
    pool = zone.inventory.get(Pool, pool_id)
    reaching = [host.id for host in zone.inventory.all(Host) if reaches(host, pool)]
    assert sorted(reaching) == hosts.split()
    elsewhere = msgspec.structs.replace(
        zone.inventory.get(Host, "h1"), id="h9", zone_id="z2", cluster_id="c9"
    )
    assert not reaches(elsewhere, pool)


@pytest.mark.parametrize(("asked_bytes", "fits"), [(3 * GIB, True), (3 * GIB + 1, False)])
def test_a_host_gives_all_its_memory_and_no_more(
    zone: SmallZone, asked_bytes: int, *, fits: bool
) -> None:
    """Of 8 GiB, 5 are another machine's; stopped machines have none."""
    zone.vm(memory_bytes=5 * GIB)
    zone.stopped_vm("idle", memory_bytes=3 * GIB)
    host = zone.inventory.get(Host, "h1")
    assert (why_host_unfit(zone.context(), host, asked_bytes) == "") is fits


@pytest.mark.parametrize("state", [state for state in HostState if state is not HostState.UP])
def test_a_host_that_does_not_answer_is_unfit(zone: SmallZone, state: HostState) -> None:
    """Only one that is Up takes machines."""
    host = msgspec.structs.replace(zone.inventory.get(Host, "h1"), state=state)
    assert why_host_unfit(zone.context(), host, 0) == f"is {state}"


@pytest.mark.parametrize(
    "state", [state for state in ResourceState if state is not ResourceState.ENABLED]
)
def test_a_host_that_is_not_enabled_is_unfit(zone: SmallZone, state: ResourceState) -> None:
    """A host in maintenance gets no machines back."""
    host = msgspec.structs.replace(zone.inventory.get(Host, "h1"), resource_state=state)
    assert why_host_unfit(zone.context(), host, 0) == f"is {state}"


@pytest.mark.parametrize(("asked_bytes", "fits"), [(900 * GIB, True), (900 * GIB + 1, False)])
def test_exactly_the_share_of_an_image_store_is_admitted(
    zone: SmallZone, asked_bytes: int, *, fits: bool
) -> None:
    """0.9 of 1000 GiB, as secondary.storage.capacity.threshold says."""
    zone.inventory.remove(StoreRef, "ref-debian")
    if fits:
        assert choose_store(zone.context(), "z1", asked_bytes).id == "s1"
        return
    with refusal(errors.NoCapacity, 530, "zone/z1"):
        choose_store(zone.context(), "z1", asked_bytes)


@pytest.mark.parametrize("fields", [{"up": False}, {"readonly": True}, {"zone_id": "z2"}], ids=str)
def test_some_image_stores_take_nothing(zone: SmallZone, fields: dict[str, object]) -> None:
    """Those that are down, read-only, or another zone's."""
    _store(zone, "s1", **fields)
    with refusal(errors.NoCapacity, 530, "zone/z1"):
        choose_store(zone.context(), "z1", 0)


def test_a_store_of_all_zones_serves_each_but_is_nobodys_own(zone: SmallZone) -> None:
    """Only those of the zone alone count where that is wanted."""
    _store(zone, "s1", zone_id="")
    assert choose_store(zone.context(), "z1", 0).id == "s1"
    with refusal(errors.NoCapacity, 530, "zone/z1"):
        choose_store(zone.context(), "z1", 0, own=True)


def test_the_store_with_most_room_is_taken_and_ties_go_by_id(zone: SmallZone) -> None:
    """Bytes count, not shares."""
    _store(zone, "s0", capacity_bytes=998 * GIB)
    assert choose_store(zone.context(), "z1", 0).id == "s0"
    _store(zone, "s0", capacity_bytes=997 * GIB)
    assert choose_store(zone.context(), "z1", 0).id == "s1"
    _store(zone, "s2", capacity_bytes=998 * GIB)
    _store(zone, "s3", capacity_bytes=998 * GIB)
    _store(zone, "s1", readonly=True)
    assert choose_store(zone.context(), "z1", 0).id == "s2"


def test_random_takes_each_store_sometimes(zone: SmallZone) -> None:
    """image.store.allocation.algorithm says so."""
    zone.set("image.store.allocation.algorithm", "random")
    _store(zone, "s2", capacity_bytes=500 * GIB)
    assert {choose_store(zone.context(), "z1", 0).id for _ in range(40)} == {"s1", "s2"}


def test_a_store_counts_the_larger_of_said_and_recorded(zone: SmallZone) -> None:
    """The template on it has 2 GiB."""
    recorded = zone.inventory.get(ImageStore, "s1")
    said = _store(zone, "s1", used_bytes=5 * GIB)
    assert store_used_bytes(zone.context(), recorded) == 2 * GIB
    assert store_used_bytes(zone.context(), said) == 5 * GIB
    assert free_bytes(zone.context(), said) == 995 * GIB


def test_a_store_of_unknown_size_counts_as_empty(zone: SmallZone) -> None:
    """It takes anything until it has said what it has."""
    _store(zone, "s1", capacity_bytes=0)
    assert choose_store(zone.context(), "z1", 10_000 * GIB).id == "s1"
