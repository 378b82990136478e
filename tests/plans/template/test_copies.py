"""copyTemplate and copyIso: images in other zones."""

import msgspec
import pytest

from core.model import errors
from core.model.commands.image.iso import CopyIso
from core.model.commands.template import CopyTemplate, DeleteTemplate
from core.model.pool_types import DiskFormat
from core.model.records import ImageStore, StoreRef, Template
from core.model.states import TemplateState
from core.plans.context import GIB
from core.plans.operation import ImageAt, StoreImage
from tests.refusal import refusal
from tests.small_zone import ADMIN, ALICE, SmallZone

COPY = CopyTemplate(id="debian", dest_zone_id="z2")
Changes = dict[str, str | tuple[str, ...] | None]


@pytest.fixture
def zone() -> SmallZone:
    """With a store of z2."""
    zone = SmallZone()
    store = zone.inventory.get(ImageStore, "s1")
    zone.add(msgspec.structs.replace(store, id="s2", name="s2", zone_id="z2"))
    return zone


Asked = tuple[Changes, type[errors.ForebayError], int, str]
REFUSALS: list[Asked] = [
    ({"dest_zone_id": None}, errors.Invalid, 431, ""),
    ({"dest_zone_id": "z1"}, errors.Conflict, 431, "zone/z1"),
    ({"dest_zone_id": "z9"}, errors.NotFound, 431, "zone/z9"),
    ({"source_zone_id": "z2"}, errors.NotFound, 431, "template/debian"),
    ({"id": "none"}, errors.NotFound, 431, "template/none"),
]


@pytest.mark.parametrize(("fields", "kind", "number", "object"), REFUSALS)
def test_what_cannot_be_copied_is_refused(
    zone: SmallZone, fields: Changes, kind: type[errors.ForebayError], number: int, object: str
) -> None:
    """Each with its reason and a way out."""
    with refusal(kind, number, object):
        zone.check(msgspec.structs.replace(COPY, **fields), ADMIN)


def test_what_is_not_there_yet_is_not_copied(zone: SmallZone) -> None:
    """Its download must have ended."""
    debian = zone.inventory.get(Template, "debian")
    zone.add(msgspec.structs.replace(debian, state=TemplateState.DOWNLOAD_ERROR))
    with refusal(errors.Conflict, 431, "template/debian"):
        zone.check(COPY, ADMIN)


def test_only_its_owner_copies_it(zone: SmallZone) -> None:
    """A public one is everybody's to use, not to spread."""
    with refusal(errors.Denied, 531, "template/debian"):
        zone.check(COPY, ALICE)


def test_a_template_is_no_iso(zone: SmallZone) -> None:
    """Each has a command of its own."""
    with refusal(errors.NotFound, 431, "template/debian"):
        zone.check(CopyIso(id="debian", dest_zone_id="z2"), ADMIN)
    debian = zone.inventory.get(Template, "debian")
    zone.add(msgspec.structs.replace(debian, format=DiskFormat.ISO))
    with refusal(errors.NotFound, 431, "template/debian"):
        zone.check(COPY, ADMIN)
    zone.check(CopyIso(id="debian", dest_zone_id="z2"), ADMIN)


def test_a_copy_costs_its_size_again(zone: SmallZone) -> None:
    """Against the limit of the template's owner."""
    debian = zone.inventory.get(Template, "debian")
    zone.add(msgspec.structs.replace(debian, account_id="alice", domain_id="sales"))
    zone.limit("alice", "secondary_storage", 3)
    with refusal(errors.QuotaExceeded, 535, "account/alice"):
        zone.check(COPY)
    zone.limit("alice", "secondary_storage", 4)
    zone.check(COPY)


def test_what_copies_take_counts_until_they_are_gone(zone: SmallZone) -> None:
    """As much as the first image each."""
    debian = zone.inventory.get(Template, "debian")
    zone.add(msgspec.structs.replace(debian, account_id="alice", domain_id="sales"))
    assert zone.inventory.total("account.secondary_bytes", "alice") == 2 * GIB
    (step,) = zone.plan(COPY).steps
    zone.apply((*step.begin, step.commit[1]))
    assert zone.inventory.total("account.secondary_bytes", "alice") == 4 * GIB
    zone.run(zone.plan(DeleteTemplate(id="debian", zone_id="z2")))
    assert zone.inventory.total("account.secondary_bytes", "alice") == 2 * GIB
    zone.apply(step.revert)
    assert zone.inventory.get(Template, "debian").copies == 0


def test_each_zone_gets_one_image(zone: SmallZone) -> None:
    """Copied from the store that has it, and taken back where one fails."""
    (step,) = zone.plan(COPY, ADMIN).steps
    assert step.actor == "image_store/s2"
    assert isinstance(step.do, StoreImage)
    assert step.do.source == ImageAt(store_id="s1", path="template/tmpl/admin/debian")
    zone.apply(step.begin)
    assert len(zone.inventory.having(StoreRef, "of", "debian")) == 2
    zone.apply(step.revert)
    assert len(zone.inventory.having(StoreRef, "of", "debian")) == 1


def test_a_store_of_all_zones_is_no_other_zone(zone: SmallZone) -> None:
    """A copy needs a store of the zone's own."""
    zone.inventory.remove(ImageStore, "s2")
    store = zone.inventory.get(ImageStore, "s1")
    zone.add(msgspec.structs.replace(store, id="region", name="region", zone_id=""))
    with refusal(errors.NoCapacity, 530, "zone/z2"):
        zone.plan(COPY, ADMIN)
