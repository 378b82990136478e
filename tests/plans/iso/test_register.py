"""registerIso and deleteIso: what is refused and recorded."""

import msgspec
import pytest

from core.model import errors
from core.model.access import Caller
from core.model.commands.image.iso import DeleteIso, RegisterIso
from core.model.hypervisors import Hypervisor
from core.model.pool_types import DiskFormat
from core.model.records import ImageStore, Template
from core.plans.operation import FetchImage
from core.plans.template.register import give_up
from tests.refusal import refusal
from tests.small_zone import ADMIN, ALICE, DORA, SmallZone

REGISTER = RegisterIso(
    name="disc", url="https://images.example/disc.iso", zone_id="z1", os_type_id="debian-12"
)
Changes = dict[str, str | int | bool | tuple[str, ...] | None]


@pytest.fixture
def zone() -> SmallZone:
    """With a store of z2."""
    zone = SmallZone()
    store = zone.inventory.get(ImageStore, "s1")
    zone.add(msgspec.structs.replace(store, id="s2", name="s2", zone_id="z2"))
    return zone


Asked = tuple[Changes, Caller, type[errors.ForebayError], int, str]
REFUSALS: list[Asked] = [
    ({"url": "https://x.example/mine.qcow2"}, ALICE, errors.Invalid, 431, ""),
    ({"url": "file:///srv/disc.iso"}, ALICE, errors.Invalid, 431, ""),
    ({"checksum": "abc"}, ALICE, errors.Invalid, 431, ""),
    ({"os_type_id": None}, ALICE, errors.Invalid, 431, ""),
    ({"os_type_id": "x"}, ALICE, errors.NotFound, 431, "ostype/x"),
    ({"zone_id": "-1"}, DORA, errors.Invalid, 431, ""),
    ({"zone_id": "z9"}, ALICE, errors.NotFound, 431, "zone/z9"),
    ({"direct_download": True}, ALICE, errors.Unsupported, 431, ""),
    ({"account": "bob", "domain_id": "lab"}, ALICE, errors.Denied, 531, "account/bob"),
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
        zone.check(msgspec.structs.replace(REGISTER, **fields), caller)


def test_a_disc_of_data_needs_no_operating_system(zone: SmallZone) -> None:
    """Only a bootable one says what it boots."""
    zone.check(msgspec.structs.replace(REGISTER, bootable=False, os_type_id=None))


def test_an_iso_is_of_no_hypervisor_and_counts_as_a_template(zone: SmallZone) -> None:
    """Any of them reads it."""
    zone.limit("alice", "template", 1)
    iso = zone.inventory.get(Template, zone.claim(REGISTER).id)
    assert (iso.format, iso.hypervisor) == (DiskFormat.ISO, Hypervisor.NONE)
    with refusal(errors.QuotaExceeded, 535, "account/alice"):
        zone.check(REGISTER)
    zone.apply(give_up(zone.context(), iso.id))
    zone.check(REGISTER)


def test_it_is_fetched_as_an_iso_then_copied(zone: SmallZone) -> None:
    """Like a template."""
    plan = zone.plan(msgspec.structs.replace(REGISTER, zone_id="-1"), ADMIN)
    fetch = plan.steps[0].do
    assert isinstance(fetch, FetchImage)
    assert fetch.format is DiskFormat.ISO
    assert fetch.path.endswith(".iso")
    assert len(plan.steps) == 2


def test_an_iso_in_a_drive_is_not_deleted(zone: SmallZone) -> None:
    """Unless the machine is in another zone."""
    iso = zone.claim(REGISTER).id
    template = zone.inventory.get(Template, iso)
    zone.add(msgspec.structs.replace(template, job_id=""))
    zone.ref(iso, "template")
    zone.stopped_vm(iso_id=iso)
    with refusal(errors.Conflict, 431, f"template/{iso}"):
        zone.check(DeleteIso(id=iso))
    zone.stopped_vm(iso_id="")
    zone.run(zone.plan(DeleteIso(id=iso)))
    assert zone.inventory.find(Template, iso) is None
