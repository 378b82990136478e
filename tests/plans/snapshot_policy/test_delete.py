"""deleteSnapshotPolicies, and policies of volumes that go."""

from typing import Any

import pytest

from core.model import errors
from core.model.commands.snapshot_policy import DeleteSnapshotPolicies
from core.model.commands.volume import DeleteVolume
from core.model.records import SnapshotPolicy
from tests.plans.snapshot_policy.test_create import daily
from tests.refusal import refusal
from tests.small_zone import BOB, SmallZone


@pytest.fixture
def zone() -> SmallZone:
    """With a daily and a weekly policy of volume vol."""
    zone = SmallZone()
    zone.volume()
    zone.claim(daily())
    zone.claim(daily(interval_type="WEEKLY", schedule="0:0:1"))
    return zone


def ids_of(zone: SmallZone) -> tuple[str, ...]:
    """All policies, oldest first."""
    return tuple(policy.id for policy in zone.inventory.all(SnapshotPolicy))


@pytest.mark.parametrize(
    ("fields", "kind", "object"),
    [
        ({}, errors.Invalid, ""),
        ({"id": "a", "ids": ("b",)}, errors.Invalid, ""),
        ({"id": "0"}, errors.Invalid, "snapshot_policy/0"),
        ({"ids": ("none",)}, errors.NotFound, "snapshot_policy/none"),
    ],
)
def test_bad_requests_are_refused(
    zone: SmallZone, fields: dict[str, Any], kind: type[errors.ForebayError], object: str
) -> None:
    """Both or neither of id and ids, the pseudo policy, an unknown one."""
    with refusal(kind, 431, object):
        zone.check(DeleteSnapshotPolicies(**fields))
    assert len(ids_of(zone)) == 2


def test_anothers_policy_is_refused(zone: SmallZone) -> None:
    """As if there were none."""
    policy_id = ids_of(zone)[0]
    with refusal(errors.NotFound, 431, f"snapshot_policy/{policy_id}"):
        zone.check(DeleteSnapshotPolicies(id=policy_id), BOB)


def test_one_or_several_are_deleted(zone: SmallZone) -> None:
    """At once."""
    first, second = ids_of(zone)
    zone.claim(DeleteSnapshotPolicies(id=first))
    assert ids_of(zone) == (second,)
    zone.claim(DeleteSnapshotPolicies(ids=(second, second)))
    assert ids_of(zone) == ()


def test_policies_go_with_their_volume(zone: SmallZone) -> None:
    """In the same transaction as the volume."""
    zone.volume("other")
    zone.claim(daily(volume_id="other"))
    zone.run(zone.plan(DeleteVolume(id="vol")))
    left = zone.inventory.all(SnapshotPolicy)
    assert [policy.volume_id for policy in left] == ["other"]
