"""createVolume from a snapshot that has copies in other zones."""

import msgspec
import pytest

from core.model import errors
from core.model.commands.volume import CreateVolume
from core.model.records import DiskOffering, ImageStore, Pool, StoreRef, Volume
from core.plans.operation import CreateDisk, ImageAt
from tests.refusal import refusal
from tests.small_zone import SmallZone


@pytest.fixture
def zone() -> SmallZone:
    """With snapshot snap on s1 of z1 and a copy on s2 of z2, where pool p2 is."""
    zone = SmallZone()
    zone.snapshot(disk_offering_id="small")
    store = zone.inventory.get(ImageStore, "s1")
    zone.add(msgspec.structs.replace(store, id="s2", name="s2", zone_id="z2"))
    ref = next(iter(zone.inventory.having(StoreRef, "of", "snap")))
    zone.add(msgspec.structs.replace(ref, id="copy", store_id="s2"))
    pool = zone.inventory.get(Pool, "wide")
    zone.add(msgspec.structs.replace(pool, id="p2", name="p2", zone_id="z2"))
    assert zone.inventory.get(DiskOffering, "small")
    return zone


@pytest.mark.parametrize(("asked", "store_id"), [(None, "s1"), ("z1", "s1"), ("z2", "s2")])
def test_it_is_made_where_the_copy_is(zone: SmallZone, asked: str | None, store_id: str) -> None:
    """Of that zone's own copy; without a zone in the snapshot's."""
    plan = zone.plan(CreateVolume(snapshot_id="snap", zone_id=asked))
    volume = list(zone.inventory.all(Volume))[-1]
    made = plan.steps[0].do
    assert isinstance(made, CreateDisk)
    assert volume.zone_id == (asked or "z1")
    assert made.source == ImageAt(store_id=store_id, path="snapshots/snap")


def test_a_zone_without_a_copy_is_refused(zone: SmallZone) -> None:
    """It must be copied there first."""
    zone.inventory.remove(StoreRef, "copy")
    with refusal(errors.Invalid, 431, "snapshot/snap"):
        zone.check(CreateVolume(snapshot_id="snap", zone_id="z2"))
