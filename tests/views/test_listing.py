"""List commands: whose things are listed, filters, keyword, tags, pages."""

import pytest

from core.model import errors
from core.model.access import Caller
from core.model.commands.command import ListCommand, Role, TagAsked
from core.model.commands.offering import ListDiskOfferings
from core.model.commands.pool import ListStoragePools
from core.model.commands.snapshot import ListSnapshots
from core.model.commands.template import ListTemplates
from core.model.commands.vm import ListVirtualMachines
from core.model.commands.volume import ListVolumes
from core.model.commands.zone import ListZones
from core.model.records import Account, Project, Tag, Template, Volume
from core.model.states import VolumeState
from core.plans.context import GIB
from core.views.listing import listed
from core.views.table import LISTINGS, view_of
from tests.refusal import refusal
from tests.small_zone import ADMIN, ALICE, BOB, DORA, SmallZone


def _listed(zone: SmallZone, command: ListCommand, caller: Caller = ALICE) -> tuple[int, list[str]]:
    count, page = listed(zone.context(caller), command, LISTINGS[type(command)])
    return count, [getattr(view, "id") for view in page]  # noqa: B009  (views share no class)


def _ids(zone: SmallZone, command: ListCommand, caller: Caller = ALICE) -> list[str]:
    return _listed(zone, command, caller)[1]


@pytest.fixture
def volumes(zone: SmallZone) -> SmallZone:
    """The zone with volumes of four accounts."""
    for owner, domain in (
        ("alice", "sales"),
        ("dora", "sales"),
        ("bob", "lab"),
        ("admin", "ROOT"),
    ):
        zone.volume(f"v-{owner}", account_id=owner, domain_id=domain)
    return zone


@pytest.mark.parametrize(
    ("command", "caller", "seen"),
    [
        (ListVolumes(), ALICE, ["v-alice"]),
        (ListVolumes(list_all=True), ALICE, ["v-alice"]),
        (ListVolumes(), DORA, ["v-dora"]),
        (ListVolumes(list_all=True), DORA, ["v-alice", "v-dora"]),
        (ListVolumes(account="alice", domain_id="sales"), DORA, ["v-alice"]),
        (ListVolumes(domain_id="sales"), DORA, ["v-alice", "v-dora"]),
        (ListVolumes(domain_id="lab"), DORA, []),
        (ListVolumes(), ADMIN, ["v-admin"]),
        (ListVolumes(list_all=True), ADMIN, ["v-alice", "v-dora", "v-bob", "v-admin"]),
        (ListVolumes(domain_id="ROOT"), ADMIN, ["v-admin"]),
        (
            ListVolumes(domain_id="ROOT", is_recursive=True),
            ADMIN,
            ["v-alice", "v-dora", "v-bob", "v-admin"],
        ),
        (ListVolumes(id="v-bob"), ADMIN, ["v-bob"]),
        (ListVolumes(id="v-bob"), ALICE, []),
        (ListVolumes(ids=("v-alice", "v-bob", "v-alice", "none")), ALICE, ["v-alice"]),
        (ListVolumes(ids=("v-bob", "v-alice")), ADMIN, ["v-bob", "v-alice"]),
    ],
)
def test_callers_see_what_is_theirs(
    volumes: SmallZone, command: ListVolumes, caller: Caller, seen: list[str]
) -> None:
    """Users their own, domain administrators their tree, root administrators what they ask for."""
    assert _ids(volumes, command, caller) == seen


def test_foreign_accounts_cannot_be_named(volumes: SmallZone) -> None:
    """Nor unknown ones, nor foreign domains by those who don't administer them."""
    with refusal(errors.Denied, 531, "account/dora"):
        _ids(volumes, ListVolumes(account="dora", domain_id="sales"), ALICE)
    with refusal(errors.NotFound, 431, "domain/sales"):
        _ids(volumes, ListVolumes(account="nobody", domain_id="sales"), DORA)


