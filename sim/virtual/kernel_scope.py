"""Tasks of the kernel, and the scopes and nurseries that hold and cancel them."""

from collections import deque
from collections.abc import Awaitable, Callable, Coroutine, Generator
from types import CoroutineType, TracebackType, coroutine
from typing import Any, NoReturn, ParamSpec, Protocol, Self, TypeVar, Union, cast

from core.model import errors
from core.runtime import nursery_closed, task_name
from sim.virtual.timers import Timers

P = ParamSpec("P")
R = TypeVar("R")

# Trio's words, so that a journal that quotes them is the same on both.
FAILED = "Exceptions from Trio nursery"


class Cancelled(BaseException):
    """Raised at an await of a task whose scope was cancelled."""


def word(
    function: Callable[P, Generator[None, BaseException | None, R]],
) -> "Callable[P, CoroutineType[Any, Any, R]]":
    """Make a generator what `async def` makes: each bare `yield` parks the task until it is woken.

    The yield gives None, or the exception that the task must raise.
    """
    return cast("Callable[P, CoroutineType[Any, Any, R]]", coroutine(function))


class Waited(Protocol):
    """What a parked task waits on."""

    @property
    def label(self) -> str: ...
    def forget(self, task: "Task", /) -> None:
        """Stop counting on the task: it was cancelled."""
        ...


class Task:
    """A coroutine and its place in the tree; `on` is what it waits on and can be called off."""

    __slots__ = ("birth", "coroutine", "error", "name", "nursery", "on", "scope", "timer")

    def __init__(
        self, birth: int, name: str, steps: Coroutine[Any, Any, object], nursery: "KernelNursery"
    ) -> None:
        self.birth = birth
        self.name = name
        self.coroutine = steps
        self.nursery = nursery
        self.scope: KernelScope = nursery
        self.error: BaseException | None = None
        self.on: Waited | None = None
        self.timer = 0


class Schedule:
    """What all parts of a kernel share: the ready queue, the timers and the running task."""

    __slots__ = ("births", "current", "ready", "timers")
    current: Task

    def __init__(self, start_s: float) -> None:
        self.births = 0
        self.ready: deque[Task] = deque()
        self.timers: Timers[Union[Task, KernelScope]] = Timers(start_s)

    def wake(self, task: Task, error: BaseException | None = None) -> None:
        """Append a parked task to the ready queue; `error` is raised where it waits."""
        task.on = None
        task.error = error
        self.ready.append(task)


class KernelScope:
    """Fills `core.runtime.Scope`.

    `effective` says that awaits inside raise: it, or a scope around it, is cancelled.
    """

    __slots__ = (
        "called",
        "cancelled",
        "effective",
        "owner",
        "parent",
        "schedule",
        "seconds",
        "shielded",
        "timer",
    )
    parent: "KernelScope"

    def __init__(
        self, schedule: Schedule, seconds: float | None = None, *, shielded: bool = False
    ) -> None:
        self.schedule = schedule
        self.seconds = seconds
        self.shielded = shielded
        self.called = False
        self.cancelled = False
        self.effective = False
        self.owner: Task | None = None
        self.timer = 0

    def cancel(self) -> None:
        """Cancel what runs inside; again, or after the end, it does nothing."""
        if not self.called:
            self.called = True
            if self.owner is not None and not self.effective:
                _interrupt(self, self.owner)

    def __enter__(self) -> Self:
        self.enter()
        if self.seconds is not None:
            if self.seconds > 0:
                self.schedule.timers.set(self, self.seconds)
            else:
                self.cancel()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> bool:
        rest = self.leave(error)
        if rest is error:
            return False
        if rest is not None:
            _raise_as_it_is(rest)
        return True

    def enter(self) -> None:
        """Become the innermost scope of the running task."""
        self.owner = owner = self.schedule.current
        self.parent = parent = owner.scope
        self.effective = self.called or (parent.effective and not self.shielded)
        owner.scope = self

    def leave(self, error: BaseException | None) -> BaseException | None:
        """Give the owner back to the scope around; what is left of `error` when ours is absorbed.

        A cancellation is ours if we are cancelled and nothing around us is.
        """
        owner, parent = self.owner, self.parent
        if owner is None or owner.scope is not self:
            raise errors.Internal(
                "a scope was left out of order",
                object="runtime",
                hint="enter scopes and nurseries with blocks, and do not yield inside them",
            )
        owner.scope = parent
        self.owner = None
        if self.timer:
            self.schedule.timers.forget(self)
        if error is None or not self.effective or (parent.effective and not self.shielded):
            return error
        return self._absorb(error)

    def _absorb(self, error: BaseException) -> BaseException | None:
        if isinstance(error, Cancelled):
            self.cancelled = True
            return None
        if isinstance(error, BaseExceptionGroup):
            ours, rest = cast("BaseExceptionGroup[BaseException]", error).split(Cancelled)
            self.cancelled = ours is not None
            return rest
        return error


