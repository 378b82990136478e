"""Lists of zones, pods and clusters."""

from typing import Any

import msgspec
import pytest
from msgspec.structs import replace

from core.model.access import Caller
from core.model.commands.command import Command, TagAsked
from core.model.commands.zone import ListClusters, ListPods, ListZones, UpdateZone
from core.model.records import Cluster, Pod, Zone
from core.model.states import AllocationState
from core.views.history.job import JobLive
from core.views.query import query
from tests.small_zone import ADMIN, ALICE, DORA, SmallZone

NONE: set[str] = set()


def _ask(zone: SmallZone, command: Command, caller: Caller = ADMIN) -> list[dict[str, Any]]:
    answer = query(zone.context(caller), command, lambda _: JobLive())
    rows: list[dict[str, Any]] = msgspec.to_builtins(answer)[command.returns]
    return rows


def _close(zone: SmallZone) -> None:
    """Zone z2, the pod and cluster c2 are Disabled."""
    for kind, id in ((Zone, "z2"), (Pod, "pod"), (Cluster, "c2")):
        record = zone.inventory.get(kind, id)
        zone.add(replace(record, allocation_state=AllocationState.DISABLED))


FILTERS: list[tuple[Command, set[str]]] = [
    (ListZones(), {"z1", "z2"}),
    (ListZones(id="z2"), {"z2"}),
    (ListZones(ids=("z1", "none")), {"z1"}),
    (ListZones(name="TWO"), {"z2"}),
    (ListZones(keyword="on"), {"z1"}),
    (ListZones(network_type="basic"), {"z1", "z2"}),
    (ListZones(network_type="Advanced"), NONE),
    (ListZones(available=True), {"z1"}),
    (ListZones(available=False), {"z1", "z2"}),
    (ListZones(domain_id="sales"), NONE),
    (ListZones(tags=(TagAsked(key="a"),)), NONE),
    (ListZones(show_icon=True), {"z1", "z2"}),
    (ListPods(), {"pod"}),
    (ListPods(zone_id="z2"), NONE),
    (ListPods(allocation_state="disabled"), {"pod"}),
    (ListPods(allocation_state="Enabled"), NONE),
    (ListClusters(), {"c1", "c2"}),
    (ListClusters(id="c1"), {"c1"}),
    (ListClusters(name="c2"), {"c2"}),
    (ListClusters(pod_id="pod", zone_id="z1"), {"c1", "c2"}),
    (ListClusters(zone_id="z2"), NONE),
    (ListClusters(hypervisor="kvm"), {"c1", "c2"}),
    (ListClusters(hypervisor="VMware"), NONE),
    (ListClusters(allocation_state="Disabled"), {"c2"}),
    (ListClusters(cluster_type="cloudmanaged"), {"c1", "c2"}),
    (ListClusters(cluster_type="ExternalManaged"), NONE),
    (ListClusters(managed_state="Managed"), {"c1", "c2"}),
    (ListClusters(managed_state="Unmanaged"), NONE),
    (ListClusters(arch="x86_64"), {"c1", "c2"}),
    (ListClusters(arch="aarch64"), NONE),
]


@pytest.mark.parametrize(("command", "found"), FILTERS)
def test_places_are_found_by_their_fields(
    zone: SmallZone, command: Command, found: set[str]
) -> None:
    """Whatever the case of the words."""
    _close(zone)
    assert {row["id"] for row in _ask(zone, command)} == found


@pytest.mark.parametrize("caller", [ALICE, DORA])
def test_only_root_administrators_see_disabled_zones(zone: SmallZone, caller: Caller) -> None:
    """Nobody else could do anything there."""
    _close(zone)
    assert {row["id"] for row in _ask(zone, ListZones(), caller)} == {"z1"}


def test_places_tell_their_state_and_what_is_kept_for_others(zone: SmallZone) -> None:
    """Networking is kept as it was given."""
    _close(zone)
    two = replace(zone.inventory.get(Zone, "z2"), dns1="1.1.1.1", network_type="Advanced")
    zone.add(two)
    zone.add(replace(zone.inventory.get(Pod, "pod"), gateway="10.0.0.1", start_ip="10.0.0.9"))
    (found,) = _ask(zone, ListZones(id="z2"))
    assert found == {
        "id": "z2",
        "name": "two",
        "networktype": "Advanced",
        "allocationstate": "Disabled",
        "localstorageenabled": False,
        "securitygroupsenabled": False,
        "type": "Core",
        "dns1": "1.1.1.1",
        "sortkey": 0,
    }
    (pod,) = _ask(zone, ListPods())
    assert (pod["allocationstate"], pod["gateway"], pod["startip"]) == (
        "Disabled",
        "10.0.0.1",
        ("10.0.0.9",),
    )
    (cluster,) = _ask(zone, ListClusters(id="c2"))
    assert (cluster["allocationstate"], cluster["podname"], cluster["zonename"]) == (
        "Disabled",
        "pod",
        "one",
    )


@pytest.mark.parametrize("command", [ListZones, ListPods, ListClusters])
def test_what_places_have_is_shown_to_who_asks(
    zone: SmallZone, command: type[ListZones | ListPods | ListClusters]
) -> None:
    """As listCapacity has it."""
    assert "capacity" not in _ask(zone, command())[0]
    types = [row["type"] for row in _ask(zone, command(show_capacities=True))[0]["capacity"]]
    assert types == sorted(set(types))
    assert {2, 3} <= set(types)


def test_zones_are_listed_by_their_sort_keys(zone: SmallZone) -> None:
    """From the smallest, or from the largest if that is set; the oldest first among equals."""
    zone.claim(UpdateZone(id="z1", sort_key=7), ADMIN)
    assert [row["id"] for row in _ask(zone, ListZones())] == ["z2", "z1"]
    zone.set("sortkey.algorithm", "false")
    assert [row["id"] for row in _ask(zone, ListZones())] == ["z1", "z2"]
