"""registerTemplate: formats, URLs, zones, owners and what is recorded."""

import msgspec
import pytest

from core.model import errors
from core.model.access import Caller
from core.model.commands.template import RegisterTemplate
from core.model.hypervisors import HYPERVISORS, Hypervisor
from core.model.records import Account, ImageStore, Project, Template
from core.model.states import TemplateState
from core.plans.operation import FetchImage, RunJobs
from core.plans.template import register
from tests.refusal import refusal
from tests.small_zone import ADMIN, ALICE, DORA, SmallZone

REGISTER = RegisterTemplate(
    name="mine",
    url="https://images.example/mine.qcow2",
    format="qcow2",
    hypervisor="kvm",
    zone_id="z1",
)
Changes = dict[str, str | int | bool | tuple[str, ...] | None]


@pytest.fixture
def zone() -> SmallZone:
    """With a store of z2."""
    zone = SmallZone()
    store = zone.inventory.get(ImageStore, "s1")
    zone.add(msgspec.structs.replace(store, id="s2", name="s2", zone_id="z2"))
    return zone


def _given(fields: Changes) -> RegisterTemplate:
    return msgspec.structs.replace(REGISTER, **fields)


Asked = tuple[Changes, Caller, type[errors.ForebayError], int, str]
REFUSALS: list[Asked] = [
    ({"format": "VHD", "url": "https://x.example/i"}, ALICE, errors.Invalid, 431, ""),
    ({"format": "floppy"}, ALICE, errors.Invalid, 431, ""),
    ({"hypervisor": "bhyve"}, ALICE, errors.Invalid, 431, ""),
    ({"hypervisor": "None"}, ALICE, errors.Unsupported, 431, ""),
    ({"url": "file:///srv/mine.qcow2"}, ALICE, errors.Invalid, 431, ""),
    ({"url": "ftp://x/mine.qcow2"}, ALICE, errors.Invalid, 431, "url/ftp://x/mine.qcow2"),
    ({"url": "https://x.example/mine.vhd"}, ALICE, errors.Invalid, 431, ""),
    ({"url": "https://x.example/mine.qcow2.xz"}, ALICE, errors.Invalid, 431, ""),
    ({"checksum": "abc"}, ALICE, errors.Invalid, 431, ""),
    ({"name": "systemvm template"}, ALICE, errors.Invalid, 431, ""),
    ({"bits": 31}, ALICE, errors.Invalid, 431, ""),
    ({"os_type_id": "x"}, ALICE, errors.NotFound, 431, "ostype/x"),
    ({"zone_id": "z9"}, ALICE, errors.NotFound, 431, "zone/z9"),
    ({"zone_id": None}, ALICE, errors.Invalid, 431, ""),
    ({"zone_id": "-1"}, DORA, errors.Invalid, 431, ""),
    ({"zone_ids": ("-1",)}, ADMIN, errors.Invalid, 431, ""),
    ({"template_type": "ROUTING"}, ALICE, errors.Invalid, 431, ""),
    ({"is_routing": True}, ALICE, errors.Invalid, 431, ""),
    ({"template_type": "COFFEE"}, ADMIN, errors.Invalid, 431, ""),
    ({"direct_download": True}, ALICE, errors.Unsupported, 431, ""),
    ({"deploy_as_is": True}, ALICE, errors.Unsupported, 431, ""),
    ({"account": "bob", "domain_id": "lab"}, ALICE, errors.Denied, 531, "account/bob"),
    ({"project_id": "p9"}, ALICE, errors.NotFound, 431, "project/p9"),
]


@pytest.mark.parametrize(("fields", "caller", "kind", "number", "object"), REFUSALS)
def test_what_cannot_be_registered_is_refused(
    zone: SmallZone,
    fields: Changes,
    caller: Caller,
    kind: type[errors.ForebayError],
    number: int,
    object: str,
) -> None:
    """Each with its reason and a way out."""
    with refusal(kind, number, object):
        zone.check(_given(fields), caller)


def test_every_hypervisor_takes_its_own_format() -> None:
    """And names it first."""
    assert {name: formats[0] for name, formats in register.FORMATS.items()} == {
        name: row.format for name, row in HYPERVISORS.items()
    }


@pytest.mark.parametrize("url", ["https://x.example/mine", "https://x.example/m.QCOW2?v=1"])
def test_a_name_that_says_nothing_else_is_taken(zone: SmallZone, url: str) -> None:
    """The image itself is inspected later."""
    zone.check(_given({"url": url}))


