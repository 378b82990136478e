"""Storage access groups: who may have them, and which hosts reach which pools."""

import pytest
from msgspec.structs import replace

from core.model.access import require_role
from core.model.commands.command import Command, ListCommand
from core.model.commands.host import AddHost, ListHosts
from core.model.commands.pool import ConfigureStorageAccess, CreateStoragePool
from core.model.commands.volume import MigrateVolume
from core.model.commands.zone import (
    AddCluster,
    CreatePod,
    CreateZone,
    ListClusters,
    ListPods,
    ListZones,
)
from core.model.errors import Conflict, Denied, ForebayError, Invalid, NotFound
from core.model.records import DiskOffering, Host, Pool, Volume
from core.plans.placement import need_of, reaches, why_unfit
from core.plans.table import PLANS
from core.views.listing import listed
from core.views.table import LISTINGS
from tests.refusal import refusal
from tests.small_zone import ADMIN, ALICE, SmallZone


@pytest.fixture
def zone() -> SmallZone:
    """The small zone; alice's machine runs on h1, with its root disk on pool nfs."""
    made = SmallZone()
    made.vm()
    made.root()
    return made


def _given(zone: SmallZone, groups: str, **thing: str) -> None:
    command = ConfigureStorageAccess(storage_access_groups=groups, **thing)
    zone.run(zone.plan(command, ADMIN))


def _hosts_of(zone: SmallZone, pool_id: str) -> list[str]:
    pool = zone.inventory.get(Pool, pool_id)
    return [host.id for host in zone.inventory.all(Host) if reaches(host, pool)]


REFUSED: list[tuple[Command, type[ForebayError], str]] = [
    (ConfigureStorageAccess(), Invalid, ""),
    (ConfigureStorageAccess(host_id="h1", storage_id="nfs"), Invalid, ""),
    (ConfigureStorageAccess(host_id="none"), NotFound, "host/none"),
    (ConfigureStorageAccess(storage_id="nfs", storage_access_groups="gold"), Conflict, "vm/vm"),
]


@pytest.mark.parametrize(("command", "kind", "object"), REFUSED)
def test_wrong_configurations_are_refused(
    zone: SmallZone, command: Command, kind: type[ForebayError], object: str
) -> None:
    """One thing at a time, and no machine that runs loses a pool."""
    with refusal(kind, 431, object):
        zone.check(command, ADMIN)


def test_only_root_administrators_configure_them() -> None:
    """As all that concerns the site."""
    with pytest.raises(Denied):
        require_role(ALICE, ConfigureStorageAccess.role, "configureStorageAccess")


def test_a_pool_without_groups_is_for_all_its_scopes_hosts(zone: SmallZone) -> None:
    """Whatever groups those have."""
    _given(zone, "gold", host_id="h1")
    assert _hosts_of(zone, "nfs") == ["h1", "h2"]


@pytest.mark.parametrize(
    ("thing", "hosts"),
    [
        ({"host_id": "h2"}, ["h2"]),
        ({"cluster_id": "c1"}, ["h1", "h2"]),
        ({"cluster_id": "c2"}, ["h3"]),
        ({"pod_id": "pod"}, ["h1", "h2", "h3"]),
        ({"zone_id": "z1"}, ["h1", "h2", "h3"]),
    ],
)
def test_a_host_has_the_groups_of_its_place(
    zone: SmallZone, thing: dict[str, str], hosts: list[str]
) -> None:
    """Its own, its cluster's, pod's and zone's."""
    _given(zone, "gold, iron", storage_id="wide")
    assert _hosts_of(zone, "wide") == []
    _given(zone, "gold", **thing)
    assert _hosts_of(zone, "wide") == hosts


def test_groups_of_several_places_add_up(zone: SmallZone) -> None:
    """Taking those of one leaves those of the other."""
    _given(zone, "gold", zone_id="z1")
    _given(zone, "iron", cluster_id="c1")
    assert zone.inventory.get(Host, "h1").place_groups == ("iron", "gold")
    _given(zone, "", zone_id="z1")
    assert zone.inventory.get(Host, "h1").place_groups == ("iron",)
    assert zone.inventory.get(Host, "h3").place_groups == ()


