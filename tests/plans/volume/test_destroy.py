"""destroyVolume, deleteVolume, recoverVolume and what garbage collection asks for."""

import msgspec
import pytest

from core.model import errors
from core.model.commands.command import Command
from core.model.commands.internal import ExpungeVolume
from core.model.commands.volume import DeleteVolume, DestroyVolume, RecoverVolume
from core.model.records import Pool, Snapshot, SnapshotPolicy, Volume
from core.model.states import SnapshotState, VolumeState
from core.plans.operation import RemoveDisk
from tests.refusal import refusal
from tests.small_zone import ADMIN, ALICE, BOB, DORA, NOW_S, SmallZone

DELETE = DeleteVolume(id="vol")
DESTROY = DestroyVolume(id="vol")
EXPUNGE = DestroyVolume(id="vol", expunge=True)
RECOVER = RecoverVolume(id="vol")
COLLECT = ExpungeVolume(id="vol")
NOT_ALLOWED = "allow.user.expunge.recover.volume"


@pytest.fixture
def zone() -> SmallZone:
    """The small zone."""
    return SmallZone()


@pytest.mark.parametrize("command", [DELETE, DESTROY, EXPUNGE])
@pytest.mark.parametrize(
    "fields",
    [
        pytest.param({"vm_id": "vm"}, id="attached"),
        pytest.param({"delete_protection": True}, id="protected"),
        pytest.param({"state": VolumeState.MIGRATING, "job_id": "j"}, id="migrating"),
        pytest.param({"state": VolumeState.EXPUNGED}, id="expunged"),
    ],
)
def test_volumes_in_use_or_protected_stay(
    zone: SmallZone, command: Command, fields: dict[str, object]
) -> None:
    """Nothing removes them; the hint says what must be done first."""
    zone.vm()
    zone.volume("vol", **fields)
    with refusal(errors.Conflict, 431, "volume/vol"):
        zone.check(command)


def test_a_volume_stays_while_its_snapshot_is_taken(zone: SmallZone) -> None:
    """The snapshot must end first."""
    zone.volume()
    zone.snapshot(state=SnapshotState.BACKING_UP, job_id="job-2")
    with refusal(errors.Conflict, 431, "volume/vol"):
        zone.check(DESTROY)


def test_a_volume_without_a_disk_is_not_put_aside(zone: SmallZone) -> None:
    """It could not be recovered; it can be expunged."""
    zone.allocated()
    with refusal(errors.Conflict, 431, "volume/vol"):
        zone.check(DESTROY)
    zone.run(zone.plan(EXPUNGE))
    assert zone.inventory.find(Volume, "vol") is None


@pytest.mark.parametrize(
    ("command", "number"), [(DELETE, 531), (EXPUNGE, 530), (RECOVER, 531)], ids=str
)
def test_users_may_be_kept_from_expunging_and_recovering(
    zone: SmallZone, command: Command, number: int
) -> None:
    """The setting of their account says so; domain administrators still may."""
    zone.volume(state=VolumeState.DESTROY)
    zone.set(NOT_ALLOWED, False, "account", "alice")
    with refusal(errors.Denied, number, "volume/vol"):
        zone.check(command, ALICE)
    zone.check(command, DORA)


@pytest.mark.parametrize("command", [DELETE, DESTROY, RECOVER])
def test_a_foreign_volume_is_unknown(zone: SmallZone, command: Command) -> None:
    """The answer is that of a volume which there is not."""
    zone.volume()
    with refusal(errors.NotFound, 431, "volume/vol"):
        zone.check(command, BOB)


