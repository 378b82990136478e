"""Cancellation, shields and deadlines, on all fillings."""

import pytest

from core.runtime import Runtime
from tests.runtime.filling import Filling, settle


def test_cancel_cuts_a_wait_short(filling: Filling) -> None:
    """A task that waits is interrupted, runs its cleanup, and its scope says so."""

    async def main(rt: Runtime) -> list[str]:
        scope, trace = rt.scope(), list[str]()

        async def wait() -> None:
            with scope:
                try:
                    await rt.event().wait()
                finally:
                    trace.append("cleanup")
            trace.append("on" if scope.cancelled else "never")

        async with rt.nursery() as nursery:
            nursery.start_soon(wait)
            await settle(rt)
            assert not scope.cancelled
            scope.cancel()
            scope.cancel()
        return trace

    assert filling.run(main) == ["cleanup", "on"]


def test_scope_that_ended_before_it_noticed_was_not_cancelled(filling: Filling) -> None:
    """Without an await after the cancellation, and after the end, nothing is cut short."""

    async def main(rt: Runtime) -> list[bool]:
        with rt.scope() as unnoticed:
            await rt.checkpoint()
            unnoticed.cancel()
        with rt.scope() as ended:
            await rt.checkpoint()
        ended.cancel()
        await rt.checkpoint()
        return [unnoticed.cancelled, ended.cancelled]

    assert filling.run(main) == [False, False]


def test_scope_cancelled_before_it_is_entered_cuts_the_first_wait(filling: Filling) -> None:
    """A cancellation that came early is met inside."""

    async def main(rt: Runtime) -> bool:
        scope = rt.scope()
        scope.cancel()
        with scope:
            await rt.checkpoint()
        return scope.cancelled

    assert filling.run(main)


def test_outer_cancellation_is_not_absorbed_inside(filling: Filling) -> None:
    """The inner scope lets a cancellation of the outer pass, even if it is cancelled as well."""

    async def main(rt: Runtime) -> list[bool]:
        with rt.scope() as outer, rt.scope() as inner:
            inner.cancel()
            outer.cancel()
            await rt.checkpoint()
        with rt.scope() as calm:
            with rt.scope() as cut:
                cut.cancel()
                await rt.checkpoint()
            await rt.checkpoint()
        return [inner.cancelled, outer.cancelled, cut.cancelled, calm.cancelled]

    assert filling.run(main) == [False, True, True, False]


def test_cancellation_is_not_an_exception(filling: Filling) -> None:
    """`except Exception` lets it pass; it is met again at each await until the scope is left."""

    async def main(rt: Runtime) -> list[str]:
        trace: list[str] = []
        with rt.scope() as scope:
            scope.cancel()
            try:
                await rt.checkpoint()
            except Exception:  # noqa: BLE001 - the claim is that it does not catch this
                trace.append("caught")
            finally:
                try:
                    await rt.checkpoint()
                finally:
                    trace.append("again")
        return trace

    assert filling.run(main) == ["again"]


