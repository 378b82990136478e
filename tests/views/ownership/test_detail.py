"""What listResourceDetails shows, and to whom."""

from typing import Any

import msgspec
import pytest

from core.model import errors
from core.model.access import Caller
from core.model.commands.command import TagAsked
from core.model.commands.ownership.detail import AddResourceDetail, ListResourceDetails
from core.model.records import Template, Volume
from core.views.ownership.detail import QUERIES
from core.views.template import template_view
from core.views.volume import volume_view
from tests.refusal import refusal
from tests.small_zone import ADMIN, ALICE, BOB, DORA, SmallZone


def _keep(zone: SmallZone, type_name: str, thing: str, *, shown: bool = True, **given: str) -> None:
    asked = tuple(TagAsked(key=key, value=value) for key, value in given.items())
    zone.claim(
        AddResourceDetail(
            resource_type=type_name, resource_id=thing, details=asked, for_display=shown
        ),
        ADMIN,
    )


@pytest.fixture
def zone(zone: SmallZone) -> SmallZone:
    """Volumes of alice and bob with details, one of them hidden."""
    zone.volume()
    zone.volume("other", account_id="bob", domain_id="lab")
    _keep(zone, "Volume", "vol", a="1", b="2")
    _keep(zone, "Volume", "vol", shown=False, secret="3")
    _keep(zone, "Volume", "other", a="1")
    return zone


def _rows(zone: SmallZone, caller: Caller, **asked: Any) -> list[dict[str, Any]]:
    given: dict[str, Any] = {"resource_type": "volume", **asked}
    command = ListResourceDetails(**given)
    answer = msgspec.to_builtins(QUERIES[ListResourceDetails](zone.context(caller), command))
    assert answer["count"] == len(answer["resourcedetail"])
    rows: list[dict[str, Any]] = answer["resourcedetail"]
    return rows


def _found(zone: SmallZone, caller: Caller, **asked: Any) -> list[tuple[str, str]]:
    return [(row["resourceid"], row["key"]) for row in _rows(zone, caller, **asked)]


def test_a_detail_is_told_with_its_thing(zone: SmallZone) -> None:
    """By CloudStack's keys."""
    assert _rows(zone, ADMIN, resource_id="vol", key="secret") == [
        {
            "resourceid": "vol",
            "resourcetype": "Volume",
            "key": "secret",
            "value": "3",
            "fordisplay": False,
        }
    ]


def test_hidden_details_are_for_root_administrators(zone: SmallZone) -> None:
    """Who may also leave them out, or ask for them only."""
    shown = [("vol", "a"), ("vol", "b")]
    assert _found(zone, ALICE, resource_id="vol") == shown
    assert _found(zone, DORA, resource_id="vol") == shown
    assert _found(zone, ADMIN, resource_id="vol") == [*shown, ("vol", "secret")]
    assert _found(zone, ADMIN, resource_id="vol", for_display=True) == shown
    assert _found(zone, ADMIN, resource_id="vol", for_display=False) == [("vol", "secret")]
    assert _found(zone, ALICE, resource_id="vol", key="secret") == []


def test_things_are_found_by_key_and_value(zone: SmallZone) -> None:
    """Of all accounts, or of those asked for."""
    assert _found(zone, ADMIN, key="a", value="1") == [("vol", "a"), ("other", "a")]
    assert _found(zone, ADMIN, key="a", value="2") == []
    bobs: dict[str, Any] = {"account": "bob", "domain_id": "lab"}
    assert _found(zone, ADMIN, key="a", value="1", **bobs) == [("other", "a")]
    assert _found(zone, ADMIN, key="a", value="1", domain_id="sales") == [("vol", "a")]
    assert _found(zone, ADMIN, key="a", value="1", domain_id="ROOT") == []
    below = _found(zone, ADMIN, key="a", value="1", domain_id="ROOT", is_recursive=True)
    assert below == [("vol", "a"), ("other", "a")]


def test_details_of_what_everybody_sees_are_seen_by_everybody(zone: SmallZone) -> None:
    """Zones, offerings and public templates, but not pools."""
    for type_name, thing in (("Zone", "z1"), ("DiskOffering", "small"), ("Template", "debian")):
        _keep(zone, type_name, thing, a="1")
        assert _found(zone, BOB, resource_type=type_name, resource_id=thing) == [(thing, "a")]
    _keep(zone, "Storage", "nfs", a="1")
    assert _found(zone, ADMIN, resource_type="Storage", resource_id="nfs") == [("nfs", "a")]
    with refusal(errors.NotFound, 431, "pool/nfs"):
        _rows(zone, BOB, resource_type="Storage", resource_id="nfs")
    with refusal(errors.NotFound, 431, "volume/vol"):
        _rows(zone, BOB, resource_id="vol")


REFUSED: list[tuple[Caller, dict[str, Any], type[errors.ForebayError], int, str]] = [
    (ADMIN, {}, errors.Invalid, 431, ""),
    (ADMIN, {"key": "a"}, errors.Invalid, 431, ""),
    (ADMIN, {"value": "1"}, errors.Invalid, 431, ""),
    (ADMIN, {"resource_type": "Snapshot", "resource_id": "vol"}, errors.Invalid, 431, ""),
    (ALICE, {"key": "a", "value": "1"}, errors.Denied, 531, "user/u-alice"),
    (ALICE, {"resource_id": "vol", "for_display": True}, errors.Denied, 531, "user/u-alice"),
]


@pytest.mark.parametrize(("caller", "asked", "kind", "number", "object"), REFUSED)
def test_wrong_questions_are_refused(
    zone: SmallZone,
    caller: Caller,
    asked: dict[str, Any],
    kind: type[errors.ForebayError],
    number: int,
    object: str,
) -> None:
    """Those that say not which, and those that only root administrators may ask."""
    with refusal(kind, number, object):
        _rows(zone, caller, **asked)


def test_things_show_their_details_but_hidden_ones(zone: SmallZone) -> None:
    """A volume has no place for them in CloudStack's object."""
    _keep(zone, "Template", "debian", a="1")
    _keep(zone, "Template", "debian", shown=False, secret="2")
    template = zone.inventory.get(Template, "debian")
    assert template_view(zone.inventory, template).details == {"a": "1"}
    volume = volume_view(zone.inventory, zone.inventory.get(Volume, "vol"))
    assert not hasattr(volume, "details")
