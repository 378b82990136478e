"""One caller at a time passes for a name."""

import anyio
import anyio.lowlevel
import pytest

from drivers.turnstile import Turnstile

pytestmark = pytest.mark.anyio


async def test_callers_for_one_name_pass_one_by_one() -> None:
    """In the order in which they came, even when one of them fails."""
    turnstile = Turnstile()
    passed: list[str] = []

    async def caller(name: str) -> None:
        async with turnstile.pass_through("disk"):
            passed.append(f"{name} in")
            await anyio.lowlevel.checkpoint()
            passed.append(f"{name} out")

    with pytest.raises(ZeroDivisionError):
        async with turnstile.pass_through("disk"):
            _ = 1 / 0
    async with anyio.create_task_group() as group, turnstile.pass_through("disk"):
        for name in ("a", "b"):
            group.start_soon(caller, name)
            await anyio.wait_all_tasks_blocked()
        async with turnstile.pass_through("other"):
            assert passed == []
    assert passed == ["a in", "a out", "b in", "b out"]


async def test_a_cancelled_caller_does_not_bar_the_way() -> None:
    """Whether he waited or was inside."""
    turnstile = Turnstile()

    async def caller() -> None:
        async with turnstile.pass_through("disk"):
            await anyio.sleep_forever()

    async with anyio.create_task_group() as group:
        for _ in range(2):
            group.start_soon(caller)
        await anyio.wait_all_tasks_blocked()
        group.cancel_scope.cancel()
    with anyio.fail_after(5):
        async with turnstile.pass_through("disk"):
            pass
