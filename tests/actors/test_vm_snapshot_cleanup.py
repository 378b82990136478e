"""Which snapshots of whole machines are deleted by their age."""

import pytest

from core.actors.rounds.vm_snapshot_cleanup import HOUR_S, due
from core.model.records import VmSnapshot
from core.model.states import VmSnapshotState
from tests.small_zone import NOW_S, SmallZone


@pytest.fixture
def zone() -> SmallZone:
    """Snapshots of alice's machine, one and three hours old; an older one is being deleted."""
    made = SmallZone()
    for name, hours, state in (
        ("young", 1, VmSnapshotState.READY),
        ("old", 3, VmSnapshotState.READY),
        ("going", 4, VmSnapshotState.EXPUNGING),
    ):
        taken = VmSnapshot(
            id=name,
            created_s=NOW_S - hours * HOUR_S,
            name=name,
            description="",
            account_id="alice",
            domain_id="sales",
            zone_id="z1",
            vm_id="vm",
            state=state,
        )
        made.add(taken)
    return made


def _due(zone: SmallZone) -> list[str]:
    return [taken.id for taken in due(zone.inventory, zone.settings, NOW_S)]


def test_they_are_kept_unless_an_age_is_set(zone: SmallZone) -> None:
    """The default admits any age."""
    assert _due(zone) == []


@pytest.mark.parametrize(("hours", "ids"), [(0, ["young", "old"]), (2, ["old"]), (3, []), (-1, [])])
def test_older_ones_than_the_setting_says_are_due(
    zone: SmallZone, hours: int, ids: list[str]
) -> None:
    """What is worked on already is not."""
    zone.set("vmsnapshot.expire.interval", hours)
    assert _due(zone) == ids


def test_an_account_has_an_age_of_its_own(zone: SmallZone) -> None:
    """It wins over the global one."""
    zone.set("vmsnapshot.expire.interval", 2)
    zone.set("vmsnapshot.expire.interval", -1, "account", "alice")
    assert _due(zone) == []
