"""Volumes are given up, recovered, deleted; and what protects them."""

import pytest

from core.model import errors
from core.model.commands.command import Command
from core.model.commands.volume import DeleteVolume, DestroyVolume, RecoverVolume
from core.model.records import SnapshotPolicy, Volume
from core.model.states import SnapshotState, VolumeState
from core.plans.context import GIB
from core.plans.operation import RemoveDisk
from core.plans.quota import account_used
from tests.refusal import refusal
from tests.small_zone import ADMIN, SmallZone

RIGHT = "allow.user.expunge.recover.volume"


def _state(zone: SmallZone) -> VolumeState:
    return zone.inventory.get(Volume, "vol").state


def test_a_destroyed_volume_is_kept_until_it_is_expunged(zone: SmallZone) -> None:
    """Its disk stays, its policies go, it counts no more; recovered it is as before."""
    zone.volume()
    policy = SnapshotPolicy(
        id="sp",
        volume_id="vol",
        account_id="alice",
        domain_id="sales",
        interval="DAILY",
        schedule="30:02",
        timezone="UTC",
        max_snaps=8,
    )
    zone.add(policy)
    plan = zone.plan(DestroyVolume(id="vol"))
    assert [step.do for step in plan.steps] == [None]
    zone.run(plan)
    assert _state(zone) is VolumeState.DESTROY
    assert zone.inventory.get(Volume, "vol").destroyed_s == zone.context().now_s
    assert zone.inventory.find(SnapshotPolicy, "sp") is None
    assert account_used(zone.inventory, "alice", "volume") == 0
    zone.claim(RecoverVolume(id="vol"))
    assert _state(zone) is VolumeState.READY
    assert account_used(zone.inventory, "alice", "primary_storage") == GIB


@pytest.mark.parametrize("command", [DestroyVolume(id="vol", expunge=True), DeleteVolume(id="vol")])
def test_an_expunged_volume_is_gone_with_its_disk(zone: SmallZone, command: Command) -> None:
    """The disk goes before the record, and both for good."""
    zone.volume()
    plan = zone.plan(command)
    assert [type(step.do) for step in plan.steps] == [RemoveDisk]
    assert all(step.final for step in plan.steps)
    zone.run(plan)
    assert zone.inventory.find(Volume, "vol") is None


@pytest.mark.parametrize(
    "command",
    [DestroyVolume(id="vol"), DestroyVolume(id="vol", expunge=True), DeleteVolume(id="vol")],
)
def test_attached_and_protected_volumes_stay(zone: SmallZone, command: Command) -> None:
    """Detached first, the protection lifted first."""
    zone.vm()
    zone.volume(vm_id="vm", device_id=1)
    with refusal(errors.Conflict, 431, "volume/vol"):
        zone.check(command)
    zone.volume(delete_protection=True)
    with refusal(errors.Conflict, 431, "volume/vol"):
        zone.check(command)


@pytest.mark.parametrize(
    "state", [SnapshotState.CREATING, SnapshotState.CREATED_ON_PRIMARY, SnapshotState.BACKING_UP]
)
def test_a_volume_stays_while_it_is_being_snapshotted(
    zone: SmallZone, state: SnapshotState
) -> None:
    """Until the snapshot is safe."""
    zone.volume()
    zone.snapshot(state=state)
    with refusal(errors.Conflict, 431, "volume/vol"):
        zone.check(DestroyVolume(id="vol"))


def test_only_what_is_on_storage_is_given_up_for_a_while(zone: SmallZone) -> None:
    """A volume that is only a record is expunged or kept."""
    zone.allocated()
    with refusal(errors.Conflict, 431, "volume/vol"):
        zone.check(DestroyVolume(id="vol"))
    zone.check(DestroyVolume(id="vol", expunge=True))


@pytest.mark.parametrize(
    ("command", "state", "number"),
    [
        (DestroyVolume(id="vol", expunge=True), VolumeState.READY, 530),
        (DeleteVolume(id="vol"), VolumeState.READY, 531),
        (RecoverVolume(id="vol"), VolumeState.DESTROY, 531),
    ],
)
def test_users_expunge_and_recover_only_where_they_may(
    zone: SmallZone, command: Command, state: VolumeState, number: int
) -> None:
    """Administrators always; the setting can be another one for an account."""
    zone.volume(state=state)
    zone.set(RIGHT, value=False)
    with refusal(errors.Denied, number, "volume/vol"):
        zone.check(command)
    zone.check(command, ADMIN)
    zone.set(RIGHT, True, "account", "alice")
    zone.check(command)


def test_recovering_needs_room_in_the_limit(zone: SmallZone) -> None:
    """With the number that CloudStack has for it; and only what was destroyed is recovered."""
    zone.volume(state=VolumeState.DESTROY)
    zone.set("max.account.volumes", 0)
    with refusal(errors.QuotaExceeded, 431, "account/alice"):
        zone.check(RecoverVolume(id="vol"))
    zone.volume("live")
    with refusal(errors.Conflict, 431, "volume/live"):
        zone.check(RecoverVolume(id="live"))
