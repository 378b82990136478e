"""A small deterministic scheduler on virtual time: the lab's filling of core.runtime.

The order in which things happen is a rule, not an accident. `sim.virtual.clock` follows the same
rule on trio, so a journal made from one seed is the same on both (tests/runtime/test_order.py):

1. There is one ready queue, first in first out. A task runs from one await that must wait to the
   next; then the next task in the queue runs.
2. Whatever wakes a task appends it to the queue at that very moment: an event is set (its waiters
   in the order in which they came), a reply is given, mail arrives, a task is started, a timer
   fires. `checkpoint` and `sleep(0)` append the running task itself.
3. Timers fire only when the queue is empty, one at a time, in order of (time, serial number);
   sleeping and entering a scope with a deadline draw the next serial number. Time moves on only
   then. A deadline that fires cancels its scope.
4. Cancelling a scope wakes the tasks that wait inside it at once, in order of birth. A task that
   is in the queue already keeps its place and what it was woken with; it meets the cancellation
   at its next await, which raises without giving way.
5. A nursery closes at the moment when its body and its last task have ended: there its failures
   are gathered and it is settled which cancellation it absorbs; then the task that opened it is
   appended. Failures are gathered in the order in which they happened; each one first cancels
   the nursery.
6. If the queue is empty and no timer is set, the run is deadlocked: every waiting task is thrown
   `Stuck`, in order of birth, and the run ends with an error that names them.
"""

from collections.abc import Awaitable, Callable, Generator, Iterator
from typing import TypeVar, TypeVarTuple, Unpack

from core.model import errors
from core.runtime import Runtime, task_name
from sim.virtual.deadlock import Stuck, deadlock
from sim.virtual.kernel_scope import Cancelled, KernelNursery, KernelScope, Schedule, Task, word
from sim.virtual.kernel_words import KernelEvent, KernelMailbox, KernelReply

T = TypeVar("T")
Ts = TypeVarTuple("Ts")


class Kernel(Schedule):
    """Fills `core.runtime.Runtime` on virtual time; runs once.

    It has no selector, no threads and no context variables.
    """

    __slots__ = ("_deadlock", "_root")

    def __init__(self, *, start_s: float) -> None:
        super().__init__(start_s)
        self._root = KernelNursery(self)
        self._deadlock: errors.Internal | None = None

    def now(self) -> float:
        """Virtual seconds since the Unix epoch."""
        return self.timers.now_s

    @word
    def sleep(self, seconds: float) -> Generator[None, BaseException | None, None]:
        """Wait that long; zero or less only gives way to others."""
        task = self.current
        if task.scope.effective:
            raise Cancelled
        if seconds > 0:
            task.on = self.timers
            self.timers.set(task, seconds)
        else:
            self.ready.append(task)
        error = yield
        if error is not None:
            raise error

    @word
    def checkpoint(self) -> Generator[None, BaseException | None, None]:
        """Give way to every task that is ready."""
        task = self.current
        if task.scope.effective:
            raise Cancelled
        self.ready.append(task)
        yield

    def event(self) -> KernelEvent:
        """A new event."""
        return KernelEvent(self)

    def reply(self) -> KernelReply:
        """A new reply."""
        return KernelReply(self)

    def mailbox(self, limit: int, name: str) -> KernelMailbox:
        """A new mailbox for at most `limit` items."""
        return KernelMailbox(self, limit, name)

    def nursery(self) -> KernelNursery:
        """A new nursery, to be entered with `async with`."""
        return KernelNursery(self)

    def scope(self, seconds: float | None = None) -> KernelScope:
        """A new cancel scope, with a deadline if `seconds` is given."""
        return KernelScope(self, seconds)

    def shield(self, seconds: float | None = None) -> KernelScope:
        """A new cancel scope that cancellation from outside does not reach into."""
        return KernelScope(self, seconds, shielded=True)

    def run(self, function: Callable[[Runtime, Unpack[Ts]], Awaitable[T]], *args: *Ts) -> T:
        """Run `function(kernel, *args)` to its end and return its value, or raise its error.

        Raises `errors.Internal` when all tasks wait for one another.
        """
        values: list[T] = []

        async def main() -> None:
            values.append(await function(self, *args))

        self._root.tasks[Task(0, task_name(function), main(), self._root)] = None
        self.ready.extend(self._root.tasks)
        self._loop()
        if self._deadlock is not None:
            raise self._deadlock
        for failure in self._root.failures:
            raise failure
        return values[0]

    def _loop(self) -> None:
        ready, unfinished = self.ready, self._root.tasks
        while unfinished:
            if not ready:
                self._next_timer()
                continue
            self.current = task = ready.popleft()
            error = task.error
            task.error = None
            try:
                task.coroutine.send(error)
            except StopIteration:
                task.nursery.end(task, None)
            except BaseException as failure:  # noqa: BLE001 - it is the nursery's to judge
                task.nursery.end(task, failure)

    def _next_timer(self) -> None:
        target = self.timers.pop()
        if target is None:
            self._unwind()
        elif isinstance(target, Task):
            self.wake(target)
        else:
            target.cancel()

    def _unwind(self) -> None:
        waiting = sorted(self._waiting(), key=lambda task: task.birth)
        if self._deadlock is None:
            self._deadlock = deadlock((task.birth, task.name, _label(task)) for task in waiting)
        for task in waiting:
            if task.on is not None:
                task.on.forget(task)
                self.wake(task, Stuck())

    def _waiting(self) -> Iterator[Task]:
        """Every task of the run, each before those in its nurseries."""
        found = list(self._root.tasks)
        for task in found:
            yield task
            scope = task.scope
            while scope is not task.nursery:
                if isinstance(scope, KernelNursery):
                    found.extend(scope.tasks)
                scope = scope.parent


def _label(task: Task) -> str:
    """What a parked task waits on; only the end of a nursery cannot be cancelled."""
    return "nursery" if task.on is None else task.on.label