def test_members_list_what_a_project_has(volumes: SmallZone) -> None:
    """By projectid; others get the answer for an unknown one."""
    volumes.add(Account(id="pa", name="PrjAcct", domain_id="sales", role=Role.USER, project_id="p"))
    volumes.add(
        Project(
            id="p",
            name="p",
            display_text="p",
            domain_id="sales",
            account_id="pa",
            owner_id="alice",
            members=("alice",),
        )
    )
    volumes.volume("shared", account_id="pa")
    assert _ids(volumes, ListVolumes(project_id="p")) == ["shared"]
    assert _ids(volumes, ListVolumes(project_id="-1")) == ["shared"]
    assert _ids(volumes, ListVolumes(project_id="-1"), BOB) == []
    with refusal(errors.NotFound, 431, "project/p"):
        _ids(volumes, ListVolumes(project_id="p"), BOB)


@pytest.mark.parametrize(
    ("page", "pagesize", "seen"),
    [(1, 3, [0, 1, 2]), (2, 3, [3, 4, 5]), (4, 3, [9]), (5, 3, []), (None, 2, [0, 1])],
)
def test_pages_tell_the_count_of_all(
    zone: SmallZone, page: int | None, pagesize: int, seen: list[int]
) -> None:
    """Pages begin with 1; one behind the end is empty."""
    for number in range(10):
        zone.volume(f"v{number}")
    count, ids = _listed(zone, ListVolumes(page=page, pagesize=pagesize))
    assert (count, ids) == (10, [f"v{number}" for number in seen])


def test_no_page_is_larger_than_the_setting(zone: SmallZone) -> None:
    """default.page.size is the page when none is asked for, too."""
    zone.set("default.page.size", 4)
    for number in range(6):
        zone.volume(f"v{number}")
    assert len(_ids(zone, ListVolumes())) == 4
    assert len(_ids(zone, ListVolumes(page=1, pagesize=100))) == 4


def test_a_page_needs_its_size(zone: SmallZone) -> None:
    """It would mean nothing."""
    with refusal(errors.Invalid, 431):
        _ids(zone, ListVolumes(page=2))


@pytest.mark.parametrize(
    ("command", "seen"),
    [
        (ListVolumes(keyword="AT"), ["data"]),
        (ListVolumes(name="data"), ["data"]),
        (ListVolumes(name="dat"), []),
        (ListVolumes(state="allocated"), ["new"]),
        (ListVolumes(type="ROOT"), ["root-vm"]),
        (ListVolumes(virtual_machine_id="vm"), ["root-vm"]),
        (ListVolumes(storage_id="nfs"), ["data", "root-vm"]),
        (ListVolumes(storage_id="nfs", keyword="root"), ["root-vm"]),
        (ListVolumes(disk_offering_id="large"), ["new"]),
        (ListVolumes(cluster_id="c1"), ["data", "root-vm"]),
        (ListVolumes(pod_id="pod"), ["data", "root-vm"]),
        (ListVolumes(host_id="h1"), ["root-vm"]),
        (ListVolumes(zone_id="z2"), []),
        (ListVirtualMachines(storage_id="nfs"), ["vm"]),
        (ListVirtualMachines(cluster_id="c1", state="Running"), ["vm"]),
        (ListVirtualMachines(host_id="h2"), []),
        (ListSnapshots(volume_id="data"), ["snap"]),
        (ListSnapshots(snapshot_type="RECURRING"), []),
        (ListSnapshots(image_store_id="s1"), ["snap"]),
        (ListSnapshots(image_store_id="s2"), ["kept"]),
        (ListSnapshots(image_store_id="s3"), []),
        (ListSnapshots(storage_id="nfs"), ["kept"]),
        (ListSnapshots(storage_id="rbd"), []),
    ],
)
def test_filters_leave_the_rest_out(zone: SmallZone, command: ListCommand, seen: list[str]) -> None:
    """Alone and together; text without regard to case, names whole."""
    zone.vm()
    zone.volume("data")
    zone.root()
    zone.allocated("new", disk_offering_id="large", size_bytes=10 * GIB)
    zone.snapshot(volume_id="data")
    zone.snapshot("kept", volume_id="new", pool_id="nfs")
    zone.ref("kept", "snapshot", store_id="s2")
    assert _ids(zone, command) == seen


