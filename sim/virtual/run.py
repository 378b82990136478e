"""Run an async function on virtual time: one schedule, whatever the filling and the process."""

from collections.abc import Awaitable, Callable
from typing import TypeVar, TypeVarTuple, Unpack

from core.runtime import Runtime
from sim.virtual import clock
from sim.virtual.kernel import Kernel

T = TypeVar("T")
Ts = TypeVarTuple("Ts")

# 2026-01-01T00:00:00Z, when virtual time begins unless a run says otherwise.
START_S = 1_767_225_600.0


def run_kernel(
    function: Callable[[Runtime, Unpack[Ts]], Awaitable[T]],
    *args: *Ts,
    start_s: float = START_S,
) -> T:
    """Run `function(runtime, *args)` on the kernel; `start_s` counts from the Unix epoch.

    Returns its value or raises its error; raises `errors.Internal` if all its tasks wait for one
    another.
    """
    return Kernel(start_s=start_s).run(function, *args)


def run_trio(
    function: Callable[[Runtime, Unpack[Ts]], Awaitable[T]],
    *args: *Ts,
    start_s: float = START_S,
) -> T:
    """The same as `run_kernel` on trio's own scheduler, some ten times slower."""
    return clock.run(function, *args, start_s=start_s)
