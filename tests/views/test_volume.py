"""What listVolumes shows of a volume."""

import pytest

from core.model.records import Tag
from core.views.volume import volume_view
from tests.small_zone import SmallZone


@pytest.fixture
def zone() -> SmallZone:
    """A running machine with a root disk."""
    made = SmallZone()
    made.vm()
    made.root()
    return made


def test_its_tags_are_shown_by_key(zone: SmallZone) -> None:
    """None when it has none."""
    volume = zone.volume()
    assert volume_view(zone.inventory, volume).tags is None
    for key in ("b", "a"):
        zone.add(
            Tag(
                id=key,
                of_kind="volume",
                of_id="vol",
                key=key,
                value=f"is {key}",
                account_id="alice",
                domain_id="sales",
            )
        )
    tags = volume_view(zone.inventory, volume).tags
    assert tags is not None
    assert [(tag.key, tag.value) for tag in tags] == [("a", "is a"), ("b", "is b")]


def test_a_root_disk_names_its_service_offering_and_template(zone: SmallZone) -> None:
    """A data disk names its disk offering instead."""
    root = volume_view(zone.inventory, zone.root())
    assert (root.serviceofferingname, root.serviceofferingdisplaytext) == ("tiny", "tiny")
    assert (root.templatename, root.templatedisplaytext) == ("debian", "debian")
    assert root.diskofferingid is None
    data = volume_view(zone.inventory, zone.volume())
    assert (data.diskofferingid, data.serviceofferingid) == ("small", None)
    assert data.templatedisplaytext is None
