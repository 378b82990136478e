"""updateTemplate and updateIso: what is said of them."""

import msgspec
import pytest

from core.model import errors
from core.model.commands.command import Command
from core.model.commands.image.iso import UpdateIso
from core.model.commands.template import UpdateTemplate
from core.model.pool_types import DiskFormat
from core.model.records import Template
from tests.refusal import refusal
from tests.small_zone import ADMIN, ALICE, SmallZone


@pytest.fixture
def zone() -> SmallZone:
    """With template mine and ISO disc, both alice's."""
    zone = SmallZone()
    debian = zone.inventory.get(Template, "debian")
    for id, format in (("mine", DiskFormat.QCOW2), ("disc", DiskFormat.ISO)):
        zone.add(
            msgspec.structs.replace(
                debian,
                id=id,
                name=id,
                format=format,
                account_id="alice",
                domain_id="sales",
                public=False,
                details={"a": "1"},
            )
        )
    return zone


Asked = tuple[Command, type[errors.ForebayError], int, str]
REFUSALS: list[Asked] = [
    (UpdateTemplate(id="mine", format="RAW"), errors.Invalid, 431, "template/mine"),
    (UpdateTemplate(id="mine", os_type_id="x"), errors.NotFound, 431, "ostype/x"),
    (UpdateTemplate(id="mine", arch="vax"), errors.Invalid, 431, ""),
    (UpdateTemplate(id="mine", template_type="SYSTEM"), errors.Invalid, 431, ""),
    (
        UpdateTemplate(id="mine", details={"b": "2"}, cleanup_details=True),
        errors.Invalid,
        431,
        "template/mine",
    ),
    (UpdateTemplate(id="debian", name="x"), errors.Denied, 531, "template/debian"),
    (UpdateTemplate(id="disc", name="x"), errors.NotFound, 431, "template/disc"),
    (UpdateIso(id="mine", name="x"), errors.NotFound, 431, "template/mine"),
    (UpdateIso(id="disc", os_type_id="x"), errors.NotFound, 431, "ostype/x"),
    (UpdateIso(id="disc", arch="vax"), errors.Invalid, 431, ""),
]


@pytest.mark.parametrize(("command", "kind", "number", "object"), REFUSALS)
def test_what_cannot_be_said_is_refused(
    zone: SmallZone, command: Command, kind: type[errors.ForebayError], number: int, object: str
) -> None:
    """Each with its reason and a way out."""
    with refusal(kind, number, object):
        zone.check(command)


def test_only_what_is_given_changes(zone: SmallZone) -> None:
    """The rest stays as it was."""
    before = zone.inventory.get(Template, "mine")
    zone.claim(
        UpdateTemplate(
            id="mine",
            name="new",
            display_text="New",
            format="qcow2",
            os_type_id="rocky-9",
            template_type="VNF",
            password_enabled=True,
            sort_key=7,
        ),
        ALICE,
    )
    after = zone.inventory.get(Template, "mine")
    assert after == msgspec.structs.replace(
        before,
        rev=before.rev + 1,
        name="new",
        display_text="New",
        os_type_id="rocky-9",
        type="VNF",
        password_enabled=True,
        sort_key=7,
    )


def test_details_replace_all_details_or_are_cleared(zone: SmallZone) -> None:
    """As CloudStack has it."""
    zone.claim(UpdateTemplate(id="mine", details={"b": "2"}))
    assert zone.inventory.get(Template, "mine").details == {"b": "2"}
    zone.claim(UpdateTemplate(id="mine", cleanup_details=True))
    assert zone.inventory.get(Template, "mine").details == {}


def test_an_iso_can_stop_being_bootable(zone: SmallZone) -> None:
    """And be renamed."""
    zone.claim(UpdateIso(id="disc", name="tools", bootable=False), ADMIN)
    iso = zone.inventory.get(Template, "disc")
    assert (iso.name, iso.bootable, iso.format) == ("tools", False, DiskFormat.ISO)
