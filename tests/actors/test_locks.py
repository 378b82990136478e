"""Locks: jobs on the same thing go one at a time, in order, and never wait for each other."""

from core.actors.locks import Locks
from core.plans.step import reading
from core.runtime import Runtime
from sim.virtual.run import run_kernel


async def _hold(
    runtime: Runtime, locks: Locks, names: tuple[str, ...], job_id: str, log: list[str]
) -> None:
    await locks.take(names, job_id)
    log.append(job_id)
    await runtime.sleep(1.0)
    locks.release(names, job_id)


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
    """They are taken in one order, whichever way they are named."""

    async def main(runtime: Runtime) -> list[str]:
        locks, log = Locks(runtime), list[str]()
        async with runtime.nursery() as nursery:
            for index in range(10):
                names = ("a", "b") if index % 2 else ("b", "a")
                nursery.start_soon(_hold, runtime, locks, names, str(index), log)
        return log

    assert sorted(run_kernel(main)) == [str(index) for index in range(10)]


def test_all_or_none_are_taken_at_once() -> None:
    """One that is held leaves the others free."""

    async def main(runtime: Runtime) -> None:
        locks = Locks(runtime)
        assert locks.take_now(("a",), "one")
        assert not locks.take_now(("a", "b"), "two")
        assert locks.holder(("a", "b"), "two") == "a, held by job one"
        assert locks.take_now(("b",), "three")
        locks.release(("a",), "two")
        assert locks.holder(("a",), "two") == "a, held by job one"

    run_kernel(main)


def test_who_gives_up_waiting_is_passed_over() -> None:
    """Its place in the queue, and what it had already, go to the next."""

    async def main(runtime: Runtime) -> list[str]:
        locks, log = Locks(runtime), list[str]()
        assert locks.take_now(("b",), "holder")
        with runtime.scope(1.0):
            await locks.take(("a", "b"), "impatient")
        async with runtime.nursery() as nursery:
            nursery.start_soon(_hold, runtime, locks, ("a", "b"), "patient", log)
            await runtime.sleep(1.0)
            locks.release(("b",), "holder")
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

    async def main(runtime: Runtime) -> tuple[list[str], float]:
        locks, log, began_s = Locks(runtime), list[str](), runtime.now()
        assert locks.take_now((reading("a"),), "first")
        async with runtime.nursery() as nursery:
            nursery.start_soon(_impatient, runtime, locks)
            await runtime.sleep(0.1)
            assert not locks.take_now((reading("a"),), "late")
            for job_id in ("two", "three"):
                nursery.start_soon(_hold, runtime, locks, (reading("a"),), job_id, log)
        return log, runtime.now() - began_s

    assert run_kernel(main) == (["two", "three"], 1.5)


async def _impatient(runtime: Runtime, locks: Locks) -> None:
    with runtime.scope(0.5):
        await locks.take(("a",), "writer")


def test_a_reader_waits_for_who_changes_the_thing() -> None:
    """And says for whom; two readers don't wait for each other."""

    async def main(runtime: Runtime) -> None:
        locks = Locks(runtime)
        assert locks.take_now(("a",), "writer")
        assert not locks.take_now((reading("a"),), "one")
        assert locks.holder((reading("a"),), "one") == "a, held by job writer"
        locks.release(("a",), "writer")
        assert locks.take_now((reading("a"),), "one")
        assert locks.take_now((reading("a"),), "two")
        assert locks.holder((reading("a"),), "one") == ""
        assert locks.holder(("a",), "three") == "a, held by job one"

    run_kernel(main)
