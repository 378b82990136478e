"""Recurring snapshots on virtual time: months of them, restarts, inactive volumes, retention."""

from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest

from core.model.commands.command import TagAsked
from core.model.commands.snapshot import CreateSnapshot
from core.model.commands.snapshot_policy import (
    CreateSnapshotPolicy,
    DeleteSnapshotPolicies,
    ListSnapshotPolicies,
    UpdateSnapshotPolicy,
)
from core.model.commands.vm import StartVirtualMachine, StopVirtualMachine
from core.model.commands.volume import DeleteVolume, DetachVolume
from core.model.records import Account, Job, Snapshot, SnapshotPolicy, Tag
from core.model.states import JobStatus
from sim.guest import WritePattern
from tests.simulation.checkers import findings
from tests.simulation.snapshot_scenes import second_zone, set_to
from tests.simulation.stage import Stage, play

HOUR_S = 3600.0
DAY_S = 24 * HOUR_S
POLL_S = 300.0
DETAILS: dict[str, Any] = {
    "interval_type": "DAILY",
    "schedule": "30:02",
    "timezone": "UTC",
    "max_snaps": 2,
}


async def policy(stage: Stage, **fields: Any) -> str:
    """A policy of the data volume: daily at 02:30, two kept, unless told otherwise."""
    given: dict[str, Any] = {"volume_id": stage.ids["data"], **DETAILS, **fields}
    answer = await stage.do(CreateSnapshotPolicy(**given))
    return str(answer["id"])


async def quiet_machine(stage: Stage) -> None:
    """A running machine that writes nothing, so that months of it are cheap."""
    await stage.build()
    stage.world.pattern_of = lambda _vm: WritePattern()
    await stage.machine()


def taken(stage: Stage, type: str = "DAILY") -> list[str]:
    """When the snapshots that there are were asked for, in UTC."""
    found = [one for one in stage.inventory.all(Snapshot) if one.type == type]
    return [datetime.fromtimestamp(one.created_s, UTC).strftime("%m-%d %H:%M") for one in found]


def hour_of(text: str) -> str:
    """The time of day, without the date."""
    return text.partition(" ")[2]


def until_s(stage: Stage, hour: int, minute: int = 0) -> float:
    """Seconds until the next such time of day."""
    now_s = stage.runtime.now()
    return (hour * HOUR_S + minute * 60 - now_s) % DAY_S or DAY_S


def test_a_daily_policy_takes_one_a_day_and_keeps_as_many_as_asked() -> None:
    """Over three months at 02:30, at the first look after it; two are left at any time."""

    async def body(stage: Stage) -> None:
        async with stage.running():
            await quiet_machine(stage)
            await policy(stage)
            seen: list[str] = []
            for _ in range(90):
                await stage.runtime.sleep(DAY_S)
                await stage.settle()
                kept = taken(stage)
                assert len(kept) <= 2
                seen.extend(text for text in kept if text not in seen)
            assert len(seen) == 90
            assert {hour_of(text)[:2] for text in seen} == {"02"}
            assert all("30" <= hour_of(text)[3:] < "36" for text in seen)
            assert findings(stage.inventory, stage.world) == []

    play(body)


def test_every_interval_has_its_own_policy_and_its_own_snapshots() -> None:
    """Hourly, daily, weekly and monthly side by side, each keeping its number."""

    async def body(stage: Stage) -> None:
        async with stage.running():
            await quiet_machine(stage)
            await policy(stage, interval_type="HOURLY", schedule="15", max_snaps=3)
            await policy(stage)
            await policy(stage, interval_type="WEEKLY", schedule="0:5:1", max_snaps=1)
            await policy(stage, interval_type="MONTHLY", schedule="0:7:1", max_snaps=1)
            await stage.runtime.sleep(40 * DAY_S)
            await stage.settle()
            counts = {kind: len(taken(stage, kind)) for kind in ("HOURLY", "DAILY", "WEEKLY")}
            assert counts == {"HOURLY": 3, "DAILY": 2, "WEEKLY": 1}
            assert len(taken(stage, "MONTHLY")) == 1
            shown = await stage.do(ListSnapshotPolicies(volume_id=stage.ids["data"]))
            assert shown == 4

    play(body)


