"""createSnapshotPolicy: refusals, and what is recorded."""

from typing import Any

import msgspec
import pytest

from core.model import errors
from core.model.access import Caller
from core.model.commands.command import TagAsked
from core.model.commands.snapshot_policy import CreateSnapshotPolicy
from core.model.hypervisors import Hypervisor
from core.model.records import DiskOffering, SnapshotPolicy
from core.model.schedule import next_after, parse_schedule
from core.plans.tagging import tags_on
from tests.refusal import refusal
from tests.small_zone import ADMIN, ALICE, BOB, DORA, NOW_S, SmallZone


def daily(**fields: Any) -> CreateSnapshotPolicy:
    """A daily policy of volume vol at 02:30 in Berlin that keeps two."""
    given: dict[str, Any] = {
        "volume_id": "vol",
        "interval_type": "DAILY",
        "schedule": "30:02",
        "timezone": "Europe/Berlin",
        "max_snaps": 2,
    }
    return CreateSnapshotPolicy(**{**given, **fields})


@pytest.fixture
def zone() -> SmallZone:
    """With volume vol of alice."""
    zone = SmallZone()
    zone.volume()
    return zone


@pytest.mark.parametrize(
    ("fields", "kind", "object"),
    [
        ({"interval_type": "YEARLY"}, errors.Invalid, "snapshot_policy"),
        ({"schedule": "30"}, errors.Invalid, "snapshot_policy"),
        ({"max_snaps": 0}, errors.Invalid, "setting/snapshot.max.daily"),
        ({"max_snaps": 9}, errors.Invalid, "setting/snapshot.max.daily"),
        ({"volume_id": "none"}, errors.NotFound, "volume/none"),
        ({"zone_ids": ("z9",)}, errors.NotFound, "zone/z9"),
    ],
)
def test_bad_policies_are_refused(
    zone: SmallZone, fields: dict[str, Any], kind: type[errors.ForebayError], object: str
) -> None:
    """With the number 431, all of them."""
    with refusal(kind, 431, object):
        zone.check(daily(**fields))


def test_what_is_not_ready_or_not_ones_own_is_refused(zone: SmallZone) -> None:
    """An Allocated volume, and a stranger."""
    zone.allocated("new")
    with refusal(errors.Conflict, 431, "volume/new"):
        zone.check(daily(volume_id="new"))
    with refusal(errors.NotFound, 431, "volume/vol"):
        zone.check(daily(), BOB)


def test_encrypted_volumes_have_no_policies(zone: SmallZone) -> None:
    """They can be snapshotted only while nothing uses them."""
    small = zone.inventory.get(DiskOffering, "small")
    zone.add(msgspec.structs.replace(small, encrypt=True))
    with refusal(errors.Invalid, 431, "volume/vol"):
        zone.check(daily())


@pytest.mark.parametrize("hypervisor", [Hypervisor.OVM, Hypervisor.LXC, Hypervisor.HYPERV])
def test_hypervisors_without_snapshots_have_no_policies(
    zone: SmallZone, hypervisor: Hypervisor
) -> None:
    """Neither for an attached volume nor for a detached one."""
    zone.volume("other", hypervisor=hypervisor)
    with refusal(errors.Unsupported, 431, "volume/other"):
        zone.check(daily(volume_id="other"))
    zone.vm(hypervisor=hypervisor)
    zone.volume("plugged", vm_id="vm", device_id=1)
    with refusal(errors.Unsupported, 431, "volume/plugged"):
        zone.check(daily(volume_id="plugged"))


def test_a_maximum_of_0_forbids_an_interval(zone: SmallZone) -> None:
    """Of that interval only."""
    zone.set("snapshot.max.hourly", 0)
    with refusal(errors.Invalid, 431, "setting/snapshot.max.hourly"):
        zone.check(daily(interval_type="HOURLY", schedule="30", max_snaps=1))
    zone.check(daily())


@pytest.mark.parametrize("caller", [ALICE, DORA])
def test_no_more_are_kept_than_the_account_may_have(zone: SmallZone, caller: Caller) -> None:
    """But a root administrator may say so."""
    zone.set("max.account.snapshots", 1)
    with refusal(errors.Invalid, 431, "account/alice"):
        zone.check(daily(), caller)
    zone.check(daily(), ADMIN)
    zone.set("max.account.snapshots", -1)
    zone.check(daily(), caller)


def test_a_policy_belongs_to_the_volumes_account_and_knows_when_it_is_due(
    zone: SmallZone,
) -> None:
    """Also when an administrator makes it."""
    claim = zone.claim(daily(tags=(TagAsked(key="a", value="b"),), zone_ids=("z2",)), ADMIN)
    policy = zone.inventory.get(SnapshotPolicy, claim.id)
    assert (policy.account_id, policy.domain_id) == ("alice", "sales")
    assert policy.next_s == next_after(parse_schedule("DAILY", "30:02"), "Europe/Berlin", NOW_S)
    assert (tags_on(zone.context(), policy.id), policy.zone_ids) == ({"a": "b"}, ("z2",))


def test_an_unknown_zone_is_stored_as_gmt(zone: SmallZone) -> None:
    """And the policy is due by that one."""
    policy = zone.inventory.get(SnapshotPolicy, zone.claim(daily(timezone="Moon")).id)
    assert policy.timezone == "GMT"
    assert policy.next_s % 86400 == 2.5 * 3600


def test_a_second_policy_of_an_interval_replaces_the_first(zone: SmallZone) -> None:
    """It keeps its id, and a snapshot that is being taken; other intervals have their own."""
    first = zone.claim(daily(tags=(TagAsked(key="old", value="v"),))).id
    zone.add(msgspec.structs.replace(zone.inventory.get(SnapshotPolicy, first), running_job_id="j"))
    second = zone.claim(daily(schedule="0:5", max_snaps=3, tags=(TagAsked(key="k", value="v"),))).id
    zone.claim(daily(interval_type="weekly", schedule="0:5:1"))
    policy = zone.inventory.get(SnapshotPolicy, first)
    assert second == first
    assert (policy.schedule, policy.max_snaps, policy.rev) == ("0:5", 3, 2)
    assert (policy.running_job_id, tags_on(zone.context(), first)) == ("j", {"k": "v"})
    assert zone.inventory.count(SnapshotPolicy) == 2


def test_a_hidden_policy_is_never_due(zone: SmallZone) -> None:
    """It has no next time."""
    policy = zone.inventory.get(SnapshotPolicy, zone.claim(daily(for_display=False)).id)
    assert (policy.display, policy.next_s) == (False, 0.0)
