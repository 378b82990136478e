"""The three fillings of core.runtime as the suite sees them."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Protocol, TypeVar

import trio

from core.runtime import Runtime
from core.trio_runtime import TrioRuntime
from sim.virtual.run import START_S, run_kernel, run_trio

T = TypeVar("T")


class Run(Protocol):
    """Runs an async function on a runtime, to its end."""

    def __call__(self, function: Callable[[Runtime], Awaitable[T]], /) -> T: ...


@dataclass(frozen=True, kw_only=True)
class Filling:
    """One filling; `tick_s` is a wait that is short for it."""

    name: str
    run: Run
    tick_s: float


def run_in_real_time(function: Callable[[Runtime], Awaitable[T]], /) -> T:
    """Run `function` in production's runtime."""

    async def main() -> T:
        return await function(TrioRuntime(start_s=START_S))

    return trio.run(main)


PRODUCTION = Filling(name="production", run=run_in_real_time, tick_s=0.003)
VIRTUAL = (
    Filling(name="trio-virtual", run=run_trio, tick_s=1.0),
    Filling(name="kernel", run=run_kernel, tick_s=1.0),
)


async def settle(rt: Runtime) -> None:
    """Give way often enough for every task to come to where it must wait."""
    for _ in range(10):
        await rt.checkpoint()
