"""The runtime of production: core's words of concurrency on trio, in real time.

The three words that wait (event, reply, mailbox) know only how to park a task and how to wake it,
so that `sim.virtual.clock` runs the very same ones on virtual time.
"""

from collections import deque
from collections.abc import Awaitable, Callable
from math import inf
from types import TracebackType
from typing import Any, Protocol, Self

import trio
from trio.lowlevel import Abort, Task

from core.runtime import mailbox_full, nursery_closed, second_waiter


class Waited(Protocol):
    """What a parked task waits on."""

    @property
    def label(self) -> str: ...
    def forget(self, task: Task, /) -> None:
        """Stop counting on `task`: it was cancelled."""
        ...


class Parking(Protocol):
    """How the words below make a task wait and let it go on."""

    async def park(self, on: Waited) -> None: ...
    def wake(self, task: Task) -> None: ...


class TrioEvent:
    """Fills `core.runtime.Event`."""

    __slots__ = ("_parking", "_set", "_waiters")
    label = "event"

    def __init__(self, parking: Parking) -> None:
        self._parking = parking
        self._set = False
        self._waiters: dict[Task, None] = {}

    def set(self) -> None:
        """Let all waiters go on, now and in future."""
        self._set = True
        waiters, self._waiters = self._waiters, {}
        for task in waiters:
            self._parking.wake(task)

    def is_set(self) -> bool:
        """Whether `set` was called."""
        return self._set

    async def wait(self) -> None:
        """Wait until it is set."""
        await trio.lowlevel.checkpoint_if_cancelled()
        if not self._set:
            self._waiters[trio.lowlevel.current_task()] = None
            await self._parking.park(self)

    def forget(self, task: Task) -> None:
        """Take a cancelled task from the waiters."""
        del self._waiters[task]


class TrioReply:
    """Fills `core.runtime.Reply`."""

    __slots__ = ("_done", "_error", "_parking", "_value", "_waiter")
    label = "reply"

    def __init__(self, parking: Parking) -> None:
        self._parking = parking
        self._done = False
        self._error: Exception | None = None
        self._value: Any = None
        self._waiter: Task | None = None

    def set(self, value: Any) -> None:
        """Answer with `value`, unless it was answered before."""
        if not self._done:
            self._value = value
            self._finish()

    def fail(self, error: Exception) -> None:
        """Answer with `error`, unless it was answered before."""
        if not self._done:
            self._error = error
            self._finish()

    def is_done(self) -> bool:
        """Whether it was set or failed."""
        return self._done

    async def wait(self) -> Any:
        """The answer; raises the error it failed with, or `errors.Internal` for a second waiter."""
        await trio.lowlevel.checkpoint_if_cancelled()
        if not self._done:
            if self._waiter is not None:
                raise second_waiter(self.label)
            self._waiter = trio.lowlevel.current_task()
            await self._parking.park(self)
        if self._error is not None:
            raise self._error
        return self._value

    def forget(self, _task: Task) -> None:
        """Let go of the cancelled waiter."""
        self._waiter = None

    def _finish(self) -> None:
        self._done = True
        if self._waiter is not None:
            self._parking.wake(self._waiter)
            self._waiter = None


class TrioMailbox:
    """Fills `core.runtime.Mailbox`."""

    __slots__ = ("_items", "_limit", "_parking", "_receiver", "label", "name")

    def __init__(self, parking: Parking, limit: int, name: str) -> None:
        self._parking = parking
        self._limit = limit
        self._items: deque[Any] = deque()
        self._receiver: Task | None = None
        self.name = name
        self.label = f"mailbox/{name}"

    def put(self, item: Any) -> None:
        """Add `item` without waiting; raises `errors.Busy` when it is full."""
        if len(self._items) >= self._limit:
            raise mailbox_full(self.name, self._limit)
        self._items.append(item)
        if self._receiver is not None:
            self._parking.wake(self._receiver)
            self._receiver = None

    async def get(self) -> Any:
        """The oldest item; raises `errors.Internal` if another task waits here already."""
        await trio.lowlevel.checkpoint_if_cancelled()
        while not self._items:
            if self._receiver is not None:
                raise second_waiter(self.label)
            self._receiver = trio.lowlevel.current_task()
            await self._parking.park(self)
        return self._items.popleft()

    def drain(self) -> list[Any]:
        """Take out everything that is waiting."""
        items = list(self._items)
        self._items.clear()
        return items

    def forget(self, _task: Task) -> None:
        """Let go of the cancelled receiver."""
        self._receiver = None

    def __len__(self) -> int:
        return len(self._items)


