"""Locks: jobs on the same thing go one at a time, in order, and never wait for each other."""

import pytest

from core.actors.locks import Locks
from core.model.ids import is_errand
from core.plans.step import reading
from core.runtime import Runtime
from sim.virtual.run import run_kernel


async def _hold(
    runtime: Runtime, locks: Locks, names: tuple[str, ...], job_id: str, log: list[str]
) -> None:
    ticket = locks.join(names, job_id)
    await locks.wait(ticket)
    log.append(job_id)
    await runtime.sleep(1.0)
    locks.leave(ticket)


def test_jobs_on_one_thing_go_in_the_order_in_which_they_came() -> None:
    """Each a second, so three take three."""

    async def main(runtime: Runtime) -> tuple[list[str], float]:
        locks, log, began_s = Locks(runtime), list[str](), runtime.now()
        async with runtime.nursery() as nursery:
            for job_id in ("one", "two", "three"):
                nursery.start_soon(_hold, runtime, locks, ("volume/v",), job_id, log)
        return log, runtime.now() - began_s

    assert run_kernel(main) == (["one", "two", "three"], 3.0)


def test_jobs_on_different_things_go_side_by_side() -> None:
    """Nothing is waited for."""

    async def main(runtime: Runtime) -> float:
        locks, began_s = Locks(runtime), runtime.now()
        async with runtime.nursery() as nursery:
            for name in ("a", "b", "c"):
                nursery.start_soon(_hold, runtime, locks, (name,), name, [])
        return runtime.now() - began_s

    assert run_kernel(main) == 1.0


def test_opposite_orders_do_not_deadlock() -> None:
    """Who came first is first everywhere, whichever way things are named."""

    async def main(runtime: Runtime) -> list[str]:
        locks, log = Locks(runtime), list[str]()
        async with runtime.nursery() as nursery:
            for index in range(10):
                names = ("a", "b", "a") if index % 2 else ("b", "a")
                nursery.start_soon(_hold, runtime, locks, names, str(index), log)
        return log

    assert run_kernel(main) == [str(index) for index in range(10)]


def test_who_waits_for_one_thing_is_ahead_at_the_others_too() -> None:
    """A later job does not get the free one of them in between."""

    async def main(runtime: Runtime) -> list[str]:
        locks, log = Locks(runtime), list[str]()
        holder = locks.join(("snapshot",), "holder")
        async with runtime.nursery() as nursery:
            nursery.start_soon(_hold, runtime, locks, ("snapshot", "volume"), "create", log)
            await runtime.sleep(1.0)
            nursery.start_soon(_hold, runtime, locks, ("volume",), "attach", log)
            await runtime.sleep(1.0)
            assert log == []
            locks.leave(holder)
        return log

    assert run_kernel(main) == ["create", "attach"]


def test_an_errand_goes_before_jobs_that_may_wait_for_its_own() -> None:
    """The job in the middle waits for what the first one holds, while that waits for the errand."""

    async def main(runtime: Runtime) -> None:
        locks = Locks(runtime)
        first = locks.join(("pool",), "first")
        middle = locks.join(("vm", "pool"), "middle")
        errands = [locks.join(("vm",), f"errand-{index}", ahead=True) for index in range(2)]
        assert [errand.missing for errand in errands] == [0, 1]
        assert locks.holder(middle) == "vm, held by job errand-0"
        for ticket in (*errands, first):
            assert middle.missing
            locks.leave(ticket)
        assert not middle.missing

    run_kernel(main)


def test_an_errand_does_not_interrupt_who_is_at_it() -> None:
    """It is the next."""

    async def main(runtime: Runtime) -> None:
        locks = Locks(runtime)
        active, waiting = locks.join(("vm",), "active"), locks.join(("vm",), "waiting")
        errand = locks.join(("vm",), "errand", ahead=True)
        assert locks.holder(errand) == "vm, held by job active"
        locks.leave(active)
        assert (errand.missing, waiting.missing) == (0, 1)
        assert locks.holder(errand) == ""

    run_kernel(main)


def test_who_gives_up_waiting_is_passed_over() -> None:
    """Its places in the queues go to the next."""

    async def main(runtime: Runtime) -> list[str]:
        locks, log = Locks(runtime), list[str]()
        holder, impatient = locks.join(("b",), "holder"), locks.join(("a", "b"), "impatient")
        async with runtime.nursery() as nursery:
            nursery.start_soon(_hold, runtime, locks, ("a", "b"), "patient", log)
            await runtime.sleep(1.0)
            locks.leave(impatient)
            await runtime.sleep(1.0)
            assert log == []
            locks.leave(holder)
        return log

    assert run_kernel(main) == ["patient"]


def test_those_who_only_read_go_side_by_side() -> None:
    """They take a second together; who changes the thing waits for all of them."""

    async def main(runtime: Runtime) -> tuple[list[str], float]:
        locks, log, began_s = Locks(runtime), list[str](), runtime.now()
        async with runtime.nursery() as nursery:
            for job_id in ("one", "two"):
                nursery.start_soon(_hold, runtime, locks, (reading("a"),), job_id, log)
            nursery.start_soon(_hold, runtime, locks, ("a",), "writer", log)
        return log, runtime.now() - began_s

    assert run_kernel(main) == (["one", "two", "writer"], 2.0)


def test_readers_do_not_pass_who_waits_to_change() -> None:
    """They go after him, all at once; when he gives up they need not wait any more."""

    async def main(runtime: Runtime) -> None:
        locks = Locks(runtime)
        first = locks.join((reading("a"),), "first")
        writer = locks.join(("a",), "writer")
        late = [locks.join((reading("a"),), f"late-{index}") for index in range(2)]
        assert [ticket.missing for ticket in (first, writer, *late)] == [0, 1, 1, 1]
        locks.leave(first)
        assert [ticket.missing for ticket in (writer, *late)] == [0, 1, 1]
        assert locks.holder(late[1]) == "a, held by job writer"
        locks.leave(writer)
        assert [ticket.missing for ticket in late] == [0, 0]
        assert locks.holder(late[1]) == ""

    run_kernel(main)


def test_an_errand_goes_before_readers_that_wait_for_something_else() -> None:
    """One of them may wait for the errand's own job; those who read by now are waited for."""

    async def main(runtime: Runtime) -> None:
        locks = Locks(runtime)
        own = locks.join(("b",), "own")
        active = locks.join((reading("a"),), "active")
        waiting = locks.join((reading("a"), "b"), "waiting")
        third = locks.join((reading("a"),), "third")
        errand = locks.join(("a",), "errand", ahead=True)
        assert [each.missing for each in (active, waiting, third, errand)] == [0, 2, 0, 1]
        locks.leave(active)
        assert errand.missing == 1
        locks.leave(third)
        assert (errand.missing, waiting.missing) == (0, 2)
        locks.leave(errand)
        locks.leave(own)
        assert waiting.missing == 0

    run_kernel(main)


@pytest.mark.parametrize(
    ("job_id", "told"),
    [
        ("0e0f91d2-6125-4bdd-be2e-957bf1da027e", False),
        ("0e0f91d2-6125-4bdd-be2e-957bf1da027e-3-11", True),
        ("0e0f91d2-6125-4bdd-be2e-957bf1da027e-3-11-0-2", True),
    ],
)
def test_errands_are_known_by_their_ids(job_id: str, told: bool) -> None:
    """Those of errands too."""
    assert is_errand(job_id) is told
