"""Whose a file on an image store is."""

import pytest

from core.model.records import ImageStore, StoreRef
from core.views.browsing.stored import store_owner
from tests.small_zone import SmallZone


@pytest.mark.parametrize(
    ("suffix", "known"), [("", True), (".raw", True), (".ova.meta", True), (".old", False)]
)
def test_what_lies_beside_an_image_is_its_own(suffix: str, known: bool) -> None:
    """As what vCenter's files are packed by: else it would pass for an orphan, safe to delete."""
    zone = SmallZone()
    ref = zone.inventory.get(StoreRef, "ref-debian")
    owner = store_owner(zone.inventory, zone.inventory.get(ImageStore, ref.store_id))
    found = owner(ref.path + suffix)
    assert (found is not None and found.id == "debian") is known
