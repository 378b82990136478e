"""Runs on virtual time in which nothing can happen any more."""

import pytest

from core.model import errors
from core.runtime import Runtime
from sim.virtual.run import START_S
from tests.runtime.filling import Filling


def test_deadlock_names_who_waits_on_what(virtual: Filling) -> None:
    """The error lists every waiting task, oldest first, with the word that it waits on."""

    async def reader(rt: Runtime) -> None:
        await rt.mailbox(1, "orders").get()

    async def asker(rt: Runtime) -> None:
        await rt.reply().wait()

    async def main(rt: Runtime) -> None:
        async with rt.nursery() as nursery:
            nursery.start_soon(reader, rt)
            async with rt.nursery() as inner:
                inner.start_soon(asker, rt)
                await rt.sleep(float("inf"))

    with pytest.raises(errors.Internal) as stop:
        virtual.run(main)
    name = "test_deadlock_names_who_waits_on_what.<locals>."
    assert stop.value.message.endswith(
        f"waiting: {name}main#0 on timer, {name}reader#1 on mailbox/orders, {name}asker#2 on reply"
    )
    assert stop.value.hint


def test_deadlock_names_the_end_of_a_nursery(virtual: Filling) -> None:
    """A task that waits for its tasks is listed as waiting on its nursery."""

    async def main(rt: Runtime) -> None:
        async with rt.nursery() as nursery:
            nursery.start_soon(rt.event().wait)

    with pytest.raises(errors.Internal, match=r"main#0 on nursery, \S+wait#1 on event"):
        virtual.run(main)


def test_deadlocked_tasks_are_unwound_even_through_shields(virtual: Filling) -> None:
    """Cleanup runs, may sleep, and may deadlock again; the first report is what comes out."""
    trace: list[str] = []

    async def main(rt: Runtime) -> None:
        try:
            with rt.shield():
                await rt.event().wait()
        finally:
            with rt.shield():
                await rt.sleep(1)
                trace.append("tidied")
                try:
                    await rt.reply().wait()
                finally:
                    trace.append("out")

    with pytest.raises(errors.Internal, match="main#0 on event"):
        virtual.run(main)
    assert trace == ["tidied", "out"]


def test_deadlock_does_not_wait_for_deadlines_that_were_kept(virtual: Filling) -> None:
    """A scope that was left in time has no timer any more, so time stands still."""
    ends_s: list[float] = []

    async def main(rt: Runtime) -> None:
        with rt.scope(1000):
            await rt.checkpoint()
        try:
            await rt.event().wait()
        finally:
            ends_s.append(rt.now())

    with pytest.raises(errors.Internal, match="deadlock"):
        virtual.run(main)
    assert ends_s == [START_S]


def test_long_reports_are_cut(virtual: Filling) -> None:
    """With many waiting tasks the oldest are named and the others counted."""

    async def main(rt: Runtime) -> None:
        async with rt.nursery() as nursery:
            for _ in range(30):
                nursery.start_soon(rt.event().wait)

    with pytest.raises(errors.Internal, match="#19 on event and 11 more"):
        virtual.run(main)
