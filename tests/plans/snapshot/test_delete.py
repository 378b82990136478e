"""deleteSnapshot: refusals, zones, and the order of its steps."""

import msgspec
import pytest

from core.model import errors
from core.model.commands.snapshot import DeleteSnapshot
from core.model.records import ImageStore, Snapshot, StoreRef, Tag
from core.model.states import SnapshotState, VolumeState
from tests.plans.snapshot.preparing import Prepare, nothing
from tests.refusal import refusal
from tests.small_zone import BOB, SmallZone


@pytest.fixture
def zone() -> SmallZone:
    """With volume vol, its snapshot snap on store s1, and store s2 of zone z2."""
    zone = SmallZone()
    zone.volume()
    zone.snapshot()
    store = zone.inventory.get(ImageStore, "s1")
    zone.add(msgspec.structs.replace(store, id="s2", name="s2", zone_id="z2"))
    return zone


@pytest.mark.parametrize(
    "state",
    [
        SnapshotState.CREATING,
        SnapshotState.BACKING_UP,
        SnapshotState.COPYING,
        SnapshotState.DESTROYING,
        SnapshotState.DESTROYED,
    ],
)
def test_what_is_worked_on_is_not_deleted(zone: SmallZone, state: SnapshotState) -> None:
    """Nor what was deleted already."""
    zone.snapshot(state=state)
    with refusal(errors.Conflict, 431, "snapshot/snap"):
        zone.check(DeleteSnapshot(id="snap"))


Asked = tuple[Prepare, dict[str, str], type[errors.ForebayError], int, str]
REFUSALS: list[Asked] = [
    (lambda z: z.snapshot(type="GROUP"), {}, errors.Invalid, 431, "snapshot/snap"),
    (
        lambda z: z.volume("new", snapshot_id="snap", state=VolumeState.CREATING, job_id="j"),
        {},
        errors.Conflict,
        530,
        "snapshot/snap",
    ),
    (nothing, {"zone_id": "z9"}, errors.NotFound, 431, "zone/z9"),
    (nothing, {"zone_id": "z2"}, errors.NotFound, 431, "zone/z2"),
]


@pytest.mark.parametrize(("prepare", "fields", "kind", "number", "object"), REFUSALS)
def test_what_cannot_be_deleted_is_refused(
    zone: SmallZone,
    prepare: Prepare,
    fields: dict[str, str],
    kind: type[errors.ForebayError],
    number: int,
    object: str,
) -> None:
    """A part of a machine's snapshot, one in use, one that the zone has not."""
    zone.check(DeleteSnapshot(id="snap"))
    prepare(zone)
    with refusal(kind, number, object):
        zone.check(DeleteSnapshot(id="snap", **fields))


def test_anothers_is_unknown(zone: SmallZone) -> None:
    """As if there were none."""
    with refusal(errors.NotFound, 431, "snapshot/snap"):
        zone.check(DeleteSnapshot(id="snap"), BOB)


@pytest.mark.parametrize(
    "state", [SnapshotState.ALLOCATED, SnapshotState.ERROR, SnapshotState.BACKED_UP]
)
def test_record_images_and_tags_go(zone: SmallZone, state: SnapshotState) -> None:
    """Also of one that waits or failed; the record last."""
    zone.snapshot(state=state)
    zone.add(
        Tag(
            id="t",
            of_kind="snapshot",
            of_id="snap",
            key="k",
            value="v",
            account_id="alice",
            domain_id="sales",
        )
    )
    plan = zone.plan(DeleteSnapshot(id="snap"))
    assert all(step.final for step in plan.steps)
    zone.run(plan)
    assert zone.inventory.find(Snapshot, "snap") is None
    assert len(zone.inventory.having(StoreRef, "of", "snap")) == 0
    assert zone.inventory.count(Tag) == 0


def test_a_copy_in_another_zone_is_deleted_alone(zone: SmallZone) -> None:
    """With the last zone's copy the snapshot goes."""
    ref = next(iter(zone.inventory.having(StoreRef, "of", "snap")))
    zone.add(msgspec.structs.replace(ref, id="copy", store_id="s2"))
    zone.run(zone.plan(DeleteSnapshot(id="snap", zone_id="z2")))
    assert zone.inventory.get(Snapshot, "snap").state is SnapshotState.BACKED_UP
    left = zone.inventory.having(StoreRef, "of", "snap")
    assert [ref.store_id for ref in left] == ["s1"]
    zone.run(zone.plan(DeleteSnapshot(id="snap", zone_id="z1")))
    assert zone.inventory.find(Snapshot, "snap") is None


def test_a_snapshot_outlives_its_volume(zone: SmallZone) -> None:
    """And is deleted alike."""
    zone.snapshot(volume_id="gone")
    zone.run(zone.plan(DeleteSnapshot(id="snap")))
    assert zone.inventory.count(Snapshot) == 0


def test_a_part_on_the_pool_locks_volume_and_machine(zone: SmallZone) -> None:
    """Without one the snapshot alone is locked."""
    assert zone.claim(DeleteSnapshot(id="snap")).locks == ("snapshot/snap",)
    zone.snapshot(pool_id="nfs")
    assert zone.claim(DeleteSnapshot(id="snap")).locks == ("snapshot/snap", "volume/vol")
