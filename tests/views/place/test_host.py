"""Lists of hosts, and of those to which a machine could move."""

from typing import Any

import msgspec
import pytest
from msgspec.structs import replace

from core.model import errors
from core.model.commands.command import Command
from core.model.commands.host import ListHosts
from core.model.commands.migration import FindHostsForMigration
from core.model.errors import ForebayError
from core.model.hypervisors import Hypervisor
from core.model.ids import MANAGEMENT_SERVER_ID
from core.model.records import Host, Pool, ServiceOffering
from core.model.states import HostState, ResourceState, VmState
from core.plans.context import GIB
from core.views.history.job import JobLive
from core.views.place.host import CAPACITY
from core.views.query import query
from tests.refusal import refusal
from tests.small_zone import ADMIN, SmallZone

FIND = FindHostsForMigration(virtual_machine_id="vm")
NONE: set[str] = set()


def _ask(zone: SmallZone, command: Command) -> list[dict[str, Any]]:
    answer = query(zone.context(ADMIN), command, lambda _: JobLive())
    rows: list[dict[str, Any]] = msgspec.to_builtins(answer)[command.returns]
    return rows


def _host(zone: SmallZone, id: str, **fields: object) -> None:
    zone.add(replace(zone.inventory.get(Host, id), **fields))


FILTERS: list[tuple[ListHosts, set[str]]] = [
    (ListHosts(), {"h1", "h2", "h3"}),
    (ListHosts(id="h2"), {"h2"}),
    (ListHosts(name="h3"), {"h3"}),
    (ListHosts(keyword="H"), {"h1", "h2", "h3"}),
    (ListHosts(zone_id="z2"), NONE),
    (ListHosts(pod_id="pod"), {"h1", "h2", "h3"}),
    (ListHosts(cluster_id="c1"), {"h1", "h2"}),
    (ListHosts(type="routing"), {"h1", "h2", "h3"}),
    (ListHosts(type="SecondaryStorageVM"), NONE),
    (ListHosts(state="Up"), {"h1", "h2"}),
    (ListHosts(state="alert"), {"h3"}),
    (ListHosts(resource_state="maintenance"), {"h2"}),
    (ListHosts(resource_state="Enabled"), {"h1", "h3"}),
    (ListHosts(hypervisor="kvm"), {"h1", "h2", "h3"}),
    (ListHosts(hypervisor="VMware"), NONE),
    (ListHosts(ha_host=True), NONE),
    (ListHosts(ha_host=False), {"h1", "h2", "h3"}),
    (ListHosts(arch="x86_64"), {"h1", "h2", "h3"}),
    (ListHosts(arch="aarch64"), NONE),
    (ListHosts(management_server_id=MANAGEMENT_SERVER_ID), {"h1", "h2", "h3"}),
    (ListHosts(management_server_id="other"), NONE),
    (ListHosts(out_of_band_management_enabled=True), NONE),
    (ListHosts(out_of_band_management_enabled=False), {"h1", "h2", "h3"}),
    (ListHosts(out_of_band_management_power_state="Disabled"), {"h1", "h2", "h3"}),
    (ListHosts(out_of_band_management_power_state="On"), NONE),
    (ListHosts(virtual_machine_id="vm"), {"h1", "h2"}),
    (ListHosts(page=2, pagesize=2), {"h3"}),
]


@pytest.mark.parametrize(("command", "found"), FILTERS)
def test_hosts_are_found_by_their_fields(
    zone: SmallZone, command: ListHosts, found: set[str]
) -> None:
    """Whatever the case of the words."""
    zone.vm()
    _host(zone, "h3", state=HostState.ALERT)
    _host(zone, "h2", resource_state=ResourceState.MAINTENANCE)
    assert {row["id"] for row in _ask(zone, command)} == found


def test_a_host_tells_what_it_has_and_what_is_taken(zone: SmallZone) -> None:
    """With its neighbours' names, and the job that prepares it for maintenance."""
    zone.vm(memory_bytes=2 * GIB)
    zone.volume(pool_id="local", size_bytes=3 * GIB)
    _host(
        zone,
        "h1",
        tags=("gpu", "fast"),
        resource_state=ResourceState.PREPARE_FOR_MAINTENANCE,
        job_id="j",
    )
    (row,) = _ask(zone, ListHosts(id="h1"))
    wanted = {
        "state": "Up",
        "resourcestate": "PrepareForMaintenance",
        "type": "Routing",
        "zonename": "one",
        "podname": "pod",
        "clustername": "c1",
        "ipaddress": "h1",
        "memorytotal": 8 * GIB,
        "memoryallocated": 2 * GIB,
        "memoryallocatedpercentage": "25.00%",
        "disksizetotal": 100 * GIB,
        "disksizeallocated": 3 * GIB,
        "islocalstorageactive": True,
        "hosttags": "gpu,fast",
        "jobid": "j",
        "jobstatus": 0,
    }
    assert {key: row.get(key) for key in wanted} == wanted


