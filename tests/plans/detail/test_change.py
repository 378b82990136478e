"""Details: keys and values that administrators keep with things."""

import pytest

from core.model import errors
from core.model.commands.command import Command, TagAsked
from core.model.commands.offering import CreateDiskOffering
from core.model.commands.ownership.detail import AddResourceDetail, RemoveResourceDetail
from core.model.commands.template import UpdateTemplate
from core.model.commands.vm import UpdateVirtualMachine
from core.model.commands.zone import UpdateZone
from core.model.pool_types import PoolType
from core.model.records import KINDS, DiskOffering, Pool, Template, User, Vm, Volume, Zone
from core.plans.detail.kept import DETAILS_MAX, is_detailed
from tests.refusal import refusal
from tests.small_zone import ADMIN, SmallZone


@pytest.fixture
def zone(zone: SmallZone) -> SmallZone:
    """With a machine, a volume, a user and a LINSTOR pool."""
    zone.volume()
    zone.vm()
    zone.add(User(id="u-bob", username="bob", account_id="bob", token_sha256=""))
    zone.add(
        Pool(
            id="lin",
            name="lin",
            url="http://lin?resourcegroup=fast",
            type=PoolType.LINSTOR,
            scope="ZONE",
            zone_id="z1",
            details={"resourceGroup": "fast"},
        )
    )
    return zone


def _add(
    type_name: str = "Volume", thing: str = "vol", *, shown: bool = True, **details: str
) -> AddResourceDetail:
    asked = tuple(TagAsked(key=key, value=value) for key, value in details.items())
    return AddResourceDetail(
        resource_type=type_name, resource_id=thing, details=asked, for_display=shown
    )


def _remove(key: str | None = None, type_name: str = "Volume", thing: str = "vol") -> Command:
    return RemoveResourceDetail(resource_type=type_name, resource_id=thing, key=key)


@pytest.mark.parametrize(
    ("type_name", "kind", "thing"),
    [
        ("Volume", "volume", "vol"),
        ("uservm", "vm", "vm"),
        ("Template", "template", "debian"),
        ("Zone", "zone", "z1"),
        ("Storage", "pool", "nfs"),
        ("DiskOffering", "disk_offering", "small"),
        ("ServiceOffering", "service_offering", "tiny"),
        ("User", "user", "u-bob"),
    ],
)
def test_details_are_kept_replaced_and_removed(
    zone: SmallZone, type_name: str, kind: str, thing: str
) -> None:
    """With every kind of thing that has them; the job has nothing more to do."""
    assert not zone.plan(_add(type_name, thing, a="1", b="2"), ADMIN).steps
    zone.claim(_add(type_name, thing, b="3", c="4"), ADMIN)
    record = zone.inventory.get(KINDS[kind], thing)
    assert is_detailed(record)
    assert (record.details, record.rev) == ({"a": "1", "b": "3", "c": "4"}, 3)
    zone.claim(_remove("b", type_name, thing), ADMIN)
    record = zone.inventory.get(KINDS[kind], thing)
    assert is_detailed(record)
    assert record.details == {"a": "1", "c": "4"}
    zone.claim(_remove(None, type_name, thing), ADMIN)
    record = zone.inventory.get(KINDS[kind], thing)
    assert is_detailed(record)
    assert record.details == {}


def test_a_detail_is_hidden_until_it_is_given_for_display(zone: SmallZone) -> None:
    """What is removed is hidden no more."""
    zone.claim(_add(shown=False, a="1", b="2", c="3"), ADMIN)
    zone.claim(_add(b="2"), ADMIN)
    assert zone.inventory.get(Volume, "vol").hidden_details == ("a", "c")
    zone.claim(_remove("a"), ADMIN)
    assert zone.inventory.get(Volume, "vol").hidden_details == ("c",)


def test_who_replaces_the_details_that_he_sees_keeps_the_hidden_ones(zone: SmallZone) -> None:
    """Machines and templates are given all their details anew when they are updated."""
    for type_name, thing in (("UserVm", "vm"), ("Template", "debian")):
        zone.claim(_add(type_name, thing, shown=False, a="1"), ADMIN)
        zone.claim(_add(type_name, thing, b="2"), ADMIN)
    zone.claim(UpdateVirtualMachine(id="vm", details={"c": "3"}), ADMIN)
    zone.claim(UpdateTemplate(id="debian", details={"c": "3"}), ADMIN)
    for kept in (zone.inventory.get(Vm, "vm"), zone.inventory.get(Template, "debian")):
        assert (kept.details, kept.hidden_details) == ({"a": "1", "c": "3"}, ("a",))
    zone.claim(UpdateVirtualMachine(id="vm", cleanup_details=True), ADMIN)
    zone.claim(UpdateTemplate(id="debian", cleanup_details=True), ADMIN)
    assert zone.inventory.get(Vm, "vm").details == {"a": "1"}
    assert zone.inventory.get(Template, "debian").details == {"a": "1"}


def test_details_given_when_a_thing_is_made_are_the_same_details(zone: SmallZone) -> None:
    """An offering has them from its beginning; a zone is given more."""
    made = zone.claim(CreateDiskOffering(name="gold", disk_size=1, details={"a": "1"}), ADMIN).id
    zone.claim(_add("DiskOffering", made, b="2"), ADMIN)
    assert zone.inventory.get(DiskOffering, made).details == {"a": "1", "b": "2"}
    zone.claim(_add("Zone", "z1", a="1"), ADMIN)
    zone.claim(UpdateZone(id="z1", details={"b": "2"}), ADMIN)
    assert zone.inventory.get(Zone, "z1").details == {"a": "1", "b": "2"}


MANY = {f"k{number}": "v" for number in range(DETAILS_MAX + 1)}
TOO_MANY = tuple(TagAsked(key=key, value=value) for key, value in MANY.items())
REFUSED: list[tuple[Command, type[errors.ForebayError], str]] = [
    (_add("Snapshot", a="1"), errors.Invalid, ""),
    (_add("ISO", "debian", a="1"), errors.Invalid, ""),
    (_add(thing="none", a="1"), errors.NotFound, "volume/none"),
    (_add(a=""), errors.Invalid, ""),
    (
        AddResourceDetail(resource_type="Volume", resource_id="vol", details=TOO_MANY),
        errors.Invalid,
        "",
    ),
    (_add("Storage", "nfs", resourceGroup="x"), errors.Invalid, ""),
    (_add("Storage", "lin", resourceGroup="x"), errors.Invalid, "pool/lin"),
    (_remove("resourceGroup", "Storage", "lin"), errors.Invalid, "pool/lin"),
    (_remove(None, "Storage", "lin"), errors.Invalid, "pool/lin"),
    (_remove("a"), errors.NotFound, "volume/vol"),
    (_remove(None, "VMSnapshot"), errors.Invalid, ""),
    (UpdateZone(id="z1", details=MANY), errors.Invalid, ""),
    (CreateDiskOffering(name="gold", disk_size=1, details=MANY), errors.Invalid, ""),
]


@pytest.mark.parametrize(("command", "kind", "object"), REFUSED)
def test_details_that_are_refused(
    zone: SmallZone, command: Command, kind: type[errors.ForebayError], object: str
) -> None:
    """Other types, unknown things and keys, no value, too many; a pool keeps what it needs."""
    with refusal(kind, 431, object):
        zone.check(command, ADMIN)
