"""Nurseries and their failures, on all fillings."""

import pytest

from core.model import errors
from core.runtime import Nursery, Runtime
from tests.runtime.filling import Filling, settle


async def fail_with(error: Exception) -> None:
    """A task that fails at once."""
    raise error


def test_block_ends_when_its_tasks_have_ended(filling: Filling) -> None:
    """Leaving the block waits for every task, also for those that tasks have started."""

    async def main(rt: Runtime) -> list[int]:
        ended: list[int] = []

        async def count_down(nursery: Nursery, number: int) -> None:
            await rt.sleep(filling.tick_s)
            if number:
                nursery.start_soon(count_down, nursery, number - 1)
            ended.append(number)

        async with rt.nursery() as nursery:
            nursery.start_soon(count_down, nursery, 3)
        return ended

    assert filling.run(main) == [3, 2, 1, 0]


def test_empty_block_ends_and_gives_its_value(filling: Filling) -> None:
    """A nursery without tasks is left at once, and `return` in it works."""

    async def main(rt: Runtime) -> int:
        async with rt.nursery():
            pass
        async with rt.nursery():
            return 5

    assert filling.run(main) == 5


def test_failure_of_a_task_cancels_the_others_and_leaves_as_a_group(filling: Filling) -> None:
    """Siblings and body are cut short; the failure comes out inside an ExceptionGroup."""

    async def main(rt: Runtime) -> list[str]:
        trace: list[str] = []

        async def wait(name: str) -> None:
            try:
                await rt.event().wait()
            finally:
                trace.append(name)

        async def block() -> None:
            async with rt.nursery() as nursery:
                nursery.start_soon(wait, "sibling")
                await settle(rt)
                nursery.start_soon(fail_with, errors.Conflict("no"))
                await wait("body")

        with pytest.raises(ExceptionGroup) as caught:
            await block()
        assert [str(error) for error in caught.value.exceptions] == ["no"]
        return sorted(trace)

    assert filling.run(main) == ["body", "sibling"]


def test_two_failures_come_out_together(filling: Filling) -> None:
    """Both tasks' errors are in the group."""

    async def main(rt: Runtime) -> None:
        async def block() -> None:
            async with rt.nursery() as nursery:
                nursery.start_soon(fail_with, ValueError("a"))
                nursery.start_soon(fail_with, KeyError("b"))

        with pytest.raises(ExceptionGroup) as caught:
            await block()
        assert {type(error) for error in caught.value.exceptions} == {ValueError, KeyError}

    filling.run(main)


def test_failing_body_cancels_the_tasks_and_comes_out_in_a_group(filling: Filling) -> None:
    """The body counts as one of the tasks."""

    async def main(rt: Runtime) -> list[str]:
        trace: list[str] = []

        async def wait() -> None:
            try:
                await rt.event().wait()
            finally:
                trace.append("cut")

        async def block() -> None:
            async with rt.nursery() as nursery:
                nursery.start_soon(wait)
                await settle(rt)
                raise ValueError

        with pytest.raises(ExceptionGroup) as caught:
            await block()
        assert [type(error) for error in caught.value.exceptions] == [ValueError]
        with pytest.raises(ExceptionGroup):
            async with rt.nursery():
                raise ValueError
        return trace

    assert filling.run(main) == ["cut"]


def test_nested_nurseries_nest_their_groups(filling: Filling) -> None:
    """Each nursery adds its own group, so `except*` sees through both."""

    async def main(rt: Runtime) -> list[str]:
        seen: list[str] = []

        async def inner() -> None:
            async with rt.nursery() as nursery:
                nursery.start_soon(fail_with, ValueError("deep"))

        try:
            async with rt.nursery() as nursery:
                nursery.start_soon(inner)
        except* ValueError as group:
            (child,) = group.exceptions
            assert isinstance(child, ExceptionGroup)
            seen.append(str(child.exceptions[0]))
        return seen

    assert filling.run(main) == ["deep"]


def test_failure_while_cancelled_is_not_lost(filling: Filling) -> None:
    """A cleanup that fails during a cancellation comes out; the cancellation itself does not."""

    async def main(rt: Runtime) -> None:
        async def wait() -> None:
            try:
                await rt.event().wait()
            finally:
                await fail_with(ValueError("cleanup"))

        async def block() -> None:
            async with rt.nursery() as nursery:
                nursery.start_soon(wait)
                nursery.start_soon(rt.event().wait)
                await settle(rt)
                nursery.cancel()

        with pytest.raises(ExceptionGroup) as caught:
            await block()
        assert [str(error) for error in caught.value.exceptions] == ["cleanup"]

    filling.run(main)


def test_cancelled_nursery_leaves_no_task_behind(filling: Filling) -> None:
    """When the block is left every task has ended, and the code after it is not cancelled."""

    async def main(rt: Runtime) -> int:
        alive: set[int] = set()

        async def live(number: int) -> None:
            alive.add(number)
            try:
                await rt.sleep(filling.tick_s * 10_000)
            finally:
                with rt.shield():
                    await rt.checkpoint()
                alive.discard(number)

        async with rt.nursery() as nursery:
            for number in range(20):
                nursery.start_soon(live, number)
            await settle(rt)
            assert len(alive) == 20
            nursery.cancel()
        left = len(alive)
        await rt.checkpoint()
        return left

    assert filling.run(main) == 0


def test_task_started_in_a_cancelled_nursery_runs_to_its_first_wait(filling: Filling) -> None:
    """It may take note that it was started, and is cut at its first await."""

    async def main(rt: Runtime) -> list[str]:
        trace: list[str] = []

        async def live() -> None:
            trace.append("born")
            await rt.checkpoint()
            trace.append("never")

        async with rt.nursery() as nursery:
            nursery.start_soon(live)
            nursery.cancel()
            nursery.start_soon(live)
        return trace

    assert filling.run(main) == ["born", "born"]


def test_ended_nursery_takes_no_more_tasks(filling: Filling) -> None:
    """Starting a task after the block was left is refused, naming the task."""

    async def main(rt: Runtime) -> None:
        async with rt.nursery() as nursery:
            pass
        with pytest.raises(errors.Internal) as refusal:
            nursery.start_soon(fail_with, ValueError("never"))
        assert refusal.value.object == "task/fail_with"
        nursery.cancel()
        await rt.checkpoint()

    filling.run(main)


def test_waiting_for_tasks_is_not_interrupted_but_they_are(filling: Filling) -> None:
    """A nursery at its end passes a cancellation from outside on to its tasks."""

    async def main(rt: Runtime) -> list[object]:
        trace: list[object] = []

        async def live() -> None:
            try:
                await rt.event().wait()
            finally:
                with rt.shield():
                    await settle(rt)
                trace.append("task")

        with rt.scope(filling.tick_s) as scope:
            try:
                async with rt.nursery() as nursery:
                    nursery.start_soon(live)
            finally:
                trace.append("block")
        return [*trace, scope.cancelled]

    assert filling.run(main) == ["task", "block", True]


def test_error_of_the_main_function_comes_out_as_it_is(filling: Filling) -> None:
    """Running adds no group of its own."""

    async def main(rt: Runtime) -> None:
        await rt.checkpoint()
        raise errors.NotFound("nothing", object="pool/1")

    with pytest.raises(errors.NotFound):
        filling.run(main)