def test_details_leave_out_what_hosts_have(zone: SmallZone) -> None:
    """With min and other words; not with capacity, all or no word."""
    whole = _ask(zone, ListHosts(id="h1"))[0]
    assert {"memorytotal", "disksizetotal"} <= whole.keys()
    brief = _ask(zone, ListHosts(id="h1", details=("min", "events")))[0]
    assert whole.keys() - brief.keys() == set(CAPACITY)
    for full in (ListHosts(id="h1", details=("capacity",)), ListHosts(id="h1", details=("all",))):
        assert _ask(zone, full)[0] == whole


def test_a_list_for_a_machine_says_which_hosts_have_room(zone: SmallZone) -> None:
    """As clients ask that use the old command."""
    zone.vm()
    _host(zone, "h2", memory_bytes=0)
    rows = _ask(zone, ListHosts(virtual_machine_id="vm"))
    assert {row["id"]: row["hasenoughcapacity"] for row in rows} == {"h1": True, "h2": False}
    assert "hasenoughcapacity" not in _ask(zone, ListHosts())[0]


# Hosts to which a machine could move.


def _found(zone: SmallZone) -> dict[str, tuple[bool, bool]]:
    """By id, in order: whether it suits, and whether volumes must move."""
    return {
        row["id"]: (row["suitableformigration"], row["requiresStorageMotion"])
        for row in _ask(zone, FIND)
    }


def _of(zone: SmallZone, hypervisor: Hypervisor) -> None:
    for host in list(zone.inventory.all(Host)):
        _host(zone, host.id, hypervisor=hypervisor)
    for pool in list(zone.inventory.all(Pool)):
        zone.add(replace(pool, hypervisor=str(hypervisor)))


def test_other_hosts_of_the_cluster_suit(zone: SmallZone) -> None:
    """The suitable ones first, by name; disks on shared storage stay."""
    zone.vm()
    zone.root()
    h2 = zone.inventory.get(Host, "h2")
    zone.add(replace(h2, id="a", name="a", resource_state=ResourceState.DISABLED))
    zone.add(replace(h2, id="z", name="z"))
    assert list(_found(zone).items()) == [
        ("h2", (True, False)),
        ("z", (True, False)),
        ("a", (False, False)),
    ]


def test_hosts_of_other_clusters_suit_where_disks_go_along(zone: SmallZone) -> None:
    """The guide: that the storage must be moved too is noted in the list."""
    _of(zone, Hypervisor.XENSERVER)
    zone.vm(hypervisor=Hypervisor.XENSERVER)
    zone.root()
    assert _found(zone) == {"h2": (True, False), "h3": (True, True)}
    zone.add(replace(zone.inventory.get(Pool, "far"), capacity_bytes=GIB))
    zone.add(replace(zone.inventory.get(Pool, "wide"), capacity_bytes=GIB))
    zone.add(replace(zone.inventory.get(Pool, "rbd"), capacity_bytes=GIB))
    assert _found(zone) == {"h2": (True, False), "h3": (False, True)}


def test_local_disks_must_go_along(zone: SmallZone) -> None:
    """To a host that has local storage too."""
    zone.vm()
    zone.root(pool_id="local", disk_offering_id="onhost")
    assert _found(zone) == {"h2": (False, True)}
    local = zone.inventory.get(Pool, "local")
    zone.add(replace(local, id="local2", host_id="h2"))
    assert _found(zone) == {"h2": (True, True)}


def test_hosts_without_the_offerings_tags_do_not_suit(zone: SmallZone) -> None:
    """An administrator may still name one."""
    zone.vm()
    offering = zone.inventory.get(ServiceOffering, "tiny")
    zone.add(replace(offering, host_tags=("gpu",)))
    assert _found(zone) == {"h2": (False, False)}


REFUSALS: list[tuple[Hypervisor, VmState, type[ForebayError]]] = [
    (Hypervisor.KVM, VmState.STOPPED, errors.Conflict),
    (Hypervisor.LXC, VmState.RUNNING, errors.Unsupported),
    (Hypervisor.HYPERV, VmState.RUNNING, errors.Conflict),
]


@pytest.mark.parametrize(("hypervisor", "state", "kind"), REFUSALS)
def test_a_machine_that_cannot_move_has_no_hosts(
    zone: SmallZone, hypervisor: Hypervisor, state: VmState, kind: type[ForebayError]
) -> None:
    """Not running, on a hypervisor that moves none, or bound by a local volume."""
    zone.vm(hypervisor=hypervisor, state=state)
    zone.root(pool_id="local", disk_offering_id="onhost")
    with refusal(kind, 431, "vm/vm"):
        _ask(zone, FIND)