def test_a_destroyed_volume_keeps_its_disk_and_loses_its_schedules(zone: SmallZone) -> None:
    """It is no longer counted, and remembers when it was destroyed."""
    zone.volume()
    zone.add(
        SnapshotPolicy(
            id="policy",
            volume_id="vol",
            account_id="alice",
            domain_id="sales",
            interval="HOURLY",
            schedule="0",
            timezone="UTC",
            max_snaps=1,
        )
    )
    plan = zone.plan(DESTROY)
    assert [step.do for step in plan.steps] == [None]
    zone.run(plan)
    volume = zone.inventory.get(Volume, "vol")
    assert (volume.state, volume.pool_id, volume.destroyed_s) == ("Destroy", "nfs", NOW_S)
    assert zone.inventory.total("account.volumes", "alice") == 0
    assert zone.inventory.find(SnapshotPolicy, "policy") is None


@pytest.mark.parametrize("command", [DELETE, EXPUNGE])
@pytest.mark.parametrize("state", [VolumeState.READY, VolumeState.DESTROY])
def test_expunging_removes_the_disk_and_keeps_backed_up_snapshots(
    zone: SmallZone, command: Command, state: VolumeState
) -> None:
    """The disk goes in the last, final step; the snapshot on the image store stays."""
    zone.volume(state=state)
    zone.snapshot()
    plan = zone.plan(command)
    assert plan.steps[-1].do == RemoveDisk(name="vol")
    assert plan.steps[-1].final
    zone.run(plan)
    assert zone.inventory.find(Volume, "vol") is None
    assert zone.inventory.get(Snapshot, "snap").state is SnapshotState.BACKED_UP


@pytest.mark.parametrize("command", [DELETE, EXPUNGE])
def test_managed_storage_keeps_a_disk_for_its_snapshots(zone: SmallZone, command: Command) -> None:
    """The volume is put aside until its last snapshot there is gone."""
    zone.add(_managed(zone))
    zone.volume(pool_id="array")
    zone.snapshot(pool_id="array")
    zone.run(zone.plan(command))
    assert zone.inventory.get(Volume, "vol").state is VolumeState.DESTROY
    with refusal(errors.Conflict, 431, "volume/vol"):
        zone.check(COLLECT, ADMIN)
    zone.inventory.remove(Snapshot, "snap")
    assert zone.plan(COLLECT, ADMIN).steps[-1].do == RemoveDisk(name="vol")


def _managed(zone: SmallZone) -> Pool:
    known = zone.inventory.get(Pool, "wide")
    return msgspec.structs.replace(known, id="array", managed=True)


@pytest.mark.parametrize(
    "fields", [{"state": VolumeState.READY}, {"delete_protection": True}], ids=["Ready", "kept"]
)
def test_garbage_collection_spares_what_is_wanted_again(
    zone: SmallZone, fields: dict[str, object]
) -> None:
    """A volume that was recovered or protected in the meantime stays."""
    zone.volume("vol", **{"state": VolumeState.DESTROY, **fields})
    with refusal(errors.Conflict, 431, "volume/vol"):
        zone.check(COLLECT, ADMIN)


def test_a_recovered_volume_is_ready_detached_and_counted(zone: SmallZone) -> None:
    """As if it had never been destroyed."""
    zone.volume(state=VolumeState.DESTROY, destroyed_s=5.0)
    zone.claim(RECOVER)
    volume = zone.inventory.get(Volume, "vol")
    assert (volume.state, volume.vm_id, volume.destroyed_s) == ("Ready", "", 0.0)
    assert zone.inventory.total("account.volumes", "alice") == 1


@pytest.mark.parametrize("state", [VolumeState.READY, VolumeState.ALLOCATED])
def test_only_destroyed_volumes_are_recovered(zone: SmallZone, state: VolumeState) -> None:
    """There is nothing to recover in others."""
    zone.volume(state=state)
    with refusal(errors.Conflict, 431, "volume/vol"):
        zone.check(RECOVER)


def test_recovering_needs_room_in_the_account(zone: SmallZone) -> None:
    """CloudStack's number for this limit is 431."""
    zone.volume(state=VolumeState.DESTROY)
    zone.limit("alice", "primary_storage", 0)
    with refusal(errors.QuotaExceeded, 431, "account/alice"):
        zone.check(RECOVER)