class KernelNursery(KernelScope):
    """Fills `core.runtime.Nursery`: a scope that holds tasks, and the block that waits for them."""

    __slots__ = ("closed", "failure", "failures", "tasks", "waiting")

    def __init__(self, schedule: Schedule) -> None:
        super().__init__(schedule)
        self.tasks: dict[Task, None] = {}
        self.failures: list[BaseException] = []
        self.failure: BaseException | None = None
        self.waiting = False
        self.closed = False

    def start_soon(self, function: Callable[..., Awaitable[Any]], *args: Any) -> None:
        """Start a task; raises `errors.Internal` once the block has ended."""
        if self.closed:
            raise nursery_closed(function)
        steps = function(*args)
        schedule = self.schedule
        schedule.births = birth = schedule.births + 1
        task = Task(birth, task_name(function), _as_coroutine(steps), self)
        self.tasks[task] = None
        schedule.ready.append(task)

    async def __aenter__(self) -> Self:
        self.enter()
        return self

    @word
    def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> Generator[None, BaseException | None, bool]:
        if kind is GeneratorExit:
            return False
        if error is not None:
            self.failures.append(error)
            self.cancel()
        self.waiting = True
        if not self.tasks:
            self._close()
        yield
        failure, self.failure = self.failure, None
        if failure is not None:
            _raise_as_it_is(failure)
        return True

    def end(self, task: Task, error: BaseException | None) -> None:
        """Take note that a task has ended; the last one closes the nursery."""
        del self.tasks[task]
        if error is not None:
            self.failures.append(error)
            self.cancel()
        if self.waiting and not self.tasks:
            self._close()

    def _close(self) -> None:
        owner = self.owner
        error = BaseExceptionGroup(FAILED, self.failures) if self.failures else None
        self.failures = []
        self.failure = self.leave(error)
        self.closed = True
        if owner is not None:
            self.schedule.ready.append(owner)


def _interrupt(scope: KernelScope, owner: Task) -> None:
    """Mark `scope` and all inside it as cancelled; wake the tasks there in order of birth."""
    woken: list[Task] = []
    reached: list[tuple[Task, KernelScope]] = []
    _mark(scope, reached)
    reached.append((owner, scope))
    while reached:
        task, top = reached.pop()
        if _mark_path(task, top, reached) and task.on is not None:
            woken.append(task)
    woken.sort(key=_birth)
    for task in woken:
        if task.on is not None:
            task.on.forget(task)
        scope.schedule.wake(task, Cancelled())


def _mark_path(task: Task, top: KernelScope, reached: list[tuple[Task, KernelScope]]) -> bool:
    """Mark the scopes of `task` inside `top`; False if a shield, or an earlier mark, stops it."""
    path: list[KernelScope] = []
    scope = task.scope
    while scope is not top:
        path.append(scope)
        scope = scope.parent
    for inner in reversed(path):
        if inner.shielded or inner.effective:
            return False
        _mark(inner, reached)
    return True


def _mark(scope: KernelScope, reached: list[tuple[Task, KernelScope]]) -> None:
    scope.effective = True
    if isinstance(scope, KernelNursery):
        reached.extend((task, scope) for task in scope.tasks)


def _birth(task: Task) -> int:
    return task.birth


def _as_coroutine(steps: Awaitable[Any]) -> Coroutine[Any, Any, object]:
    if type(steps) is CoroutineType:
        return cast("Coroutine[Any, Any, object]", steps)
    return _await(steps)


async def _await(steps: Awaitable[Any]) -> None:
    await steps


def _raise_as_it_is(error: BaseException) -> NoReturn:
    """Raise `error` without making what is being handled its context: it is a part of that."""
    context = error.__context__
    try:
        raise error
    finally:
        error.__context__ = context
        del error
