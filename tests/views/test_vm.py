"""listVirtualMachines: which machines it finds, and what it tells of them."""

from typing import cast

import msgspec
import pytest

from core.model.access import Caller
from core.model.commands.command import TagAsked
from core.model.commands.vm import ListVirtualMachines, ListVirtualMachinesMetrics, VmDetail
from core.model.hypervisors import Hypervisor
from core.model.measure import VolumeMeasure
from core.model.records import Account, Project, ServiceOffering, Tag, Vm
from core.model.states import VmState
from core.views.listing import listed
from core.views.table import LISTINGS
from core.views.vm import VmMetricsView, VmView
from tests.small_zone import ADMIN, ALICE, BOB, DORA, SmallZone


def found(zone: SmallZone, command: ListVirtualMachines, caller: Caller = ALICE) -> list[VmView]:
    """The machines that the list answers."""
    _, page = listed(zone.context(caller), command, LISTINGS[type(command)])
    return cast("list[VmView]", page)


def ids(zone: SmallZone, command: ListVirtualMachines, caller: Caller = ALICE) -> set[str]:
    """Ids of the machines that the list answers."""
    return {view.id for view in found(zone, command, caller)}


@pytest.fixture
def zone() -> SmallZone:
    """A zone with machines of alice in many states and places, and others'."""
    zone = SmallZone()
    fixed = zone.inventory.get(ServiceOffering, "fixed")
    zone.add(msgspec.structs.replace(fixed, offer_ha=True))
    zone.vm("web", display_name="Shop", group="front")
    zone.vm("db", host_id="h3", last_host_id="h3", service_offering_id="fixed")
    zone.stopped_vm("off", template_id="xp", hypervisor=Hypervisor.XENSERVER, iso_id="cd")
    zone.stopped_vm("gone", state=VmState.DESTROYED, last_host_id="", display=False)
    zone.vm("other", account_id="bob", domain_id="lab", zone_id="z2", host_id="")
    zone.root("web", pool_id="rbd")
    zone.volume("data", vm_id="web", device_id=1)
    zone.add(
        Tag(
            id="t",
            of_kind="vm",
            of_id="web",
            key="tier",
            value="1",
            account_id="alice",
            domain_id="sales",
        )
    )
    return zone


FILTERS = [
    (ListVirtualMachines(), {"web", "db", "off", "gone"}),
    (ListVirtualMachines(id="web"), {"web"}),
    (ListVirtualMachines(ids=("web", "off", "other")), {"web", "off"}),
    (ListVirtualMachines(name="db"), {"db"}),
    (ListVirtualMachines(keyword="WE"), {"web"}),
    (ListVirtualMachines(keyword="shop"), {"web"}),
    (ListVirtualMachines(state="running"), {"web", "db"}),
    (ListVirtualMachines(state="Destroyed"), {"gone"}),
    (ListVirtualMachines(state="Present"), {"web", "db", "off"}),
    (ListVirtualMachines(zone_id="z2"), set[str]()),
    (ListVirtualMachines(cluster_id="c1"), {"web", "off"}),
    (ListVirtualMachines(pod_id="pod"), {"web", "db", "off"}),
    (ListVirtualMachines(host_id="h3"), {"db"}),
    (ListVirtualMachines(storage_id="rbd"), {"web"}),
    (ListVirtualMachines(template_id="xp"), {"off"}),
    (ListVirtualMachines(iso_id="cd"), {"off"}),
    (ListVirtualMachines(hypervisor="xenserver"), {"off"}),
    (ListVirtualMachines(service_offering_id="fixed"), {"db"}),
    (ListVirtualMachines(ha_enable=True), {"db"}),
    (ListVirtualMachines(ha_enable=False), {"web", "off", "gone"}),
    (ListVirtualMachines(display_vm=False), {"gone"}),
    (ListVirtualMachines(tags=(TagAsked(key="tier", value="1"),)), {"web"}),
    (ListVirtualMachines(tags=(TagAsked(key="tier", value="2"),)), set[str]()),
    (ListVirtualMachines(state="Running", cluster_id="c1"), {"web"}),
]


@pytest.mark.parametrize(("command", "expected"), FILTERS, ids=str)
def test_filters_find_what_they_name(
    zone: SmallZone, command: ListVirtualMachines, expected: set[str]
) -> None:
    """Several filters must all hold."""
    assert ids(zone, command) == expected


@pytest.mark.parametrize(
    ("command", "caller", "expected"),
    [
        (ListVirtualMachines(list_all=True), BOB, {"other"}),
        (ListVirtualMachines(list_all=True, state="Present"), DORA, {"web", "db", "off"}),
        (ListVirtualMachines(), DORA, set[str]()),
        (ListVirtualMachines(id="web"), BOB, set[str]()),
        (ListVirtualMachines(), ADMIN, set[str]()),
        (ListVirtualMachines(domain_id="lab"), ADMIN, {"other"}),
        (ListVirtualMachines(domain_id="ROOT"), ADMIN, set[str]()),
        (
            ListVirtualMachines(domain_id="ROOT", is_recursive=True, state="Running"),
            ADMIN,
            {"web", "db", "other"},
        ),
        (ListVirtualMachines(account="bob", domain_id="lab"), ADMIN, {"other"}),
    ],
    ids=str,
)
def test_callers_see_what_is_theirs(
    zone: SmallZone, command: ListVirtualMachines, caller: Caller, expected: set[str]
) -> None:
    """Administrators see more when they ask."""
    assert ids(zone, command, caller) == expected


