"""updateSnapshotPolicy: hidden policies rest."""

import pytest

from core.model import errors
from core.model.commands.snapshot_policy import UpdateSnapshotPolicy
from core.model.records import SnapshotPolicy
from tests.plans.snapshot_policy.test_create import daily
from tests.refusal import refusal
from tests.small_zone import BOB, SmallZone


@pytest.fixture
def zone() -> SmallZone:
    """With a daily policy of volume vol."""
    zone = SmallZone()
    zone.volume()
    zone.claim(daily())
    return zone


def policy_of(zone: SmallZone) -> SnapshotPolicy:
    """The one policy there is."""
    return next(iter(zone.inventory.all(SnapshotPolicy)))


def test_anothers_policy_is_refused(zone: SmallZone) -> None:
    """As if there were none."""
    policy_id = policy_of(zone).id
    with refusal(errors.NotFound, 431, f"snapshot_policy/{policy_id}"):
        zone.check(UpdateSnapshotPolicy(id=policy_id, for_display=False), BOB)


def test_hiding_stops_a_policy_and_showing_starts_it_again(zone: SmallZone) -> None:
    """It is due next from then on."""
    before = policy_of(zone)
    assert zone.plan(UpdateSnapshotPolicy(id=before.id, for_display=False)).steps == ()
    assert (policy_of(zone).display, policy_of(zone).next_s) == (False, 0.0)
    zone.plan(UpdateSnapshotPolicy(id=before.id, for_display=True))
    assert (policy_of(zone).display, policy_of(zone).next_s) == (True, before.next_s)


def test_nothing_asked_changes_nothing(zone: SmallZone) -> None:
    """Nor does what is so already."""
    before = policy_of(zone)
    zone.plan(UpdateSnapshotPolicy(id=before.id))
    zone.plan(UpdateSnapshotPolicy(id=before.id, for_display=True))
    assert policy_of(zone) == before
