"""Where the bytes of snapshots and templates come from, and which go with a disk."""

import msgspec
import pytest

from core.model import errors
from core.model.records import ImageStore, Pool, Snapshot, StoreRef, Template
from core.model.states import READABLE, PoolState, RefState, TemplateState
from core.plans.operation import DiskAt, ImageAt
from core.plans.snapshot_source import (
    lost_with_disk,
    ready_ref,
    require_backed_up,
    snapshot_source,
    snapshot_zones,
    template_source,
    zone_of,
)
from core.plans.step import Change, Drop
from tests.refusal import refusal
from tests.small_zone import SmallZone


def _store(zone: SmallZone, id: str, zone_id: str) -> None:
    known = zone.inventory.get(ImageStore, "s1")
    zone.add(msgspec.structs.replace(known, id=id, zone_id=zone_id))


def _copy(zone: SmallZone, store_id: str, state: RefState = RefState.READY) -> StoreRef:
    known = zone.inventory.get(StoreRef, "ref-snap")
    copy = msgspec.structs.replace(
        known, id=f"{store_id}-snap", store_id=store_id, path=f"on/{store_id}", state=state
    )
    return zone.add(copy)


def _unstored(zone: SmallZone, **fields: object) -> Snapshot:
    """A snapshot that is only on a pool."""
    snapshot = zone.snapshot(**{"pool_id": "nfs", **fields})
    zone.inventory.remove(StoreRef, "ref-snap")
    return snapshot


@pytest.mark.parametrize("state", [state for state in RefState if state not in READABLE])
def test_only_a_complete_image_is_ready(zone: SmallZone, state: RefState) -> None:
    """One that is being written, hidden or gone is none."""
    zone.snapshot()
    zone.ref("snap", "snapshot", state=state)
    assert ready_ref(zone.context(), "snap") is None


def test_an_image_is_read_while_it_moves(zone: SmallZone) -> None:
    """Where it was: what it moves to is not complete yet."""
    zone.snapshot()
    zone.ref("snap", "snapshot", state=RefState.MIGRATING)
    ref = ready_ref(zone.context(), "snap")
    assert ref is not None
    assert ref.store_id == "s1"


def test_a_copy_of_the_zone_is_taken_first(zone: SmallZone) -> None:
    """Any will do when the zone has none; a store of all zones is near everywhere."""
    _store(zone, "s2", "z2")
    zone.snapshot()
    _copy(zone, "s2")
    context = zone.context()
    for zone_id, path in (("z1", "snapshots/snap"), ("z2", "on/s2"), ("z3", "snapshots/snap")):
        ref = ready_ref(context, "snap", zone_id)
        assert ref is not None
        assert ref.path == path
    _store(zone, "s2", "")
    zone.ref("snap", "snapshot", state=RefState.FAILED)
    ref = ready_ref(context, "snap", "z1")
    assert ref is not None
    assert zone_of(context, ref) == ""
    assert ref.store_id == "s2"


def test_the_zones_of_a_snapshot_are_its_own_and_those_of_ready_copies(zone: SmallZone) -> None:
    """A store of all zones adds none."""
    snapshot = zone.snapshot()
    for store_id, zone_id in (("s2", "z2"), ("s3", "z3"), ("s4", "")):
        _store(zone, store_id, zone_id)
    _copy(zone, "s2")
    _copy(zone, "s3", RefState.CREATING)
    _copy(zone, "s4")
    assert snapshot_zones(zone.context(), snapshot) == {"z1", "z2"}


def test_an_image_store_is_a_better_source_than_the_pool(zone: SmallZone) -> None:
    """The pool serves what no store has."""
    snapshot = zone.snapshot(pool_id="nfs")
    stored = ImageAt(store_id="s1", path="snapshots/snap")
    assert snapshot_source(zone.context(), snapshot) == stored
    zone.inventory.remove(StoreRef, "ref-snap")
    inside = DiskAt(pool_id="nfs", name="vol", snapshot="snap")
    assert snapshot_source(zone.context(), snapshot) == inside


@pytest.mark.parametrize("state", [PoolState.DISABLED, PoolState.MAINTENANCE])
def test_a_snapshot_on_a_pool_that_is_not_up_is_out_of_reach(
    zone: SmallZone, state: PoolState
) -> None:
    """The number is 530."""
    snapshot = _unstored(zone)
    zone.add(msgspec.structs.replace(zone.inventory.get(Pool, "nfs"), state=state))
    with refusal(errors.Unavailable, 530, "snapshot/snap"):
        snapshot_source(zone.context(), snapshot)


def test_a_snapshot_that_is_nowhere_is_out_of_reach(zone: SmallZone) -> None:
    """It has neither store nor pool."""
    with refusal(errors.Unavailable, 530, "snapshot/snap"):
        snapshot_source(zone.context(), _unstored(zone, pool_id=""))


def test_a_template_comes_from_its_image(zone: SmallZone) -> None:
    """Until that is complete it says how far it is."""
    template = zone.inventory.get(Template, "debian")
    path = "template/tmpl/admin/debian"
    assert template_source(zone.context(), template) == ImageAt(store_id="s1", path=path)
    zone.ref("debian", "template", state=RefState.CREATING)
    fetching = msgspec.structs.replace(template, state=TemplateState.DOWNLOAD_IN_PROGRESS)
    with refusal(errors.Unavailable, 530, "template/debian") as caught:
        template_source(zone.context(), fetching)
    assert str(fetching.state) in caught.value.message


def test_a_template_of_another_zone_has_to_be_copied(zone: SmallZone) -> None:
    """Which is not to wait for."""
    template = zone.inventory.get(Template, "debian")
    with refusal(errors.Unavailable, 530, "template/debian") as caught:
        template_source(zone.context(), template, "z2")
    assert "copyTemplate" in caught.value.hint


def test_a_backed_up_snapshot_loses_only_its_copy_on_the_pool(zone: SmallZone) -> None:
    """One that never was on the pool loses nothing."""
    volume = zone.volume()
    zone.snapshot(pool_id="nfs")
    zone.snapshot("stored")
    zone.snapshot("another", volume_id="else", pool_id="nfs")
    without = Change(kind="snapshot", id="snap", fields={"pool_id": ""})
    assert lost_with_disk(zone.context(), volume) == (without,)


def test_a_snapshot_that_no_store_has_goes_with_the_disk(zone: SmallZone) -> None:
    """There is nothing left of it."""
    volume = zone.volume()
    _unstored(zone)
    assert lost_with_disk(zone.context(), volume) == (Drop(kind="snapshot", id="snap"),)


def test_a_volume_with_a_snapshot_only_on_its_pool_stays_there(zone: SmallZone) -> None:
    """CloudStack's number is 530; backed up, or of another volume, none holds it."""
    volume = zone.volume()
    zone.snapshot(pool_id="nfs")
    require_backed_up(zone.context(), volume)
    _unstored(zone, volume_id="else")
    require_backed_up(zone.context(), volume)
    _unstored(zone)
    with refusal(errors.Conflict, 530, "volume/vol"):
        require_backed_up(zone.context(), volume)
