"""The one place where calls of simulated drivers go wrong; it costs nothing where none shall."""

from collections.abc import Callable, Sequence
from functools import partial, update_wrapper
from types import CoroutineType
from typing import Any, Concatenate, ParamSpec, Protocol, TypeVar

from core.model import errors
from core.runtime import Runtime
from sim.spec import TIMED, FaultKind, FaultSpec

P = ParamSpec("P")
R = TypeVar("R")


class Gate:
    """Lets calls through, except where a row says otherwise; `spoil` spoils the next copy there."""

    def __init__(
        self, faults: Sequence[FaultSpec], runtime: Runtime, spoil: Callable[[str], None]
    ) -> None:
        self._faults = [fault for fault in faults if fault.what not in TIMED]
        self._calls = [0] * len(self._faults)
        self._runtime = runtime
        self._spoil = spoil

    async def answer(
        self, where: str, action: str, call: "Callable[[], CoroutineType[Any, Any, R]]"
    ) -> R:
        """What the call answers. Raises Unavailable when it is refused or its answer is lost."""
        due = self._due(where, action)
        if FaultKind.REFUSE in due:
            raise errors.Unavailable("no connection", object=where, hint="try again later")
        if FaultKind.CORRUPT in due:
            self._spoil(where)
        answer = await call()
        if FaultKind.LATE in due:
            await self._runtime.sleep(due[FaultKind.LATE].for_s)
        if FaultKind.LOST in due:
            hint = "try again: the call may have done its work"
            raise errors.Unavailable("the answer was lost", object=where, hint=hint)
        return answer

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


S = TypeVar("S", bound=HasGate)


def gated(
    method: "Callable[Concatenate[S, P], CoroutineType[Any, Any, R]]",
) -> "Callable[Concatenate[S, P], CoroutineType[Any, Any, R]]":
    """Let a driver's method pass through the gate, if there is one."""
    action = method.__name__

    def call(self: S, /, *args: P.args, **kwargs: P.kwargs) -> "CoroutineType[Any, Any, R]":
        gate = self.gate
        if gate is None:
            return method(self, *args, **kwargs)
        return gate.answer(self.where, action, partial(method, self, *args, **kwargs))

    update_wrapper(call, method)
    return call