def test_taking_a_hosts_group_is_refused_while_its_machines_need_it(zone: SmallZone) -> None:
    """Of the host, and of its place; once the machine is stopped it goes."""
    _given(zone, "gold", cluster_id="c1")
    _given(zone, "gold", storage_id="nfs")
    command = ConfigureStorageAccess(cluster_id="c1", storage_access_groups="iron")
    with refusal(Conflict, 431, "vm/vm"):
        zone.check(command, ADMIN)
    zone.stopped_vm()
    zone.check(command, ADMIN)


def test_new_hosts_and_pools_have_theirs_from_the_beginning(zone: SmallZone) -> None:
    """A host those of its place as well."""
    _given(zone, "gold", pod_id="pod")
    host = AddHost(
        zone_id="z1",
        pod_id="pod",
        cluster_id="c1",
        url="sim://new",
        hypervisor="KVM",
        storage_access_groups="iron,iron",
    )
    made = zone.inventory.get(Host, zone.claim(host, ADMIN).id)
    assert (made.access_groups, made.place_groups) == (("iron",), ("gold",))
    pool = CreateStoragePool(
        zone_id="z1",
        name="new",
        url="nfs://new/export",
        cluster_id="c1",
        storage_access_groups="iron",
    )
    new = zone.inventory.get(Pool, zone.claim(pool, ADMIN).id)
    assert new.access_groups == ("iron",)
    assert [other.id for other in zone.inventory.all(Host) if reaches(other, new)] == [made.id]


def test_volumes_go_where_their_host_may_be(zone: SmallZone) -> None:
    """Placement passes the pool by, and says why; so does a migration."""
    zone.stopped_vm()
    volume = zone.inventory.get(Volume, "root-vm")
    offering = zone.inventory.get(DiskOffering, "small")
    _given(zone, "gold", storage_id="more")
    more = zone.inventory.get(Pool, "more")
    need = need_of(volume, offering, zone.inventory.get(Host, "h1"))
    assert why_unfit(zone.context(), more, need) == "has other storage access groups than the host"
    assert why_unfit(zone.context(), more, need_of(volume, offering)) == ""
    migration = MigrateVolume(volume_id="root-vm", storage_id="more")
    with refusal(Invalid, 431, "pool/more"):
        zone.check(migration)
    zone.add(replace(zone.inventory.get(Host, "h1"), access_groups=("gold",)))
    zone.check(migration)


NEW_PLACES: list[tuple[Command, ListCommand, str]] = [
    (
        CreateZone(
            name="new",
            dns1="1.1.1.1",
            internal_dns1="1.1.1.1",
            network_type="Basic",
            storage_access_groups="gold, iron",
        ),
        ListZones(storage_access_group="iron"),
        "new",
    ),
    (
        CreatePod(name="new", zone_id="z1", storage_access_groups="gold,iron"),
        ListPods(storage_access_group="iron"),
        "new",
    ),
    (
        AddCluster(
            cluster_name="new",
            zone_id="z1",
            pod_id="pod",
            hypervisor="KVM",
            cluster_type="CloudManaged",
            storage_access_groups="gold,iron",
        ),
        ListClusters(storage_access_group="iron"),
        "new",
    ),
    (
        ConfigureStorageAccess(host_id="h2", storage_access_groups="gold,iron"),
        ListHosts(storage_access_group="iron"),
        "h2",
    ),
]


@pytest.mark.parametrize(("command", "listing", "name"), NEW_PLACES)
def test_places_have_theirs_from_the_beginning_and_are_found_by_them(
    zone: SmallZone, command: Command, listing: ListCommand, name: str
) -> None:
    """And show them."""
    claim = zone.claim(command, ADMIN)
    if isinstance(command, ConfigureStorageAccess):
        make = PLANS[ConfigureStorageAccess].plan
        assert make is not None
        zone.run(make(zone.context(ADMIN), command, claim.id))
    count, (found,) = listed(zone.context(ADMIN), listing, LISTINGS[type(listing)])
    assert count == 1
    assert (getattr(found, "name", ""), getattr(found, "storageaccessgroups", "")) == (
        name,
        "gold,iron",
    )
