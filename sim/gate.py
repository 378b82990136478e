"""The one place that calls of simulated drivers pass; it costs nothing where nothing is to happen.

Calls go wrong here, and the world is told to be saved after those that changed something.
"""

from collections.abc import Awaitable, Callable, Coroutine, Sequence
from functools import partial, update_wrapper
from typing import Any, Final, Protocol, TypeVar, cast

from core.model import errors
from core.runtime import Runtime
from sim.spec import TIMED, FaultKind, FaultSpec

R = TypeVar("R")

LOOKS: Final = frozenset({"probe", "inspect", "verify_copy", "statistics", "list_objects", "read"})


class Gate:
    """Lets calls through, except where a row says otherwise; `spoil` spoils the next copy there.

    `changed`, if there is one, is awaited after each call that changed something, and before its
    answer is given or lost. A call that fails leaves nothing that need be known.
    """

    def __init__(
        self, faults: Sequence[FaultSpec], runtime: Runtime, spoil: Callable[[str], None]
    ) -> None:
        self._faults = [fault for fault in faults if fault.what not in TIMED]
        self._calls = [0] * len(self._faults)
        self._runtime = runtime
        self._spoil = spoil
        self.changed: Callable[[], Awaitable[None]] | None = None

    async def answer(
        self, where: str, action: str, call: "Callable[[], Coroutine[Any, Any, R]]"
    ) -> R:
        """What the call answers. Raises Unavailable when it is refused or its answer is lost."""
        due = self._due(where, action)
        if FaultKind.REFUSE in due:
            raise errors.Unavailable("no connection", object=where, hint="try again later")
        if FaultKind.CORRUPT in due:
            self._spoil(where)
        answer = await call()
        if self.changed is not None and action not in LOOKS:
            await self.changed()
        if FaultKind.LATE in due:
            await self._late(where, due[FaultKind.LATE].for_s)
        if FaultKind.LOST in due:
            hint = "try again: the call may have done its work"
            raise errors.Unavailable("the answer was lost", object=where, hint=hint)
        return answer

    async def _late(self, where: str, for_s: float) -> None:
        """Hold an answer back. Who does not wait for it cannot know that the work is done."""
        try:
            await self._runtime.sleep(for_s)
        except BaseException as cut:
            hint = "ask again: the call has done its work"
            raise errors.Unavailable("the answer is late", object=where, hint=hint) from cut

    def _due(self, where: str, action: str) -> dict[FaultKind, FaultSpec]:
        due: dict[FaultKind, FaultSpec] = {}
        for index, fault in enumerate(self._faults):
            if fault.where == where and fault.action in ("", action):
                self._calls[index] += 1
                if fault.call <= self._calls[index] < fault.call + fault.times:
                    due[fault.what] = fault
        return due


class HasGate(Protocol):
    """What drivers have in common: perhaps a gate, and the name that fault rows call them by."""

    @property
    def gate(self) -> Gate | None: ...
    @property
    def where(self) -> str: ...


MethodT = TypeVar("MethodT", bound=Callable[..., Coroutine[Any, Any, Any]])


def gated(method: MethodT) -> MethodT:
    """Let a driver's method pass through the gate, if there is one."""
    action = method.__name__

    def call(self: HasGate, /, *args: Any, **kwargs: Any) -> Coroutine[Any, Any, Any]:
        gate = self.gate
        if gate is None:
            return method(self, *args, **kwargs)
        return gate.answer(self.where, action, partial(method, self, *args, **kwargs))

    update_wrapper(call, method)
    return cast("MethodT", call)
