"""Tags: keys and values on things."""

import msgspec
import pytest

from core.model import errors
from core.model.commands.command import TagAsked
from core.model.commands.ownership.tag import CreateTags, DeleteTags, ListTags
from core.model.pool_types import DiskFormat
from core.model.records import Tag, Template
from core.views.listing import listed
from core.views.table import LISTINGS
from core.views.tag import TagView
from tests.refusal import refusal
from tests.small_zone import ADMIN, BOB, SmallZone


def _tags(zone: SmallZone, of_id: str = "vol") -> dict[str, str]:
    return {tag.key: tag.value for tag in zone.inventory.having(Tag, "of", of_id)}


def _asked(**tags: str | None) -> tuple[TagAsked, ...]:
    return tuple(TagAsked(key=key, value=value) for key, value in tags.items())


def test_tags_are_put_replaced_and_taken_off(zone: SmallZone) -> None:
    """A key holds one value; a value asked for must be the one there."""
    zone.volume()
    zone.volume("two")
    zone.claim(
        CreateTags(resource_type="Volume", resource_ids=("vol", "two"), tags=_asked(a="1", b="2"))
    )
    assert _tags(zone) == _tags(zone, "two") == {"a": "1", "b": "2"}
    zone.claim(CreateTags(resource_type="volume", resource_ids=("vol",), tags=_asked(a="3")))
    assert _tags(zone) == {"a": "3", "b": "2"}
    zone.claim(DeleteTags(resource_type="Volume", resource_ids=("vol",), tags=_asked(a="1")))
    assert _tags(zone) == {"a": "3", "b": "2"}
    zone.claim(DeleteTags(resource_type="Volume", resource_ids=("vol",), tags=_asked(a=None)))
    assert _tags(zone) == {"b": "2"}
    zone.claim(DeleteTags(resource_type="Volume", resource_ids=("vol",)))
    assert _tags(zone) == {}


def test_isos_are_tagged_under_a_name_of_their_own(zone: SmallZone) -> None:
    """Although they are kept with templates."""
    debian = zone.inventory.get(Template, "debian")
    zone.add(msgspec.structs.replace(debian, id="disc", format=DiskFormat.ISO))
    for type_name, thing in (("ISO", "disc"), ("Template", "debian")):
        zone.claim(
            CreateTags(resource_type=type_name, resource_ids=(thing,), tags=_asked(a="1")), ADMIN
        )
    for type_name, thing in (("ISO", "disc"), ("Template", "debian")):
        command = ListTags(resource_type=type_name, list_all=True)
        _, (view,) = listed(zone.context(ADMIN), command, LISTINGS[ListTags])
        assert isinstance(view, TagView)
        assert (view.resourcetype, view.resourceid) == (type_name, thing)


@pytest.mark.parametrize(
    ("command", "kind", "object"),
    [
        (
            CreateTags(resource_type="Router", resource_ids=("vol",), tags=_asked(a="1")),
            errors.Invalid,
            "",
        ),
        (
            CreateTags(resource_type="Volume", resource_ids=("none",), tags=_asked(a="1")),
            errors.NotFound,
            "volume/none",
        ),
        (
            CreateTags(resource_type="Volume", resource_ids=("vol",), tags=_asked(a=None)),
            errors.Invalid,
            "",
        ),
    ],
)
def test_tags_that_are_refused(
    zone: SmallZone, command: CreateTags, kind: type[errors.ForebayError], object: str
) -> None:
    """Unknown types, unknown things, no value."""
    zone.volume()
    with refusal(kind, 431, object):
        zone.check(command)


def test_foreign_things_are_as_unknown(zone: SmallZone) -> None:
    """Nobody tags what belongs to others."""
    zone.volume()
    with refusal(errors.NotFound, 431, "volume/vol"):
        zone.check(
            CreateTags(resource_type="Volume", resource_ids=("vol",), tags=_asked(a="1")), BOB
        )