class TrioScope:
    """Fills `core.runtime.Scope`; the deadline is counted by trio's clock."""

    __slots__ = ("_scope",)

    def __init__(self, seconds: float | None, *, shielded: bool) -> None:
        self._scope = trio.CancelScope(
            shield=shielded, relative_deadline=inf if seconds is None else max(0.0, seconds)
        )

    @property
    def cancelled(self) -> bool:
        """Whether the scope absorbed a cancellation of its own."""
        return self._scope.cancelled_caught

    def cancel(self) -> None:
        """Cancel what runs inside; again, or after the end, it does nothing."""
        self._scope.cancel()

    def __enter__(self) -> Self:
        self._scope.__enter__()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> bool | None:
        return self._scope.__exit__(kind, error, trace)


class TrioNursery:
    """Fills `core.runtime.Nursery`, and is the block that holds it."""

    __slots__ = ("_block", "_closed", "_nursery")

    def __init__(self) -> None:
        self._block = trio.open_nursery()
        self._closed = False

    def start_soon(self, function: Callable[..., Awaitable[Any]], *args: Any) -> None:
        """Start a task; raises `errors.Internal` once the block has ended."""
        if self._closed:
            raise nursery_closed(function)
        self._nursery.start_soon(function, *args)

    def cancel(self) -> None:
        """Cancel the body and all tasks."""
        self._nursery.cancel_scope.cancel()

    async def __aenter__(self) -> Self:
        self._nursery = await self._block.__aenter__()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> bool | None:
        try:
            return await self._block.__aexit__(kind, error, trace)
        finally:
            self._closed = True


class TrioRuntime:
    """Fills `core.runtime.Runtime` in real time; to be made inside `trio.run`.

    `start_s` is the wall clock at that moment, in seconds since the Unix epoch. From there on
    `now` follows trio's monotonic clock, so that it never goes back.
    """

    def __init__(self, *, start_s: float) -> None:
        self._offset_s = start_s - trio.current_time()

    def now(self) -> float:
        """Seconds since the Unix epoch."""
        return trio.current_time() + self._offset_s

    async def sleep(self, seconds: float) -> None:
        """Wait that long; zero or less only gives way to others."""
        await trio.sleep(max(0.0, seconds))

    async def checkpoint(self) -> None:
        """Give way to every task that is ready."""
        await trio.lowlevel.checkpoint()

    def event(self) -> TrioEvent:
        """A new event."""
        return TrioEvent(self)

    def reply(self) -> TrioReply:
        """A new reply."""
        return TrioReply(self)

    def mailbox(self, limit: int, name: str) -> TrioMailbox:
        """A new mailbox for at most `limit` items."""
        return TrioMailbox(self, limit, name)

    def nursery(self) -> TrioNursery:
        """A new nursery, to be entered with `async with`."""
        return TrioNursery()

    def scope(self, seconds: float | None = None) -> TrioScope:
        """A new cancel scope, with a deadline if `seconds` is given."""
        return TrioScope(seconds, shielded=False)

    def shield(self, seconds: float | None = None) -> TrioScope:
        """A new cancel scope that cancellation from outside does not reach into."""
        return TrioScope(seconds, shielded=True)

    async def park(self, on: Waited) -> None:
        """Let the running task wait on `on` until `wake` or a cancellation."""
        task = trio.lowlevel.current_task()

        def abort(_raise_cancel: object) -> Abort:
            on.forget(task)
            return Abort.SUCCEEDED

        await trio.lowlevel.wait_task_rescheduled(abort)

    def wake(self, task: Task) -> None:
        """Let a parked task go on."""
        trio.lowlevel.reschedule(task)