def test_tags_are_found_by_key_and_value(zone: SmallZone) -> None:
    """A tag without a value asks for any; several must all be there."""
    for name, tags in (("one", {"a": "1"}), ("two", {"a": "2", "b": "1"}), ("three", {})):
        zone.volume(name)
        for key, value in tags.items():
            zone.add(
                Tag(
                    id=f"{name}-{key}",
                    of_kind="volume",
                    of_id=name,
                    key=key,
                    value=value,
                    account_id="alice",
                    domain_id="sales",
                )
            )
    assert _ids(zone, ListVolumes(tags=(TagAsked(key="a"),))) == ["one", "two"]
    assert _ids(zone, ListVolumes(tags=(TagAsked(key="a", value="2"),))) == ["two"]
    both = (TagAsked(key="a"), TagAsked(key="b"))
    assert _ids(zone, ListVolumes(tags=both)) == ["two"]


@pytest.mark.parametrize(
    ("wanted", "caller", "seen"),
    [
        ("featured", ALICE, ["star"]),
        ("community", ALICE, ["debian"]),
        ("self", ALICE, ["mine"]),
        ("selfexecutable", ALICE, ["mine"]),
        ("executable", ALICE, ["debian", "star", "mine"]),
        ("executable", BOB, ["debian", "star"]),
        ("self", BOB, []),
        ("all", ADMIN, ["debian", "star", "mine"]),
    ],
)
def test_template_filters(zone: SmallZone, wanted: str, caller: Caller, seen: list[str]) -> None:
    """Featured, community, own, and all that may be used (semantics section 1.7)."""
    debian = zone.inventory.get(Template, "debian")
    for name, fields in (
        ("star", {"featured": True, "public": True}),
        ("mine", {"public": False, "account_id": "alice", "domain_id": "sales"}),
    ):
        zone.add(Template(**{**_fields(debian), "id": name, "name": name, **fields}))  # type: ignore[arg-type]
        zone.ref(name, "template")
    assert _ids(zone, ListTemplates(template_filter=wanted), caller) == seen


def _fields(template: Template) -> dict[str, object]:
    return {name: getattr(template, name) for name in template.__struct_fields__}


def test_an_unknown_template_filter_is_refused(zone: SmallZone) -> None:
    """With those that there are."""
    with refusal(errors.Invalid, 431) as refused:
        _ids(zone, ListTemplates(template_filter="mine"))
    assert "selfexecutable" in refused.value.hint


def test_things_of_the_site_are_listed_for_all(zone: SmallZone) -> None:
    """They belong to nobody."""
    assert _ids(zone, ListZones()) == ["z1", "z2"]
    assert _ids(zone, ListStoragePools(scope="zone"), ADMIN) == ["wide", "rbd"]


def test_hidden_offerings_are_not_listed(zone: SmallZone) -> None:
    """Those inside service offerings are nobody's choice."""
    assert "tiny-root" not in _ids(zone, ListDiskOfferings())
    assert "small" in _ids(zone, ListDiskOfferings())


def test_views_leave_out_what_is_not_there(zone: SmallZone) -> None:
    """A volume that is only a record has no pool, no machine, no device."""
    key, view = view_of(zone.inventory, zone.allocated())
    assert key == "volume"
    for name in ("storageid", "virtualmachineid", "deviceid", "jobid", "path"):
        assert getattr(view, name) is None
    attached = zone.inventory.get(Volume, zone.volume("two", vm_id="vm", device_id=1).id)
    zone.vm()
    _, view = view_of(zone.inventory, attached)
    assert (getattr(view, "virtualmachineid"), getattr(view, "deviceid")) == ("vm", 1)  # noqa: B009
    assert attached.state is VolumeState.READY