def test_only_the_count_can_be_asked_for(zone: SmallZone) -> None:
    """Then no object is told."""
    command = ListVirtualMachines(retrieve_only_resource_count=True)
    assert listed(zone.context(), command, LISTINGS[ListVirtualMachines]) == (4, [])


def test_a_machine_is_told_with_its_neighbours(zone: SmallZone) -> None:
    """Names, places, disks and tags."""
    (view,) = found(zone, ListVirtualMachines(id="web"))
    assert (view.displayname, view.group, view.instancename) == ("Shop", "front", "web")
    assert (view.templatename, view.serviceofferingname) == ("debian", "tiny")
    assert (view.cpunumber, view.memory, view.hostname) == (1, 1024, "h1")
    assert (view.rootdeviceid, view.pooltype) == (0, "RBD")
    assert (view.diskofferingid, view.displayvm) == ("small", True)
    assert [tag.key for tag in view.tags or ()] == ["tier"]
    (bare,) = found(zone, ListVirtualMachines(id="off"))
    assert (bare.displayname, bare.hostid, bare.tags, bare.rootdeviceid) == (
        "off",
        None,
        None,
        None,
    )


@pytest.mark.parametrize(
    ("details", "told"),
    [
        ((), {"templateid", "serviceofferingid", "pooltype", "nic"}),
        (("all",), {"templateid", "serviceofferingid", "pooltype", "nic"}),
        (("min",), set[str]()),
        (("tmpl", "nics"), {"templateid", "nic"}),
        (("servoff",), {"serviceofferingid"}),
        (("volume", "stats"), {"pooltype"}),
    ],
)
def test_details_say_what_is_told(
    zone: SmallZone, details: tuple[VmDetail, ...], told: set[str]
) -> None:
    """What is always there is there with any of them."""
    (view,) = found(zone, ListVirtualMachines(id="web", details=details))
    given = msgspec.to_builtins(view)
    assert given.keys() & {"templateid", "serviceofferingid", "pooltype", "nic"} == told
    assert {"id", "name", "state", "hostid", "zoneid", "account"} <= given.keys()


def test_metrics_are_the_sums_of_what_was_seen_of_the_disks(zone: SmallZone) -> None:
    """In KiB and operations per second, and in words; a machine whose disks are closed has none."""
    zone.volume("first", vm_id="web", device_id=1)
    zone.volume("second", vm_id="web", device_id=2)
    for name in ("first", "second"):
        zone.inventory.measures[name] = VolumeMeasure(
            at_s=0.0,
            read_bytes_per_s=1 << 20,
            write_bytes_per_s=2 << 20,
            reads_per_s=3.0,
            writes_per_s=4.0,
        )
    (web,) = found(zone, ListVirtualMachinesMetrics(id="web"))
    assert isinstance(web, VmMetricsView)
    assert (web.diskkbsread, web.diskkbswrite) == (2048, 4096)
    assert (web.diskread, web.diskwrite, web.diskiopstotal) == ("2.00 MB", "4.00 MB", 14)
    assert (web.cputotal, web.memorytotal) == ("1.00 Ghz", "1.00 GB")
    (short,) = found(zone, ListVirtualMachines(id="web", details=("min",)))
    assert short.diskkbsread is None
    (off,) = found(zone, ListVirtualMachinesMetrics(id="off"))
    assert isinstance(off, VmMetricsView)
    assert (off.diskread, off.diskiopstotal) == (None, None)


def test_a_projects_machine_names_the_project(zone: SmallZone) -> None:
    """Its members find it by projectid."""
    alice = zone.inventory.get(Account, "alice")
    zone.add(msgspec.structs.replace(alice, id="shared", name="shared", project_id="p"))
    zone.add(
        Project(
            id="p",
            name="Apollo",
            display_text="",
            domain_id="sales",
            account_id="shared",
            owner_id="alice",
            members=("alice",),
        )
    )
    zone.vm("ours", account_id="shared")
    (view,) = found(zone, ListVirtualMachines(project_id="p"))
    assert (view.id, view.projectid, view.project) == ("ours", "p", "Apollo")


def test_details_of_a_machine_are_told(zone: SmallZone) -> None:
    """As they were given when it was deployed."""
    zone.add(msgspec.structs.replace(zone.inventory.get(Vm, "web"), details={"a": "b"}))
    (view,) = found(zone, ListVirtualMachines(id="web"))
    assert view.details == {"a": "b"}
