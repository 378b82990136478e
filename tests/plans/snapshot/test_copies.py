"""copySnapshot: refusals and the copies."""

from typing import Any

import msgspec
import pytest

from core.model import errors
from core.model.commands.snapshot import CopySnapshot
from core.model.records import ImageStore, Snapshot, StoreRef, Zone
from core.model.states import RefState, SnapshotState
from core.plans.operation import ImageAt, StoreImage
from tests.refusal import refusal
from tests.small_zone import BOB, SmallZone


@pytest.fixture
def zone() -> SmallZone:
    """With snapshot snap on store s1 of z1, and stores s2 of z2 and s3 of z3."""
    zone = SmallZone()
    zone.snapshot(physical_bytes=100)
    zone.add(Zone(id="z3", name="three"))
    store = zone.inventory.get(ImageStore, "s1")
    zone.add(msgspec.structs.replace(store, id="s2", name="s2", zone_id="z2"))
    zone.add(msgspec.structs.replace(store, id="s3", name="s3", zone_id="z3"))
    return zone


@pytest.mark.parametrize(
    ("fields", "kind", "number", "object"),
    [
        ({}, errors.Invalid, 431, ""),
        ({"dest_zone_id": "z9"}, errors.NotFound, 431, "zone/z9"),
        ({"dest_zone_id": "z1"}, errors.Conflict, 431, "zone/z1"),
        ({"dest_zone_ids": ("z2", "z1")}, errors.Conflict, 431, "zone/z1"),
        ({"dest_zone_id": "z2", "source_zone_id": "z3"}, errors.NotFound, 431, "snapshot/snap"),
    ],
)
def test_bad_copies_are_refused(
    zone: SmallZone,
    fields: dict[str, Any],
    kind: type[errors.ForebayError],
    number: int,
    object: str,
) -> None:
    """No zone, an unknown one, one that has it, a source without it."""
    with refusal(kind, number, object):
        zone.check(CopySnapshot(id="snap", **fields))


def test_only_a_finished_snapshot_of_ones_own_is_copied(zone: SmallZone) -> None:
    """Not while it is backed up, nor another's."""
    with refusal(errors.NotFound, 431, "snapshot/snap"):
        zone.check(CopySnapshot(id="snap", dest_zone_id="z2"), BOB)
    zone.snapshot(state=SnapshotState.BACKING_UP)
    with refusal(errors.Conflict, 431, "snapshot/snap"):
        zone.check(CopySnapshot(id="snap", dest_zone_id="z2"))


def test_each_copy_needs_secondary_storage(zone: SmallZone) -> None:
    """What the snapshot takes, once for each zone."""
    zone.set("max.account.secondary.storage", 0)
    with refusal(errors.QuotaExceeded, 535, "account/alice"):
        zone.check(CopySnapshot(id="snap", dest_zone_id="z2"))


def test_a_zone_without_a_store_of_its_own_is_refused(zone: SmallZone) -> None:
    """A store for all zones has it already."""
    store = zone.inventory.get(ImageStore, "s2")
    zone.add(msgspec.structs.replace(store, readonly=True))
    with refusal(errors.NoCapacity, 530, "zone/z2"):
        zone.plan(CopySnapshot(id="snap", dest_zone_id="z2"))


def test_it_goes_to_every_zone_asked_for(zone: SmallZone) -> None:
    """From its own zone's store; it is Copying meanwhile."""
    plan = zone.plan(CopySnapshot(id="snap", dest_zone_id="z2", dest_zone_ids=("z3", "z2")))
    copies = [step for step in plan.steps if isinstance(step.do, StoreImage)]
    assert [step.actor for step in copies] == ["image_store/s2", "image_store/s3"]
    source = ImageAt(store_id="s1", path="snapshots/snap")
    assert all(step.do.source == source for step in copies if isinstance(step.do, StoreImage))
    zone.apply(plan.steps[0].begin)
    assert zone.inventory.get(Snapshot, "snap").state is SnapshotState.COPYING
    zone.apply(plan.steps[-1].commit)
    assert zone.inventory.get(Snapshot, "snap").state is SnapshotState.BACKED_UP


def test_a_copy_is_a_whole_one(zone: SmallZone) -> None:
    """It is based on nothing, whatever its source is based on."""
    plan = zone.plan(CopySnapshot(id="snap", dest_zone_id="z2"))
    zone.apply(plan.steps[1].begin)
    refs = list(zone.inventory.having(StoreRef, "of", "snap"))
    assert (refs[-1].store_id, refs[-1].parent_id, refs[-1].state) == ("s2", "", RefState.CREATING)
