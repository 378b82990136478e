"""Trio on virtual time: the real scheduler, run in the order that sim/virtual/kernel.py lays down.

Trio shuffles tasks that are ready together, so it never gets two: every task parks on a seat, and
whatever wakes it puts the seat into our own queue. Trio asks its clock how long to sleep only when
no task is ready; that is the moment when the clock hands it the next seat, or moves time on.
"""

from collections import deque
from collections.abc import Awaitable, Callable
from types import TracebackType
from typing import Any, Self, TypeVar, TypeVarTuple, Unpack

import outcome
import trio
from trio.lowlevel import Abort

from core.model import errors
from core.runtime import Runtime, nursery_closed, task_name
from core.trio_runtime import (
    TrioEvent,
    TrioMailbox,
    TrioNursery,
    TrioReply,
    TrioScope,
    Waited,
)
from sim.virtual.deadlock import Stuck, deadlock
from sim.virtual.timers import Timers

T = TypeVar("T")
Ts = TypeVarTuple("Ts")


class Seat:
    """A task's place in our queue; `on` is what it waits on and can be called off."""

    __slots__ = ("_aborted", "birth", "name", "on", "result", "task", "timer")
    task: trio.lowlevel.Task

    def __init__(self, birth: int, name: str, aborted: "list[Seat]") -> None:
        self.birth = birth
        self.name = name
        self.on: Waited | None = None
        self.result: outcome.Outcome[None] = outcome.Value(None)
        self.timer = 0
        self._aborted = aborted

    def abort(self, raise_cancel: Callable[[], None]) -> Abort:
        """Take note of a cancellation, unless the task is woken already; it comes by the queue."""
        if self.on is not None:
            self.on.forget(self.task)
            self.on = None
            self.result = outcome.capture(raise_cancel)
            self._aborted.append(self)
        return Abort.FAILED

    async def wait(self) -> None:
        """Park the running task, which is `task`."""
        await trio.lowlevel.wait_task_rescheduled(self.abort)


class VirtualScope(TrioScope):
    """Fills `core.runtime.Scope`; the deadline is one of our own timers."""

    __slots__ = ("_runtime", "_seconds", "timer")

    def __init__(self, runtime: "VirtualRuntime", seconds: float | None, *, shielded: bool) -> None:
        super().__init__(None, shielded=shielded)
        self._runtime = runtime
        self._seconds = seconds
        self.timer = 0

    def cancel(self) -> None:
        """Cancel what runs inside; again, or after the end, it does nothing."""
        super().cancel()
        self._runtime.flush()

    def __enter__(self) -> Self:
        super().__enter__()
        if self._seconds is not None:
            if self._seconds > 0:
                self._runtime.timers.set(self, self._seconds)
            else:
                self.cancel()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> bool | None:
        self._runtime.timers.forget(self)
        return super().__exit__(kind, error, trace)


class VirtualNursery(TrioNursery):
    """Fills `core.runtime.Nursery`; its tasks start, and its block ends, by our queue."""

    __slots__ = ("_runtime",)

    def __init__(self, runtime: "VirtualRuntime") -> None:
        super().__init__()
        self._runtime = runtime

    def start_soon(self, function: Callable[..., Awaitable[Any]], *args: Any) -> None:
        """Start a task; raises `errors.Internal` once the block has ended."""
        if self._closed:
            raise nursery_closed(function)
        steps = function(*args)
        self._nursery.start_soon(self._runtime.live, self._runtime.born(function), steps)

    def cancel(self) -> None:
        """Cancel the body and all tasks."""
        super().cancel()
        self._runtime.flush()

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> bool | None:
        try:
            return await super().__aexit__(kind, error, trace)
        finally:
            if kind is not GeneratorExit:
                await self._runtime.give_way()