def test_manual_snapshots_are_neither_counted_nor_removed() -> None:
    """However many the policy takes."""

    async def body(stage: Stage) -> None:
        async with stage.running():
            await quiet_machine(stage)
            for _ in range(3):
                await stage.do(CreateSnapshot(volume_id=stage.ids["data"]))
            await policy(stage, max_snaps=1)
            await stage.runtime.sleep(5 * DAY_S)
            await stage.settle()
            assert (len(taken(stage, "MANUAL")), len(taken(stage))) == (3, 1)

    play(body)


def test_a_lower_maximum_of_the_administrator_wins() -> None:
    """Retention follows the smaller of both numbers."""

    async def body(stage: Stage) -> None:
        async with stage.running():
            await quiet_machine(stage)
            await policy(stage, max_snaps=5)
            await stage.runtime.sleep(6 * DAY_S)
            assert len(taken(stage)) == 5
            await set_to(stage, "snapshot.max.daily", 2)
            await stage.runtime.sleep(DAY_S)
            await stage.settle()
            assert len(taken(stage)) == 2

    play(body)


@pytest.mark.parametrize("how", ["detached", "stopped"])
def test_an_inactive_volume_gets_one_snapshot_and_then_none(how: str) -> None:
    """The guide's rule; once it is active again the policy goes on."""

    async def body(stage: Stage) -> None:
        async with stage.running():
            await quiet_machine(stage)
            await policy(stage, max_snaps=8)
            await stage.runtime.sleep(2 * DAY_S)
            if how == "detached":
                await stage.do(DetachVolume(id=stage.ids["data"]))
            else:
                await stage.do(StopVirtualMachine(id=stage.ids["vm"]))
            before = len(taken(stage))
            await stage.runtime.sleep(5 * DAY_S)
            assert len(taken(stage)) == before + 1
            await stage.do(CreateSnapshot(volume_id=stage.ids["data"]))
            assert len(taken(stage, "MANUAL")) == 1
            if how == "stopped":
                await stage.do(StartVirtualMachine(id=stage.ids["vm"]))
                await stage.do(StopVirtualMachine(id=stage.ids["vm"]))
                await stage.runtime.sleep(3 * DAY_S)
                assert len(taken(stage)) == before + 2

    play(body)


def test_a_policy_never_takes_two_at_a_time() -> None:
    """One that takes longer than its interval: the next time counts from its end."""

    async def body(stage: Stage) -> None:
        async with stage.running():
            await quiet_machine(stage)
            await policy(stage, interval_type="HOURLY", schedule="0", max_snaps=8)
            await stage.runtime.sleep(until_s(stage, 3) - 60)
            store = stage.world.stores["s1"]
            stage.world.set_online(store, online=False)
            await stage.runtime.sleep(2.5 * HOUR_S)
            busy = [job for job in stage.inventory.all(Job) if job.command == "createSnapshot"]
            assert len([job for job in busy if job.status is JobStatus.IN_PROGRESS]) <= 1
            stage.world.set_online(store, online=True)
            await stage.runtime.sleep(HOUR_S)
            await stage.settle()
            assert len(taken(stage, "HOURLY")) >= 1
            assert findings(stage.inventory, stage.world) == []

    play(body)


def test_after_a_restart_missed_times_are_not_made_up_for() -> None:
    """Three days without a control plane: the next snapshot is that of the next night."""

    async def body(stage: Stage) -> None:
        async with stage.running():
            await quiet_machine(stage)
            await policy(stage, max_snaps=8)
            await stage.runtime.sleep(until_s(stage, 4))
            before = len(taken(stage))
        await stage.runtime.sleep(3 * DAY_S)
        async with stage.running():
            await stage.runtime.sleep(until_s(stage, 2))
            assert len(taken(stage)) == before
            await stage.runtime.sleep(HOUR_S)
            await stage.settle()
            assert len(taken(stage)) == before + 1

    play(body)


def test_a_restart_in_the_middle_of_a_snapshot_takes_no_second_one() -> None:
    """The job goes on, and the policy knows it."""

    async def body(stage: Stage) -> None:
        async with stage.running():
            await quiet_machine(stage)
            stage.world.fill(disk_of(stage), 900 << 20)
            policy_id = await policy(stage, max_snaps=8)
            await stage.runtime.sleep(until_s(stage, 2, 29))
            while not stage.inventory.get(SnapshotPolicy, policy_id).running_job_id:
                await stage.runtime.sleep(0.1)
        async with stage.running():
            await stage.runtime.sleep(3 * POLL_S)
            await stage.settle()
            assert len(taken(stage)) == 1
            assert stage.inventory.get(SnapshotPolicy, policy_id).running_job_id == ""
            assert findings(stage.inventory, stage.world) == []

    play(body)


