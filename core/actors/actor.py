"""What all actors are: a bounded mailbox, a task that serves it, and a supervisor above.

Letters are answered one way or another: with the operation's answer, with its refusal, or with
Unavailable when the actor crashed while it worked on them. A crashed actor starts again with a
driver made anew from the inventory; whoever asked finds out by asking again, because operations
are idempotent.
"""

import sys
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, cast

from core.actors.fabric import Fabric
from core.driver import Progress
from core.model import errors
from core.plans.operation import AnyOperation, Operation
from core.runtime import Mailbox, Nursery, Reply, Runtime, Scope

LETTERS_MAX = 100_000
CLEANUP_S = 60.0


Method = Callable[[str, Any, Progress], Awaitable[object]]


class Letter:
    """An operation on its way to an actor, and the way back for its answer."""

    __slots__ = ("abandoned", "op", "operation", "progress", "reply", "scope")

    def __init__(
        self, op: str, operation: AnyOperation, progress: Progress, reply: Reply[object]
    ) -> None:
        self.op = op
        self.operation = operation
        self.progress = progress
        self.reply = reply
        self.scope: Scope | None = None
        self.abandoned = False


class Actor:
    """Owns one thing of the site, named "<kind>/<id>".

    `_methods` says for each operation how the driver is let do it.
    """

    _methods: Mapping[type[Operation], Method]

    def __init__(self, runtime: Runtime, key: str, fabric: Fabric) -> None:
        self.key = key
        self._id = key.partition("/")[2]
        self._runtime = runtime
        self._fabric = fabric
        self._mailbox: Mailbox[Letter] = runtime.mailbox(LETTERS_MAX, key)
        self._open: dict[int, Letter] = {}
        self.crashes = 0

    async def _perform(self, letter: Letter) -> object:
        method = self._methods.get(type(letter.operation))
        if method is None:
            name = type(letter.operation).__name__
            raise errors.Internal(
                f"{name} is not for this actor", object=self.key, hint="mend the plan that asked it"
            )
        return await method(letter.op, letter.operation, letter.progress)

    async def ask(
        self,
        op: str,
        operation: AnyOperation,
        progress: Progress,
        doubt: Callable[[], None] = lambda: None,
    ) -> object:
        """Have the operation done and wait for its answer.

        When the caller is cancelled the operation is cancelled too, and this ends when that is
        cleaned up; if the operation succeeded nevertheless, its answer is answered. `doubt` is
        called when it cannot be told whether it did.
        Raises what the driver raises; Unavailable when the actor crashed; Busy when it is swamped.
        """
        letter = Letter(op, operation, progress, self._runtime.reply())
        self._mailbox.put(letter)
        try:
            return await letter.reply.wait()
        except errors.ForebayError:
            raise
        except BaseException:
            answer = await self._taken_back(letter, doubt)
            if answer is None:
                raise
            return answer.value

    async def _taken_back(self, letter: Letter, doubt: Callable[[], None]) -> "_Done | None":
        """What a cancelled operation answered if it succeeded all the same."""
        letter.abandoned = True
        if letter.scope is not None:
            letter.scope.cancel()
        with self._runtime.shield(CLEANUP_S):
            try:
                return _Done(await letter.reply.wait())
            except errors.Unavailable:
                pass
            except errors.ForebayError:
                return None
        doubt()
        return None

    async def serve(self) -> None:
        """Serve the mailbox until cancelled, starting anew after each crash."""
        try:
            while True:
                try:
                    async with self._runtime.nursery() as nursery:
                        await self._serve(nursery)
                except Exception as crash:  # noqa: BLE001  (the supervisor's whole purpose)
                    self._crashed(crash)
        finally:
            for letter in self._mailbox.drain():
                letter.reply.fail(_stopped(self.key))

    async def _serve(self, nursery: Nursery) -> None:
        while True:
            letter = await self._mailbox.get()
            if letter.abandoned:
                letter.reply.fail(_cancelled(self.key))
                continue
            self._open[id(letter)] = letter
            nursery.start_soon(self._attend, letter)

    async def _attend(self, letter: Letter) -> None:
        letter.scope = scope = self._runtime.scope()
        try:
            with scope:
                try:
                    answer = await self._perform(letter)
                except errors.ForebayError as refusal:
                    letter.reply.fail(refusal)
                else:
                    letter.reply.set(answer)
        finally:
            self._open.pop(id(letter), None)
            if not letter.reply.is_done():
                letter.reply.fail(self._interruption(letter, sys.exception()))

    def _interruption(self, letter: Letter, error: BaseException | None) -> errors.ForebayError:
        """Why a letter has no answer: its own crash, its asker, or the crash of a neighbour."""
        if isinstance(error, Exception):
            return _crash(self.key, error)
        if letter.abandoned:
            return _cancelled(self.key)
        return _stopped(self.key)

    def _crashed(self, crash: Exception) -> None:
        self.crashes += 1
        self._fabric.forget(self.key)
        for letter in self._mailbox.drain():
            letter.reply.fail(_crash(self.key, crash))

    def statistics(self) -> dict[str, int]:
        """Letters waiting and being worked on, and crashes so far."""
        return {
            "waiting": len(self._mailbox),
            "working": len(self._open),
            "crashes": self.crashes,
        }


class _Done:
    """An answer, which may be None."""

    __slots__ = ("value",)

    def __init__(self, value: object) -> None:
        self.value = value


def _cancelled(key: str) -> errors.Cancelled:
    return errors.Cancelled(
        "the operation was cancelled", object=key, hint="ask again if it is wanted after all"
    )


def _stopped(key: str) -> errors.Unavailable:
    return errors.Unavailable(
        "the actor stopped before it had an answer", object=key, hint="ask again: it starts anew"
    )


def _crash(key: str, crash: BaseException) -> errors.Unavailable:
    cause = crash
    while isinstance(cause, BaseExceptionGroup):
        cause = cast("BaseExceptionGroup[BaseException]", cause).exceptions[0]
    return errors.Unavailable(
        f"the actor crashed: {type(cause).__name__}: {cause}",
        object=key,
        hint="it has started again; the operation is tried again",
    )