class VirtualRuntime:
    """Fills `core.runtime.Runtime` on virtual time, on top of `trio.run`."""

    def __init__(self, *, start_s: float) -> None:
        self.timers: Timers[Seat | VirtualScope] = Timers(start_s)
        self.deadlock: errors.Internal | None = None
        self.label = self.timers.label
        self._births = -1
        self._ready: deque[Seat] = deque()
        self._aborted: list[Seat] = []
        self._seats: dict[trio.lowlevel.Task, Seat] = {}

    def now(self) -> float:
        """Virtual seconds since the Unix epoch."""
        return self.timers.now_s

    async def sleep(self, seconds: float) -> None:
        """Wait that long; zero or less only gives way to others."""
        await trio.lowlevel.checkpoint_if_cancelled()
        if seconds > 0:
            self.timers.set(self._seat(), seconds)
            await self.park(self)
        else:
            await self.give_way()

    async def checkpoint(self) -> None:
        """Give way to every task that is ready."""
        await trio.lowlevel.checkpoint_if_cancelled()
        await self.give_way()

    def event(self) -> TrioEvent:
        """A new event."""
        return TrioEvent(self)

    def reply(self) -> TrioReply:
        """A new reply."""
        return TrioReply(self)

    def mailbox(self, limit: int, name: str) -> TrioMailbox:
        """A new mailbox for at most `limit` items."""
        return TrioMailbox(self, limit, name)

    def nursery(self) -> VirtualNursery:
        """A new nursery, to be entered with `async with`."""
        return VirtualNursery(self)

    def scope(self, seconds: float | None = None) -> VirtualScope:
        """A new cancel scope, with a deadline if `seconds` is given."""
        return VirtualScope(self, seconds, shielded=False)

    def shield(self, seconds: float | None = None) -> VirtualScope:
        """A new cancel scope that cancellation from outside does not reach into."""
        return VirtualScope(self, seconds, shielded=True)

    async def park(self, on: Waited) -> None:
        """Let the running task wait on `on` until `wake` or a cancellation."""
        seat = self._seat()
        seat.on = on
        await seat.wait()

    def wake(self, task: trio.lowlevel.Task) -> None:
        """Let a parked task go on, after those that are in the queue."""
        self._append(self._seats[task])

    def forget(self, task: trio.lowlevel.Task) -> None:
        """Clear the timer of a sleeper that was cancelled."""
        self.timers.forget(self._seats[task])

    async def give_way(self) -> None:
        """Put the running task at the end of the queue; a cancellation does not reach it there."""
        seat = self._seat()
        self._append(seat)
        await seat.wait()

    def flush(self) -> None:
        """Put what one cancellation woke into the queue, in order of birth, not in trio's."""
        self._aborted.sort(key=_birth)
        self._ready.extend(self._aborted)
        self._aborted.clear()

    def born(self, function: Callable[..., object]) -> Seat:
        """A seat for a new task, at the end of the queue."""
        self._births += 1
        seat = Seat(self._births, task_name(function), self._aborted)
        self._append(seat)
        return seat

    async def live(self, seat: Seat, steps: Awaitable[T]) -> T:
        """The whole life of a task: take the seat, wait for its turn, run."""
        seat.task = trio.lowlevel.current_task()
        self._seats[seat.task] = seat
        await seat.wait()
        try:
            return await steps
        finally:
            del self._seats[seat.task]

    def advance(self) -> None:
        """Hand trio the one task whose turn it is; no task is ready there."""
        self.flush()
        while not self._ready and self._seats:
            self._next_timer()
        if self._ready:
            seat = self._ready.popleft()
            result, seat.result = seat.result, outcome.Value(None)
            trio.lowlevel.reschedule(seat.task, result)

    def _append(self, seat: Seat) -> None:
        seat.on = None
        self._ready.append(seat)

    def _seat(self) -> Seat:
        return self._seats[trio.lowlevel.current_task()]

    def _next_timer(self) -> None:
        target = self.timers.pop()
        if target is None:
            self._unwind()
        elif isinstance(target, Seat):
            self._append(target)
        else:
            target.cancel()

    def _unwind(self) -> None:
        waiting = sorted(self._seats.values(), key=_birth)
        if self.deadlock is None:
            self.deadlock = deadlock((seat.birth, seat.name, _label(seat)) for seat in waiting)
        for seat in waiting:
            if seat.on is not None:
                seat.on.forget(seat.task)
                seat.result = outcome.Error(Stuck())
                self._append(seat)


class VirtualClock(trio.abc.Clock):
    """Trio's clock in a virtual run, and the driver of that run."""

    def __init__(self, runtime: VirtualRuntime) -> None:
        self._runtime = runtime

    def start_clock(self) -> None:
        """Virtual time needs no start."""

    def current_time(self) -> float:
        """Virtual seconds since the Unix epoch."""
        return self._runtime.now()

    def deadline_to_sleep_time(self, deadline: float) -> float:
        """Called when no task is ready: make one ready, and sleep no real time."""
        self._runtime.advance()
        return 0.0


def run(
    function: Callable[[Runtime, Unpack[Ts]], Awaitable[T]],
    *args: *Ts,
    start_s: float,
) -> T:
    """Run `function(runtime, *args)` on trio, on virtual time, and return its value or raise.

    Raises `errors.Internal` when all tasks wait for one another.
    """
    runtime = VirtualRuntime(start_s=start_s)

    async def main() -> T:
        return await runtime.live(runtime.born(function), function(runtime, *args))

    try:
        value = trio.run(main, clock=VirtualClock(runtime))
    except BaseException:
        if runtime.deadlock is None:
            raise
    else:
        if runtime.deadlock is None:
            return value
    raise runtime.deadlock


def _birth(seat: Seat) -> int:
    return seat.birth


def _label(seat: Seat) -> str:
    return "nursery" if seat.on is None else seat.on.label
