"""One order on virtual time: the rules at the head of sim/virtual/kernel.py, on both fillings."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from core.runtime import Nursery, Runtime, Scope
from tests.runtime.filling import Filling
from tests.runtime.workload import digest, trace_of

ROOT = Path(__file__).parents[2]


def test_ready_tasks_run_first_in_first_out(virtual: Filling) -> None:
    """Started tasks run in the order of their start, each up to its next wait."""

    async def main(rt: Runtime) -> str:
        trace: list[str] = []

        async def talk(name: str) -> None:
            for _ in range(3):
                trace.append(name)
                await rt.checkpoint()

        async with rt.nursery() as nursery:
            for name in "abc":
                nursery.start_soon(talk, name)
            trace.append("-")
            await rt.sleep(0)
            trace.append("-")
        return "".join(trace)

    assert virtual.run(main) == "-abc-abcabc"


def test_event_wakes_in_order_of_arrival_at_the_moment_it_is_set(virtual: Filling) -> None:
    """Waiters queue before whatever is started or woken later in the same step."""

    async def main(rt: Runtime) -> str:
        event, reply, mailbox, trace = rt.event(), rt.reply(), rt.mailbox(1, "m"), list[str]()

        async def wait(name: str, delay_s: float) -> None:
            await rt.sleep(delay_s)
            await event.wait()
            trace.append(name)

        async def listen() -> None:
            await reply.wait()
            trace.append("r")

        async def read() -> None:
            await mailbox.get()
            trace.append("m")

        async def note(name: str) -> None:
            trace.append(name)

        async with rt.nursery() as nursery:
            nursery.start_soon(wait, "c", 3)
            nursery.start_soon(wait, "a", 1)
            nursery.start_soon(wait, "b", 2)
            nursery.start_soon(listen)
            nursery.start_soon(read)
            await rt.sleep(5)
            nursery.start_soon(note, "1")
            mailbox.put(1)
            event.set()
            nursery.start_soon(note, "2")
            reply.set(1)
        return "".join(trace)

    assert virtual.run(main) == "1mabc2r"


def test_timers_of_one_instant_fire_one_at_a_time_in_order_of_setting(virtual: Filling) -> None:
    """What a timer wakes runs to quiescence before the next timer of the same instant."""

    async def main(rt: Runtime) -> list[str]:
        trace: list[str] = []

        async def sleep(name: str, before_s: float, seconds: float) -> None:
            await rt.sleep(before_s)
            await rt.sleep(seconds)
            trace.append(f"{name} {rt.now() - start_s:g}")
            await rt.checkpoint()
            trace.append(f"{name} again")

        start_s = rt.now()
        async with rt.nursery() as nursery:
            nursery.start_soon(sleep, "late", 2, 1)
            nursery.start_soon(sleep, "early", 0, 3)
            nursery.start_soon(sleep, "middle", 1, 2)
        return trace

    assert virtual.run(main) == [
        "early 3", "early again", "middle 3", "middle again", "late 3", "late again",
    ]  # fmt: skip


def test_deadline_and_sleep_of_one_instant_keep_their_order(virtual: Filling) -> None:
    """The timer that was set first wins: a deadline cuts, or the sleep ends in time."""

    async def main(rt: Runtime) -> list[bool]:
        with rt.scope(5) as before:
            await rt.sleep(5)
        scope = rt.scope(3)

        async def sleep() -> None:
            await rt.sleep(2)
            with scope:
                await rt.event().wait()

        async with rt.nursery() as nursery:
            nursery.start_soon(sleep)
            await rt.sleep(5)
            after = scope.cancelled
        return [before.cancelled, after, scope.cancelled]

    assert virtual.run(main) == [True, False, True]


def test_cancelling_wakes_in_order_of_birth(virtual: Filling) -> None:
    """Whatever the tasks wait on, and however deep they are, the oldest is woken first."""

    async def main(rt: Runtime) -> list[int]:
        event, mailbox, reply = rt.event(), rt.mailbox(1, "m"), rt.reply()
        woken: list[int] = []

        async def wait(number: int) -> None:
            try:
                if number < 9:
                    async with rt.nursery() as inner:
                        inner.start_soon(wait, number + 3)
                        await rt.sleep(number % 3)
                        await (event.wait, rt.event().wait, event.wait)[number % 3]()
                elif number < 11:
                    await (mailbox.get, reply.wait)[number % 2]()
                else:
                    await rt.sleep(100)
            except BaseException:
                woken.append(number)
                raise

        with rt.scope(50):
            async with rt.nursery() as nursery:
                for number in range(3):
                    nursery.start_soon(wait, number)
        return woken

    assert virtual.run(main) == [9, 10, 11, 6, 7, 8, 3, 4, 5, 0, 1, 2]


def test_leaves_of_one_cancellation_run_by_birth_before_later_wakes(virtual: Filling) -> None:
    """The tasks are queued at the moment of cancelling, ahead of what the same step wakes after."""

    async def main(rt: Runtime) -> str:
        bell, trace = rt.event(), list[str]()

        async def wait(name: str) -> None:
            try:
                await rt.sleep(10 - ord(name) % 7)
                await rt.event().wait()
            finally:
                trace.append(name)

        async def listen() -> None:
            await bell.wait()
            trace.append("!")

        async with rt.nursery() as outer:
            outer.start_soon(listen)
            async with rt.nursery() as nursery:
                for name in "abcdefgh":
                    nursery.start_soon(wait, name)
                await rt.sleep(20)
                nursery.cancel()
                bell.set()
        return "".join(trace)

    assert virtual.run(main) == "abcdefgh!"


def test_what_a_nursery_absorbs_is_settled_when_it_closes(virtual: Filling) -> None:
    """A cancellation from outside that comes after the last task ended does not reopen it."""

    async def main(rt: Runtime) -> list[str]:
        trace: list[str] = []

        async def spoil(inner: Nursery, outer: Scope) -> None:
            await rt.sleep(1)
            inner.cancel()
            await rt.checkpoint()
            outer.cancel()

        async with rt.nursery() as spoilers:
            with rt.scope() as outer:
                async with rt.nursery() as inner:
                    inner.start_soon(rt.event().wait)
                    spoilers.start_soon(spoil, inner, outer)
                trace.append("after")
            trace.append(str(outer.cancelled))
        return trace

    assert virtual.run(main) == ["after", "False"]


def test_opener_of_a_nursery_queues_when_its_last_task_ends(virtual: Filling) -> None:
    """It runs after what was ready then, and before what is woken later."""

    async def main(rt: Runtime) -> str:
        trace: list[str] = []

        async def talk(name: str, times: int) -> None:
            for _ in range(times):
                await rt.checkpoint()
                trace.append(name)

        async with rt.nursery() as outer:
            outer.start_soon(talk, "a", 3)
            async with rt.nursery() as inner:
                inner.start_soon(talk, "b", 1)
            trace.append("|")
        return "".join(trace)

    assert virtual.run(main) == "aba|a"


def test_cleared_timers_do_not_move_time(virtual: Filling) -> None:
    """Neither a deadline that was kept nor a sleep that was cut leaves a trace in time."""

    async def main(rt: Runtime) -> float:
        start_s = rt.now()
        with rt.scope(1000):
            await rt.sleep(1)
        with rt.scope(1):
            await rt.sleep(500)
        await rt.sleep(1)
        return rt.now() - start_s

    assert virtual.run(main) == 3.0


@pytest.mark.parametrize("seed", range(50))
def test_both_fillings_follow_one_schedule(seed: int) -> None:
    """A random crowd does the same things at the same times on the kernel and on trio."""
    assert trace_of("kernel", seed) == trace_of("trio-virtual", seed)


def test_crowds_are_worth_comparing() -> None:
    """The traces differ between seeds and show every kind of thing that can happen."""
    traces = [trace_of("kernel", seed) for seed in range(50)]
    assert len({tuple(trace) for trace in traces}) == 50
    lines = [line for trace in traces for line in trace]
    for sign in ("cut", "done", "serves", "fails", "mourns", "hears the bell", "tidied in part"):
        assert any(sign in line for line in lines), sign


def test_schedule_does_not_depend_on_the_process() -> None:
    """Processes with different hash seeds write the same traces on both fillings."""
    source = "import sys; from tests.runtime.workload import digest; "
    source += "print(digest(sys.argv[1], range(10)))"
    digests = {digest("kernel", range(10))}
    for hash_seed in ("1", "2"):
        for name in ("kernel", "trio-virtual"):
            done = subprocess.run(
                [sys.executable, "-c", source, name],
                cwd=ROOT,
                env={**os.environ, "PYTHONHASHSEED": hash_seed},
                capture_output=True,
                text=True,
                check=True,
                timeout=60,
            )
            digests.add(done.stdout.strip())
    assert len(digests) == 1
