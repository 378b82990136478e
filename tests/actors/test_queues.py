"""The throttled queues: places by the settings, visible order, expiry."""

from random import Random

import pytest

from core.actors.queues import QUEUES, Queues
from core.model.errors import Deadline
from core.model.records import SystemVm
from core.model.states import SystemVmState
from core.runtime import Nursery, Reply, Runtime
from core.throttle.policy import Request
from sim.virtual.run import run_kernel
from tests.small_zone import SmallZone

SLOTS = {
    "host/h1": "concurrent.snapshots.threshold.perhost",
    "pool/nfs": "concurrent.migrations.per.target.datastore",
    "zone/z1": "secstorage.max.migrate.sessions",
}


def _queues(zone: SmallZone, runtime: Runtime, nursery: Nursery) -> Queues:
    return Queues(runtime, zone.inventory, zone.settings, nursery)


def _arrive(queues: Queues, runtime: Runtime, slot: str, count: int) -> list[Reply[None]]:
    turnstile = queues.turnstile(slot)
    return [turnstile.arrive(Request(f"job-{n}", runtime.now())) for n in range(count)]


def test_every_kind_of_slot_has_a_queue() -> None:
    """Hosts snapshot, pools receive, zones copy."""
    assert set(QUEUES) == {slot.partition("/")[0] for slot in SLOTS}


@pytest.mark.parametrize(("slot", "setting"), SLOTS.items())
def test_places_are_what_the_setting_says(zone: SmallZone, slot: str, setting: str) -> None:
    """The first ones go, the others wait in order; one that leaves lets the next in."""
    zone.set(setting, 2)

    async def main(runtime: Runtime) -> None:
        async with runtime.nursery() as nursery:
            queues = _queues(zone, runtime, nursery)
            replies = _arrive(queues, runtime, slot, 5)
            assert [reply.is_done() for reply in replies] == [True, True, False, False, False]
            turnstile = queues.turnstile(slot)
            assert [turnstile.position(f"job-{n}") for n in range(5)] == [0, 0, 1, 2, 3]
            turnstile.leave("job-0")
            assert [reply.is_done() for reply in replies] == [True, True, True, False, False]
            nursery.cancel()

    run_kernel(main)


def test_a_changed_setting_counts_at_once(zone: SmallZone) -> None:
    """After the queues were told to decide again."""
    zone.set("concurrent.snapshots.threshold.perhost", 1)

    async def main(runtime: Runtime) -> None:
        async with runtime.nursery() as nursery:
            queues = _queues(zone, runtime, nursery)
            replies = _arrive(queues, runtime, "host/h1", 4)
            zone.set("concurrent.snapshots.threshold.perhost", 3)
            queues.reconsider()
            assert sum(reply.is_done() for reply in replies) == 3
            assert queues.statistics() == {"snapshots_waiting": 1, "snapshots_running": 3}
            nursery.cancel()

    run_kernel(main)


@pytest.mark.parametrize(("running", "stopped", "places"), [(0, 0, 2), (1, 0, 2), (3, 1, 6)])
def test_each_running_system_vm_carries_so_many_copies(
    zone: SmallZone, running: int, stopped: int, places: int
) -> None:
    """secstorage.max.migrate.sessions times those that run; without one as if there were one."""
    states = [SystemVmState.RUNNING] * running + [SystemVmState.STOPPED] * stopped
    for number, state in enumerate(states):
        zone.add(SystemVm(id=f"s{number}", name=f"s-{number}-VM", zone_id="z1", state=state))

    async def main(runtime: Runtime) -> int:
        async with runtime.nursery() as nursery:
            replies = _arrive(_queues(zone, runtime, nursery), runtime, "zone/z1", 10)
            nursery.cancel()
            return sum(reply.is_done() for reply in replies)

    assert run_kernel(main) == places


def test_who_waits_too_long_fails_and_says_what_to_raise(zone: SmallZone) -> None:
    """After job.expire.minutes, with both settings in the hint."""
    zone.set("concurrent.snapshots.threshold.perhost", 1)
    zone.set("job.expire.minutes", 5)

    async def main(runtime: Runtime) -> None:
        async with runtime.nursery() as nursery:
            queues = _queues(zone, runtime, nursery)
            began_s = runtime.now()
            _, waiting = _arrive(queues, runtime, "host/h1", 2)
            with pytest.raises(Deadline) as refused:
                await waiting.wait()
            assert runtime.now() - began_s == 300.0
            assert refused.value.object == "host/h1"
            assert "job.expire.minutes" in refused.value.hint
            assert "concurrent.snapshots.threshold.perhost" in refused.value.hint
            nursery.cancel()

    run_kernel(main)


def test_a_place_had_before_a_restart_is_had_again(zone: SmallZone) -> None:
    """Even if there are fewer places now; new ones wait for it."""
    zone.set("concurrent.snapshots.threshold.perhost", 1)

    async def main(runtime: Runtime) -> None:
        async with runtime.nursery() as nursery:
            queues = _queues(zone, runtime, nursery)
            turnstile = queues.turnstile("host/h1")
            for key in ("old-1", "old-2"):
                turnstile.occupy(key)
            (reply,) = _arrive(queues, runtime, "host/h1", 1)
            turnstile.leave("old-1")
            assert not reply.is_done()
            turnstile.leave("old-2")
            assert reply.is_done()
            nursery.cancel()

    run_kernel(main)


def test_no_order_of_coming_and_going_passes_the_limit(zone: SmallZone) -> None:
    """A thousand random arrivals and departures."""
    zone.set("concurrent.snapshots.threshold.perhost", 3)
    random = Random(5)

    async def main(runtime: Runtime) -> None:
        async with runtime.nursery() as nursery:
            turnstile = _queues(zone, runtime, nursery).turnstile("host/h1")
            replies: dict[str, Reply[None]] = {}
            for number in range(1000):
                if replies and random.random() < 0.5:
                    key = random.choice(list(replies))
                    turnstile.leave(key)
                    del replies[key]
                else:
                    key = str(number)
                    replies[key] = turnstile.arrive(Request(key, runtime.now()))
                running = sum(reply.is_done() for reply in replies.values())
                assert running == min(3, len(replies))
            nursery.cancel()

    run_kernel(main)