@pytest.mark.parametrize("ending", [".gz", ".bz2", ".zip"])
def test_a_compressed_image_may_come(zone: SmallZone, ending: str) -> None:
    """Its format is what the name says without the ending; two endings are one too many."""
    zone.check(_given({"url": f"https://x.example/mine.qcow2{ending}"}))
    for name in ("mine.vhd", "mine.tar", "mine.gz"):
        with refusal(errors.Invalid, 431):
            zone.check(_given({"url": f"https://x.example/{name}{ending}"}))


def test_administrators_may_name_files(zone: SmallZone) -> None:
    """The image store's rules say which."""
    zone.check(_given({"url": "file:///srv/mine.qcow2"}), ADMIN)


def test_users_may_be_kept_from_publishing(zone: SmallZone) -> None:
    """The setting of their account says so; root administrators still may."""
    zone.set("allow.public.user.templates", False)
    with refusal(errors.Invalid, 431, "setting/allow.public.user.templates"):
        zone.check(_given({"is_public": True}))
    zone.check(_given({"is_public": True}), ADMIN)


def test_a_template_counts_at_once(zone: SmallZone) -> None:
    """Its size is counted when it is known."""
    zone.limit("alice", "template", 1)
    zone.claim(REGISTER)
    with refusal(errors.QuotaExceeded, 535, "account/alice"):
        zone.check(REGISTER)
    zone.limit("alice", "template", -1)
    zone.limit("alice", "secondary_storage", 0)
    with refusal(errors.QuotaExceeded, 535, "account/alice"):
        zone.check(REGISTER)


def test_a_project_owns_what_its_members_register(zone: SmallZone) -> None:
    """It counts against the project's limits, not the member's."""
    zone.add(
        Account(id="pa", name="web", domain_id="sales", role=ALICE.role, project_id="p1"),
    )
    zone.add(
        Project(
            id="p1",
            name="web",
            display_text="web",
            domain_id="sales",
            account_id="pa",
            owner_id="alice",
            members=("alice",),
        )
    )
    zone.limit("alice", "template", 0)
    claim = zone.claim(_given({"project_id": "p1"}))
    assert zone.inventory.get(Template, claim.id).account_id == "pa"


def test_everything_given_is_recorded(zone: SmallZone) -> None:
    """Whatever becomes of the download."""
    fields: Changes = {
        "display_text": "Mine",
        "checksum": "{SHA-256}" + 64 * "a",
        "os_type_id": "rocky-9",
        "is_extractable": True,
        "is_public": True,
        "is_featured": True,
        "template_type": "vnf",
        "template_tag": "gold",
        "requires_hvm": False,
        "password_enabled": True,
    }
    claim = zone.claim(_given(fields), ADMIN)
    template = zone.inventory.get(Template, claim.id)
    assert (template.url, template.checksum) == (REGISTER.url, fields["checksum"])
    assert (template.type, template.tag, template.os_type_id) == ("VNF", "gold", "rocky-9")
    assert (template.public, template.featured, template.extractable) == (True, True, True)
    assert (template.requires_hvm, template.password_enabled) == (False, True)
    assert template.hypervisor is Hypervisor.KVM


def test_it_comes_to_one_zone_and_is_copied_to_the_others(zone: SmallZone) -> None:
    """Its bytes cross the Internet once; a copy that fails does not undo the template."""
    plan = zone.plan(_given({"zone_ids": ("z1", "z2")}))
    fetch, copy = plan.steps
    assert isinstance(fetch.do, FetchImage)
    assert isinstance(copy.do, RunJobs)
    assert (len(copy.do.errands), copy.do.tolerant, copy.final) == (1, True, True)
    assert b'"destzoneids":["z2"]' in bytes(copy.do.errands[0].request)


def test_administrators_register_for_all_zones_with_a_store(zone: SmallZone) -> None:
    """-1 names them all."""
    command = _given({"zone_id": "-1"})
    claim = zone.claim(command, ADMIN)
    template = zone.inventory.get(Template, claim.id)
    assert (template.zone_id, template.cross_zones) == ("z1", True)
    assert len(register.plan(zone.context(ADMIN), command, claim.id).steps) == 2


def test_a_download_that_never_began_leaves_nothing(zone: SmallZone) -> None:
    """One that failed stays, for its error to be seen."""
    claim = zone.claim(REGISTER)
    template = zone.inventory.get(Template, claim.id)
    zone.add(msgspec.structs.replace(template, state=TemplateState.DOWNLOAD_ERROR))
    assert register.give_up(zone.context(), claim.id) == ()
    zone.add(template)
    zone.apply(register.give_up(zone.context(), claim.id))
    assert zone.inventory.find(Template, claim.id) is None
