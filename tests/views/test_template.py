"""listTemplates and listIsos: filters, zones, and the keys of their objects."""

from collections.abc import Mapping

import msgspec
import pytest

from core.model import errors
from core.model.access import Caller
from core.model.commands.command import ListCommand
from core.model.commands.image.iso import ListIsos
from core.model.commands.template import ListTemplates
from core.model.hypervisors import Hypervisor
from core.model.pool_types import DiskFormat
from core.model.records import Account, ImageStore, PoolTemplate, Project, StoreRef, Template
from core.model.states import RefState, TemplateState
from core.plans.context import GIB
from core.views.listing import listed
from core.views.table import LISTINGS, view_of
from core.views.template import STATUS, TemplateView
from tests.refusal import refusal
from tests.small_zone import ADMIN, ALICE, BOB, DORA, SmallZone


@pytest.fixture
def zone() -> SmallZone:
    """Debian of all, mine and an unready one of alice, one that bob shares with her, and an ISO."""
    zone = SmallZone()
    debian = zone.inventory.get(Template, "debian")
    own = {"account_id": "alice", "domain_id": "sales", "public": False}
    rows: tuple[tuple[str, Mapping[str, object]], ...] = (
        ("mine", own),
        ("late", {**own, "state": TemplateState.DOWNLOAD_ERROR, "failure": "it is no image"}),
        ("bobs", {**own, "account_id": "bob", "domain_id": "lab", "shared_with": ("alice",)}),
        ("disc", {**own, "format": DiskFormat.ISO, "hypervisor": Hypervisor.NONE}),
    )
    for id, fields in rows:
        zone.add(msgspec.structs.replace(debian, id=id, name=id, **fields))
        if id != "late":
            zone.ref(id, "template")
    return zone


def _views(zone: SmallZone, command: ListCommand, caller: Caller = ALICE) -> list[TemplateView]:
    _, page = listed(zone.context(caller), command, LISTINGS[type(command)])
    return [view for view in page if isinstance(view, TemplateView)]


def _ids(zone: SmallZone, command: ListCommand, caller: Caller = ALICE) -> list[str]:
    return [view.id for view in _views(zone, command, caller)]


Asked = tuple[str, Caller, list[str]]
FILTERED: list[Asked] = [
    ("self", ALICE, ["mine", "late"]),
    ("selfexecutable", ALICE, ["mine"]),
    ("shared", ALICE, ["bobs"]),
    ("sharedexecutable", ALICE, ["bobs"]),
    ("executable", ALICE, ["debian", "mine"]),
    ("community", ALICE, ["debian"]),
    ("featured", ALICE, []),
    ("self", BOB, ["bobs"]),
    ("shared", BOB, []),
    ("all", DORA, ["debian", "mine", "late"]),
    ("all", ADMIN, ["debian", "mine", "late", "bobs"]),
]


@pytest.mark.parametrize(("wanted", "caller", "seen"), FILTERED)
def test_filters_leave_what_they_say(
    zone: SmallZone, wanted: str, caller: Caller, seen: list[str]
) -> None:
    """Nobody sees more through a filter than he may use; no ISO is a template."""
    assert _ids(zone, ListTemplates(template_filter=wanted), caller) == seen


def test_all_is_for_administrators(zone: SmallZone) -> None:
    """Of domains too."""
    with refusal(errors.Invalid, 431):
        _ids(zone, ListTemplates(template_filter="all"))


def test_isos_have_a_list_of_their_own(zone: SmallZone) -> None:
    """With filters of their own."""
    assert _ids(zone, ListIsos()) == ["disc"]
    assert _ids(zone, ListIsos(is_ready=False)) == []
    assert _ids(zone, ListIsos(is_ready=True, bootable=True)) == ["disc"]
    assert _ids(zone, ListIsos(bootable=False)) == []
    assert _ids(zone, ListIsos(iso_filter="executable"), BOB) == []
    disc = zone.inventory.get(Template, "disc")
    assert view_of(zone.inventory, disc)[0] == "iso"
    assert view_of(zone.inventory, zone.inventory.get(Template, "mine"))[0] == "template"


def test_what_is_in_two_zones_is_listed_twice(zone: SmallZone) -> None:
    """Each row says whether that zone has it; showunique makes them one."""
    store = zone.inventory.get(ImageStore, "s1")
    zone.add(msgspec.structs.replace(store, id="s2", name="s2", zone_id="z2"))
    ref = zone.inventory.get(StoreRef, "ref-mine")
    zone.add(msgspec.structs.replace(ref, id="ref-2", store_id="s2", state=RefState.CREATING))
    wanted = ListTemplates(template_filter="self", id="mine")
    rows = [(view.zoneid, view.isready) for view in _views(zone, wanted)]
    assert rows == [("z1", True), ("z2", False)]
    (only,) = _views(zone, msgspec.structs.replace(wanted, zone_id="z2"))
    assert (only.zonename, only.isready) == ("two", False)
    assert len(_views(zone, msgspec.structs.replace(wanted, show_unique=True))) == 1
    assert _ids(zone, msgspec.structs.replace(wanted, zone_id="z3")) == []


def test_templates_are_found_by_where_they_lie(zone: SmallZone) -> None:
    """On an image store, or on a pool."""
    every = ListTemplates(template_filter="all")
    at_store = msgspec.structs.replace(every, image_store_id="s1")
    assert _ids(zone, at_store, ADMIN) == ["debian", "mine", "bobs"]
    zone.add(PoolTemplate(id="copy", pool_id="nfs", template_id="mine", state=RefState.READY))
    assert _ids(zone, msgspec.structs.replace(every, storage_id="nfs"), ADMIN) == ["mine"]


def test_a_template_shows_what_clients_read(zone: SmallZone) -> None:
    """Sizes are bytes; what is unknown is left out."""
    mine = zone.inventory.get(Template, "mine")
    zone.add(
        msgspec.structs.replace(
            mine, os_type_id="debian-12", source_id="debian", details={"a": "1"}, tag="gold"
        )
    )
    (view,) = _views(zone, ListTemplates(template_filter="self", name="mine"))
    assert (view.account, view.domain, view.domainpath) == ("alice", "sales", "ROOT/sales")
    assert (view.size, view.physicalsize, view.status) == (2 * GIB, None, "Download Complete")
    assert (view.ostypename, view.sourcetemplateid) == ("Debian GNU/Linux 12 (64-bit)", "debian")
    assert (view.details, view.templatetag, view.arch) == ({"a": "1"}, "gold", "x86_64")
    assert view.downloaddetails is not None
    assert view.downloaddetails[0].downloadState == "DOWNLOADED"
    (late,) = _views(zone, ListTemplates(template_filter="self", name="late"))
    assert late.status == "Download error: it is no image"
    assert (late.isready, late.downloaddetails) == (False, None)


def test_every_state_has_a_text() -> None:
    """Whatever becomes of a template, it can be listed."""
    assert set(STATUS) == set(TemplateState)


def test_a_template_of_a_project_names_it(zone: SmallZone) -> None:
    """Instead of an account."""
    zone.add(Account(id="web", name="web", domain_id="sales", role=ALICE.role, project_id="p1"))
    zone.add(
        Project(
            id="p1",
            name="web",
            display_text="web",
            domain_id="sales",
            account_id="web",
            owner_id="alice",
            members=("alice",),
        )
    )
    mine = zone.inventory.get(Template, "mine")
    zone.add(msgspec.structs.replace(mine, account_id="web"))
    (view,) = _views(zone, ListTemplates(template_filter="self", project_id="p1"))
    assert (view.project, view.projectid, view.account) == ("web", "p1", None)
