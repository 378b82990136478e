"""The dozen words of concurrency that core uses; core's only door to a scheduler.

Three fillings pass one conformance suite (tests/runtime): `core.trio_runtime` (production),
`sim.virtual.clock` (trio on virtual time), `sim.virtual.kernel` (virtual time, no selector).

What holds on all three:
- A function is async if and only if it can block, so the code between two awaits is never
  interrupted.
- Cancellation arrives as a BaseException at an await: `except Exception` never catches it. In a
  scope that is already cancelled every await of a word raises at once.
- A word that need not wait (a mailbox with mail, an event that is set) goes on without giving
  way to others; `checkpoint` and `sleep(0)` give way.
- A task that was woken gets what it was woken with, even if its scope is cancelled before it runs.
"""

from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from types import TracebackType
from typing import Any, Protocol, Self, TypeVar

from core.model import errors

T = TypeVar("T")


class Event(Protocol):
    """A flag that, once set, lets all its waiters go on, first come first."""

    def set(self) -> None: ...
    def is_set(self) -> bool: ...
    async def wait(self) -> None: ...


class Reply(Protocol[T]):
    """A one-shot answer: set or failed once (later calls are ignored), awaited by at most one task.

    A cancelled waiter leaves it as it was: it can still be set, and be awaited again.
    """

    def set(self, value: T) -> None: ...
    def fail(self, error: Exception) -> None: ...
    def is_done(self) -> bool: ...
    async def wait(self) -> T:
        """The value; raises the error it failed with, `errors.Internal` for a second waiter."""
        ...


class Mailbox(Protocol[T]):
    """A bounded first-in-first-out queue with many senders and one receiver."""

    def put(self, item: T) -> None:
        """Add `item` without waiting; raises `errors.Busy` when `limit` items are waiting."""
        ...

    async def get(self) -> T:
        """The oldest item; raises `errors.Internal` if another task is waiting here already."""
        ...

    def drain(self) -> list[T]:
        """Take out everything that is waiting."""
        ...

    def __len__(self) -> int: ...


class Scope(Protocol):
    """A span of code that can be cancelled; `cancelled` says, after it, whether it was cut short.

    It is so only if the scope absorbed a cancellation of its own: code that ended before it
    noticed was not cut short, and a cancellation from further out is not absorbed here.
    """

    @property
    def cancelled(self) -> bool: ...
    def cancel(self) -> None: ...
    def __enter__(self) -> Self: ...
    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> bool | None: ...


class Nursery(Protocol):
    """Holds tasks; its block ends when they have all ended; a failure cancels the others.

    Failures leave the block as an ExceptionGroup, as trio's strict groups do.
    """

    def start_soon(self, function: Callable[..., Awaitable[Any]], *args: Any) -> None:
        """Start a task; raises `errors.Internal` once the block has ended."""
        ...

    def cancel(self) -> None: ...


class Runtime(Protocol):
    """What a scheduler must offer. Times are in seconds; `now` counts from the Unix epoch."""

    def now(self) -> float: ...
    async def sleep(self, seconds: float) -> None:
        """Wait that long; zero or less only gives way to others."""
        ...

    async def checkpoint(self) -> None:
        """Give way to every task that is ready."""
        ...

    def event(self) -> Event: ...
    def reply(self) -> Reply[Any]: ...
    def mailbox(self, limit: int, name: str) -> Mailbox[Any]: ...
    def nursery(self) -> AbstractAsyncContextManager[Nursery]: ...
    def scope(self, seconds: float | None = None) -> Scope:
        """A cancel scope that, given `seconds`, cancels itself that long after it was entered."""
        ...

    def shield(self, seconds: float | None = None) -> Scope:
        """Like `scope`, but cancellation from outside waits until it is left: for cleaning up."""
        ...


def mailbox_full(name: str, limit: int) -> errors.Busy:
    """The refusal of a mailbox that holds `limit` items."""
    return errors.Busy(
        f"{limit} messages are waiting already",
        object=f"mailbox/{name}",
        hint="try again when the receiver has worked some of them off",
    )


def second_waiter(label: str) -> errors.Internal:
    """The refusal of a word that admits one waiting task only."""
    return errors.Internal(
        "another task is waiting here already",
        object=label,
        hint="let one task wait and hand on what it gets, or use an event",
    )


def nursery_closed(function: Callable[..., object]) -> errors.Internal:
    """The refusal of a nursery whose block has ended."""
    return errors.Internal(
        "the nursery has ended, so it takes no more tasks",
        object=f"task/{task_name(function)}",
        hint="start the task in a nursery that is still open",
    )


def task_name(function: Callable[..., object]) -> str:
    """What reports call a task that runs `function`."""
    name = getattr(function, "__qualname__", None)
    return name if isinstance(name, str) else type(function).__qualname__