def disk_of(stage: Stage) -> Any:
    """What is on the data volume."""
    name = stage.ids["data"]
    return next(
        pool.disks[name] for pool in stage.world.pools.values() if name in pool.disks
    ).content


def test_what_cannot_be_begun_is_tried_again_at_the_next_look() -> None:
    """The account had no limit left at 02:30; it has at 04:00."""

    async def body(stage: Stage) -> None:
        async with stage.running():
            await quiet_machine(stage)
            await policy(stage)
            await set_to(stage, "kvm.snapshot.enabled", value=False)
            await stage.runtime.sleep(until_s(stage, 4))
            assert taken(stage) == []
            await set_to(stage, "kvm.snapshot.enabled", value=True)
            await stage.runtime.sleep(2 * POLL_S)
            await stage.settle()
            assert [hour_of(text)[:2] for text in taken(stage)] == ["04"]

    play(body)


@pytest.mark.parametrize(("state", "expected"), [("disabled", 0), ("locked", 1)])
def test_disabled_accounts_have_no_snapshots_taken(state: str, expected: int) -> None:
    """Locked ones have."""

    async def body(stage: Stage) -> None:
        async with stage.running():
            await quiet_machine(stage)
            await policy(stage)
            account = stage.inventory.get(Account, "admin")
            await stage.plane.found([msgspec.structs.replace(account, state=state)])
            await stage.runtime.sleep(until_s(stage, 4))
            await stage.settle()
            assert len(taken(stage)) == expected

    play(body)


def test_hidden_and_deleted_policies_rest() -> None:
    """And those of a volume that is gone go too."""

    async def body(stage: Stage) -> None:
        async with stage.running():
            await quiet_machine(stage)
            hidden = await policy(stage)
            deleted = await policy(stage, interval_type="HOURLY", schedule="0", max_snaps=1)
            await stage.do(UpdateSnapshotPolicy(id=hidden, for_display=False))
            await stage.do(DeleteSnapshotPolicies(id=deleted))
            await stage.runtime.sleep(2 * DAY_S)
            assert stage.inventory.count(Snapshot) == 0
            await stage.do(DetachVolume(id=stage.ids["data"]))
            await stage.do(DeleteVolume(id=stage.ids["data"]))
            assert stage.inventory.count(SnapshotPolicy) == 0

    play(body)


def test_a_policys_snapshots_have_its_tags_and_its_zones() -> None:
    """One copy in the other zone."""

    async def body(stage: Stage) -> None:
        async with stage.running():
            await quiet_machine(stage)
            await second_zone(stage)
            await policy(stage, tags=(TagAsked(key="team", value="red"),), zone_ids=("z2",))
            await stage.runtime.sleep(until_s(stage, 3))
            await stage.settle()
            tags = [(tag.of_kind, tag.key, tag.value) for tag in stage.inventory.all(Tag)]
            assert tags == [("snapshot_policy", "team", "red"), ("snapshot", "team", "red")]
            assert len(stage.world.stores["s2"].images) == 1

    play(body)


def test_policies_follow_the_clocks_of_their_zone() -> None:
    """New York, 8 March 2026: 02:30 does not exist and becomes 03:30 daylight time, 07:30 UTC."""

    async def body(stage: Stage) -> None:
        async with stage.running():
            await quiet_machine(stage)
            start = datetime(2026, 3, 6, tzinfo=UTC).timestamp()
            wait_s = start - stage.runtime.now()
            assert wait_s > 0
            await stage.runtime.sleep(wait_s)
            await policy(stage, timezone="America/New_York", max_snaps=8)
            await stage.runtime.sleep(4 * DAY_S)
            await stage.settle()
            assert [text[:8] for text in taken(stage)] == [
                "03-06 07",
                "03-07 07",
                "03-08 07",
                "03-09 06",
            ]

    play(body)


def test_a_policy_whose_volume_vanished_is_forgotten() -> None:
    """Also where another command than deleteVolume has removed the volume."""

    async def body(stage: Stage) -> None:
        async with stage.running():
            await quiet_machine(stage)
            policy_id = await policy(stage)
            known = stage.inventory.get(SnapshotPolicy, policy_id)
            await stage.plane.found([msgspec.structs.replace(known, volume_id="gone")])
            await stage.runtime.sleep(2 * POLL_S)
            assert stage.inventory.count(SnapshotPolicy) == 0

    play(body)
