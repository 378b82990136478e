"""Lists of offerings."""

from typing import Any

import msgspec
from msgspec.structs import replace

from core.model.commands.offering import (
    CreateDiskOffering,
    CreateServiceOffering,
    ListDiskOfferings,
    ListServiceOfferings,
    UpdateDiskOffering,
    UpdateServiceOffering,
)
from core.model.records import ServiceOffering, Zone
from core.views.history.job import JobLive
from core.views.query import query
from tests.small_zone import ADMIN, ALICE, SmallZone

Lists = ListDiskOfferings | ListServiceOfferings


def _rows(zone: SmallZone, command: Lists) -> list[dict[str, Any]]:
    answer = query(zone.context(ALICE), command, lambda _: JobLive())
    rows: list[dict[str, Any]] = msgspec.to_builtins(answer)[command.returns]
    return rows


def _names(zone: SmallZone, command: Lists) -> list[str]:
    return [str(row["name"]) for row in _rows(zone, command)]


def test_offerings_are_listed_by_their_sort_keys(zone: SmallZone) -> None:
    """The last becomes the first with a key below all others."""
    before = _names(zone, ListDiskOfferings())
    assert before[-1] != before[0]
    zone.claim(UpdateDiskOffering(id=before[-1], sort_key=-1), ADMIN)
    assert _names(zone, ListDiskOfferings()) == [before[-1], *before[:-1]]
    tiny = zone.inventory.get(ServiceOffering, "tiny")
    zone.add(replace(tiny, id="more", name="more"))
    zone.claim(UpdateServiceOffering(id="more", sort_key=-1), ADMIN)
    assert _names(zone, ListServiceOfferings())[0] == "more"


def test_a_machines_offerings_are_those_of_its_zone(zone: SmallZone) -> None:
    """Local ones only where local storage is enabled."""
    zone.vm()
    everything = set(_names(zone, ListDiskOfferings()))
    z1 = zone.inventory.get(Zone, "z1")
    zone.add(replace(z1, local_storage_enabled=True))
    assert set(_names(zone, ListDiskOfferings(virtual_machine_id="vm"))) == everything
    zone.add(replace(z1, local_storage_enabled=False))
    assert set(_names(zone, ListDiskOfferings(storage_type="local"))) == everything - set(
        _names(zone, ListDiskOfferings(virtual_machine_id="vm"))
    )


def test_an_offering_says_whether_a_machine_can_have_such_disks(zone: SmallZone) -> None:
    """Whether a pool that is Up, and that its host reaches, takes them; only beside a machine."""
    zone.vm()
    zone.claim(CreateDiskOffering(name="fast", disk_size=1, tags="nowhere"), ADMIN)
    rows = {row["name"]: row for row in _rows(zone, ListDiskOfferings(virtual_machine_id="vm"))}
    assert rows["small"]["suitableforvirtualmachine"] is True
    assert rows["fast"]["suitableforvirtualmachine"] is False
    assert "suitableforvirtualmachine" not in _rows(zone, ListDiskOfferings())[0]


def test_what_a_service_offering_says_of_networks_is_kept(zone: SmallZone) -> None:
    """So that who made it finds it as it was asked for."""
    asked = CreateServiceOffering(name="o", limit_cpu_use=True, network_rate=200)
    zone.claim(asked, ADMIN)
    row = next(row for row in _rows(zone, ListServiceOfferings()) if row["name"] == "o")
    assert (row["limitcpuuse"], row["networkrate"], row["purgeresources"]) == (True, 200, False)
    assert (row["deploymentplanner"], row["issystem"]) == ("FirstFitPlanner", False)