def test_cancelled_actor_stops_although_it_catches_every_exception(filling: Filling) -> None:
    """A loop that survives every failure of its handler still ends when it is cancelled."""

    async def main(rt: Runtime) -> list[object]:
        mailbox, handled = rt.mailbox(10, "actor"), list[object]()

        async def serve() -> None:
            while True:
                try:
                    item = await mailbox.get()
                    await rt.checkpoint()
                    handled.append(10 // item)
                except Exception as error:  # noqa: BLE001 - an actor outlives its handler
                    handled.append(type(error))

        async with rt.nursery() as nursery:
            nursery.start_soon(serve)
            for item in (1, 0, 5):
                mailbox.put(item)
            await settle(rt)
            nursery.cancel()
        return handled

    assert filling.run(main) == [10, ZeroDivisionError, 2]


def test_shield_holds_cancellation_off(filling: Filling) -> None:
    """Inside a shield all waits work; the cancellation is met at the first await after it."""

    async def main(rt: Runtime) -> list[str]:
        trace: list[str] = []

        async def tidy() -> None:
            try:
                await rt.event().wait()
            finally:
                with rt.shield() as shield:
                    await rt.sleep(filling.tick_s)
                    await rt.checkpoint()
                    trace.append("tidied")
                trace.append(f"cut {shield.cancelled}")
                await rt.checkpoint()
                trace.append("never")

        async with rt.nursery() as nursery:
            nursery.start_soon(tidy)
            await settle(rt)
            nursery.cancel()
        return trace

    assert filling.run(main) == ["tidied", "cut False"]


def test_cancelling_around_a_waiting_shield_does_not_wake_it(filling: Filling) -> None:
    """A task that waits in a shield when the cancellation comes waits on, with all its tasks."""

    async def main(rt: Runtime) -> list[str]:
        go, trace = rt.event(), list[str]()

        async def child() -> None:
            await go.wait()
            trace.append("child")

        async def parent() -> None:
            with rt.shield():
                async with rt.nursery() as inner:
                    inner.start_soon(child)
                    await go.wait()
                    trace.append("parent")
            await rt.checkpoint()
            trace.append("never")

        async with rt.nursery() as nursery:
            nursery.start_soon(parent)
            await settle(rt)
            nursery.cancel()
            with rt.shield():
                await settle(rt)
            assert not trace
            go.set()
        return sorted(trace)

    assert filling.run(main) == ["child", "parent"]


def test_shield_can_be_cancelled_itself(filling: Filling) -> None:
    """A shield stops what comes from outside, not its own cancellation or deadline."""

    async def main(rt: Runtime) -> list[bool]:
        with rt.scope() as outer:
            outer.cancel()
            with rt.shield() as shield:
                shield.cancel()
                await rt.event().wait()
            with rt.shield(filling.tick_s) as timed:
                await rt.event().wait()
            with rt.shield():
                await rt.checkpoint()
                with rt.scope() as inner:
                    inner.cancel()
                    await rt.checkpoint()
        return [shield.cancelled, timed.cancelled, inner.cancelled, outer.cancelled]

    assert filling.run(main) == [True, True, True, False]


def test_deadline_cuts_short_and_a_kept_one_does_not(filling: Filling) -> None:
    """A wait longer than its deadline is cut; a shorter one, and what follows it, is not."""

    async def main(rt: Runtime) -> list[bool]:
        with rt.scope(filling.tick_s) as late:
            await rt.sleep(filling.tick_s * 10_000)
        with rt.scope(filling.tick_s * 10_000) as kept:
            await rt.sleep(filling.tick_s)
        with rt.scope(filling.tick_s) as forgotten:
            pass
        await rt.sleep(filling.tick_s * 2)
        return [late.cancelled, kept.cancelled, forgotten.cancelled]

    assert filling.run(main) == [True, False, False]


@pytest.mark.parametrize("seconds", [0.0, -1.0])
def test_deadline_of_nothing_cuts_the_first_wait(filling: Filling, seconds: float) -> None:
    """A scope of no time lets code run to its first await."""

    async def main(rt: Runtime) -> list[object]:
        trace: list[object] = []
        with rt.scope(seconds) as scope:
            trace.append("ran")
            await rt.checkpoint()
            trace.append("never")
        return [*trace, scope.cancelled]

    assert filling.run(main) == ["ran", True]


@pytest.mark.parametrize("outer_first", [True, False])
def test_nested_deadlines(filling: Filling, outer_first: bool) -> None:
    """The deadline that comes first cuts its own scope, whichever of the two it is."""
    early_s, late_s = filling.tick_s, filling.tick_s * 10_000

    async def main(rt: Runtime) -> list[bool]:
        with rt.scope(early_s if outer_first else late_s) as outer:
            with rt.scope(late_s if outer_first else early_s) as inner:
                await rt.event().wait()
            await rt.checkpoint()
        return [outer.cancelled, inner.cancelled]

    assert filling.run(main) == [outer_first, not outer_first]


def test_deadline_counts_from_entering(virtual: Filling) -> None:
    """A scope made long before it is entered has its whole time."""

    async def main(rt: Runtime) -> bool:
        scope = rt.scope(20)
        await rt.sleep(30)
        with scope:
            await rt.sleep(19)
        return scope.cancelled

    assert not virtual.run(main)


def test_endless_sleep_and_endless_scope_are_ended_by_cancelling(filling: Filling) -> None:
    """Infinity is a time like any other, which never comes."""

    async def main(rt: Runtime) -> list[bool]:
        with rt.scope(filling.tick_s) as outer, rt.scope(float("inf")) as inner:
            await rt.sleep(float("inf"))
        return [outer.cancelled, inner.cancelled]

    assert filling.run(main) == [True, False]


def test_cancelling_reaches_tasks_at_any_depth(filling: Filling) -> None:
    """Tasks of nurseries in tasks of nurseries inside the scope end; others do not."""

    async def main(rt: Runtime) -> tuple[list[int], bool]:
        ended: list[int] = []
        stop = rt.event()

        async def grow(depth: int) -> None:
            try:
                async with rt.nursery() as nursery:
                    if depth:
                        nursery.start_soon(grow, depth - 1)
                    await rt.event().wait()
            finally:
                ended.append(depth)

        async with rt.nursery() as outside:
            outside.start_soon(stop.wait)
            with rt.scope() as scope:
                async with rt.nursery() as inside:
                    inside.start_soon(grow, 3)
                    await settle(rt)
                    scope.cancel()
            alive = not stop.is_set()
            stop.set()
        assert scope.cancelled
        return ended, alive

    assert filling.run(main) == ([0, 1, 2, 3], True)


def test_failure_beside_cancellations_leaves_the_scope_alone(filling: Filling) -> None:
    """A scope takes the cancellations out of a group and lets the failure pass."""

    async def main(rt: Runtime) -> None:
        scope = rt.scope()

        async def wait() -> None:
            await rt.event().wait()

        async def fail() -> None:
            try:
                await rt.event().wait()
            finally:
                raise ValueError

        async def block() -> None:
            with scope:
                async with rt.nursery() as nursery:
                    nursery.start_soon(wait)
                    nursery.start_soon(fail)
                    await settle(rt)
                    scope.cancel()

        with pytest.raises(ExceptionGroup) as caught:
            await block()
        assert scope.cancelled
        assert [type(error) for error in caught.value.exceptions] == [ValueError]

    filling.run(main)
