"""Events, replies and mailboxes of the kernel."""

from collections import deque
from collections.abc import Generator
from typing import Any

from core.runtime import mailbox_full, second_waiter
from sim.virtual.kernel_scope import Cancelled, Schedule, Task, word


class KernelEvent:
    """Fills `core.runtime.Event`."""

    __slots__ = ("_schedule", "_set", "_waiters")
    label = "event"

    def __init__(self, schedule: Schedule) -> None:
        self._schedule = schedule
        self._set = False
        self._waiters: dict[Task, None] | None = None

    def set(self) -> None:
        """Let all waiters go on, now and in future."""
        self._set = True
        if self._waiters is not None:
            waiters, self._waiters = self._waiters, None
            for task in waiters:
                self._schedule.wake(task)

    def is_set(self) -> bool:
        """Whether `set` was called."""
        return self._set

    @word
    def wait(self) -> Generator[None, BaseException | None, None]:
        """Wait until it is set."""
        task = self._schedule.current
        if task.scope.effective:
            raise Cancelled
        if not self._set:
            if self._waiters is None:
                self._waiters = {}
            self._waiters[task] = None
            task.on = self
            error = yield
            if error is not None:
                raise error

    def forget(self, task: Task) -> None:
        """Take a cancelled task from the waiters."""
        if self._waiters is not None:
            del self._waiters[task]


class KernelReply:
    """Fills `core.runtime.Reply`."""

    __slots__ = ("_done", "_error", "_schedule", "_value", "_waiter")
    label = "reply"

    def __init__(self, schedule: Schedule) -> None:
        self._schedule = schedule
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

    @word
    def wait(self) -> Generator[None, BaseException | None, Any]:
        """The answer; raises the error it failed with, or `errors.Internal` for a second waiter."""
        task = self._schedule.current
        if task.scope.effective:
            raise Cancelled
        if not self._done:
            if self._waiter is not None:
                raise second_waiter(self.label)
            self._waiter = task
            task.on = self
            error = yield
            if error is not None:
                raise error
        if self._error is not None:
            raise self._error
        return self._value

    def forget(self, _task: Task) -> None:
        """Let go of the cancelled waiter."""
        self._waiter = None

    def _finish(self) -> None:
        self._done = True
        waiter = self._waiter
        if waiter is not None:
            self._waiter = None
            self._schedule.wake(waiter)


class KernelMailbox:
    """Fills `core.runtime.Mailbox`."""

    __slots__ = ("_items", "_limit", "_receiver", "_schedule", "name")

    def __init__(self, schedule: Schedule, limit: int, name: str) -> None:
        self._schedule = schedule
        self._limit = limit
        self._items: deque[Any] = deque()
        self._receiver: Task | None = None
        self.name = name

    @property
    def label(self) -> str:
        """How errors and reports name it."""
        return f"mailbox/{self.name}"

    def put(self, item: Any) -> None:
        """Add `item` without waiting; raises `errors.Busy` when it is full."""
        if len(self._items) >= self._limit:
            raise mailbox_full(self.name, self._limit)
        self._items.append(item)
        receiver = self._receiver
        if receiver is not None:
            self._receiver = None
            self._schedule.wake(receiver)

    @word
    def get(self) -> Generator[None, BaseException | None, Any]:
        """The oldest item; raises `errors.Internal` if another task waits here already."""
        task = self._schedule.current
        if task.scope.effective:
            raise Cancelled
        while not self._items:
            if self._receiver is not None:
                raise second_waiter(self.label)
            self._receiver = task
            task.on = self
            error = yield
            if error is not None:
                raise error
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
