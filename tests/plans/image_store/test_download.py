"""downloadImageStoreObject: which files there is a link to."""

import pytest

from core.model.commands.image_store import DownloadImageStoreObject
from core.model.errors import Conflict, ForebayError, NotFound
from core.model.records import Extraction
from core.model.states import RefState
from core.plans.step import reading
from tests.plans.image_store.storing import image, store
from tests.refusal import refusal
from tests.small_zone import ADMIN, SmallZone

PATH = "template/tmpl/admin/debian"


@pytest.fixture
def zone() -> SmallZone:
    """The zone with an empty store s2, an image in the making, and a copy made for a link."""
    zone = SmallZone()
    store(zone, "s2")
    image(zone, "new", 1, state=RefState.CREATING)
    zone.ref("link", "extraction")
    return zone


@pytest.mark.parametrize("path", [PATH, f"/{PATH}", f"{PATH}.raw", f"{PATH}.iso"])
def test_a_file_of_an_image_gets_a_link_to_it(zone: SmallZone, path: str) -> None:
    """It is the owner's of what it is an image of, and good for a while."""
    command = DownloadImageStoreObject(id="s1", path=path)
    claim = zone.claim(command, ADMIN)
    assert claim.locks == (reading("template/debian"),)
    zone.run(zone.plan(command, ADMIN))
    (link,) = zone.inventory.all(Extraction)
    assert (link.of_kind, link.of_id, link.account_id) == ("template", "debian", "admin")
    assert (link.store_id, link.path, link.zone_id) == ("s1", PATH, "z1")
    assert link.expires_s > zone.context().now_s


def test_a_link_that_is_good_is_answered_again(zone: SmallZone) -> None:
    """Nothing is made a second time."""
    command = DownloadImageStoreObject(id="s1", path=PATH)
    zone.run(zone.plan(command, ADMIN))
    (link,) = zone.inventory.all(Extraction)
    assert zone.plan(command, ADMIN).steps == ()
    assert zone.claim(command, ADMIN).id == link.id


REFUSALS: dict[str, tuple[str, str, type[ForebayError], str]] = {
    "an unknown store": ("s9", PATH, NotFound, "image_store/s9"),
    "another store": ("s2", PATH, NotFound, "image_store/s2"),
    "the root": ("s1", "", NotFound, "image_store/s1"),
    "a folder": ("s1", "template/tmpl", NotFound, "image_store/s1"),
    "an image in the making": ("s1", "snapshots/new", Conflict, "snapshot/new"),
    "a copy for another link": ("s1", "extractions/link", NotFound, "image_store/s1"),
}


@pytest.mark.parametrize("name", REFUSALS)
def test_other_files_are_refused(zone: SmallZone, name: str) -> None:
    """The refusal says where to look."""
    store_id, path, kind, object = REFUSALS[name]
    with refusal(kind, 431, object):
        zone.check(DownloadImageStoreObject(id=store_id, path=path), ADMIN)
