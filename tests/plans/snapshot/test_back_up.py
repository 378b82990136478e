"""archiveSnapshot, and backups that nobody waits for."""

import msgspec
import pytest

from core.model import errors
from core.model.commands.internal import BackUpSnapshot
from core.model.commands.snapshot import ArchiveSnapshot
from core.model.records import Snapshot, StoreRef, Volume
from core.model.states import SnapshotState
from core.plans.operation import RemoveSnapshot, StoreImage
from core.plans.snapshot import back_up
from tests.plans.snapshot.preparing import Prepare, Refused
from tests.refusal import refusal
from tests.small_zone import BOB, SmallZone


@pytest.fixture
def zone() -> SmallZone:
    """With volume vol and its snapshot snap, which only pool nfs has."""
    zone = SmallZone()
    zone.volume()
    zone.snapshot(pool_id="nfs", location="PRIMARY")
    zone.inventory.remove(StoreRef, "ref-snap")
    return zone


def run_machine(zone: SmallZone) -> None:
    """Let the volume be open in a running machine."""
    zone.vm()
    volume = zone.inventory.get(Volume, "vol")
    zone.add(msgspec.structs.replace(volume, vm_id="vm", device_id=1))


REFUSALS: list[Refused] = [
    (
        lambda z: z.snapshot(state=SnapshotState.ERROR),
        errors.Conflict,
        431,
        "snapshot/snap",
    ),
    (lambda z: z.snapshot(location="SECONDARY"), errors.Invalid, 431, "snapshot/snap"),
    (run_machine, errors.Conflict, 431, "volume/vol"),
    (
        lambda z: z.set("max.account.secondary.storage", 0),
        errors.QuotaExceeded,
        535,
        "account/alice",
    ),
]


@pytest.mark.parametrize(("prepare", "kind", "number", "object"), REFUSALS)
def test_what_cannot_be_archived_is_refused(
    zone: SmallZone,
    prepare: Prepare,
    kind: type[errors.ForebayError],
    number: int,
    object: str,
) -> None:
    """Each by its own rule."""
    zone.check(ArchiveSnapshot(id="snap"))
    prepare(zone)
    with refusal(kind, number, object):
        zone.check(ArchiveSnapshot(id="snap"))


def test_anothers_is_unknown(zone: SmallZone) -> None:
    """As if there were none."""
    with refusal(errors.NotFound, 431, "snapshot/snap"):
        zone.check(ArchiveSnapshot(id="snap"), BOB)


def test_archiving_moves_bytes_and_account(zone: SmallZone) -> None:
    """First the copy, then the pool lets it go; it counts as secondary storage."""
    plan = zone.plan(ArchiveSnapshot(id="snap"))
    done = [type(step.do).__name__ for step in plan.steps]
    assert done == ["StoreImage", "NoneType", "RemoveSnapshot"]
    assert [step.final for step in plan.steps] == [False, True, True]
    zone.run(plan)
    snapshot = zone.inventory.get(Snapshot, "snap")
    assert (snapshot.location, snapshot.pool_id) == ("SECONDARY", "")


def test_an_archive_that_fails_leaves_it_on_its_pool(zone: SmallZone) -> None:
    """Not in Error: it was well before."""
    step = zone.plan(ArchiveSnapshot(id="snap")).steps[0]
    zone.apply(step.begin)
    zone.apply(step.revert)
    snapshot = zone.inventory.get(Snapshot, "snap")
    assert (snapshot.state, snapshot.pool_id) == (SnapshotState.BACKED_UP, "nfs")


def taken(zone: SmallZone) -> None:
    """Let the snapshot wait for its backup."""
    zone.snapshot(
        pool_id="nfs", location="SECONDARY", state=SnapshotState.CREATED_ON_PRIMARY, job_id="old"
    )
    zone.inventory.remove(StoreRef, "ref-snap")


def test_a_backup_is_tried_as_often_as_set(zone: SmallZone) -> None:
    """backup.retry times, backup.retry.interval apart."""
    taken(zone)
    zone.set("backup.retry", 5)
    zone.set("backup.retry.interval", 60)
    plan = zone.plan(BackUpSnapshot(id="snap"))
    step = next(step for step in plan.steps if isinstance(step.do, StoreImage))
    assert (step.tries, step.pause_s) == (5, 60.0)


def test_a_backup_that_fails_for_good_takes_the_pools_copy_along(zone: SmallZone) -> None:
    """The snapshot is in Error and holds nothing."""
    taken(zone)
    plan = zone.plan(BackUpSnapshot(id="snap"))
    assert plan.steps[0].undo == RemoveSnapshot(name="vol", snapshot="snap")
    zone.apply(plan.steps[1].begin)
    zone.apply(plan.steps[1].revert)
    zone.apply(plan.steps[0].revert)
    snapshot = zone.inventory.get(Snapshot, "snap")
    assert (snapshot.state, snapshot.pool_id) == (SnapshotState.ERROR, "")


def test_the_backup_owns_the_snapshot_from_its_claim_on(zone: SmallZone) -> None:
    """No moment without a live job."""
    taken(zone)
    zone.claim(BackUpSnapshot(id="snap"))
    assert zone.inventory.get(Snapshot, "snap").job_id == "job-1"


def test_one_whose_backup_never_began_stays_on_its_pool(zone: SmallZone) -> None:
    """Nothing is lost when the job was cancelled in its queue."""
    taken(zone)
    zone.apply(back_up.give_up(zone.context(), "snap"))
    snapshot = zone.inventory.get(Snapshot, "snap")
    assert (snapshot.state, snapshot.location) == (SnapshotState.BACKED_UP, "PRIMARY")


def test_only_one_that_waits_is_backed_up(zone: SmallZone) -> None:
    """Not one that is whole already."""
    with refusal(errors.Conflict, 431, "snapshot/snap"):
        zone.check(BackUpSnapshot(id="snap"))
