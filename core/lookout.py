"""Answers commands that look at what storage itself has."""

from collections.abc import Callable

from core.actors.cast import Cast
from core.actors.rounds.round import no_progress
from core.model import errors
from core.model.commands.command import Command
from core.plans.context import Context
from core.runtime import Runtime
from core.views.listing import Answer
from core.views.table import LOOKS


class Lookout:
    """Asks the actor of a pool or an image store, and has the answer put in words."""

    def __init__(self, runtime: Runtime, cast: Cast) -> None:
        self._runtime = runtime
        self._cast = cast

    async def look(self, command: Command, context: Callable[[], Context]) -> Answer:
        """The answer, from the records as they are after the storage has answered.

        Raises what the storage refuses, and Unavailable (530) when it does not answer in time.
        """
        look = LOOKS[type(command)]
        key, operation = look.ask(context(), command)
        scope = self._runtime.scope(look.timeout_s)
        found: object = None
        with scope:
            try:
                found = await self._cast.actor(key).ask(f"look-{key}", operation, no_progress)
            except errors.Unavailable as failure:
                raise _unavailable(key, failure.message) from failure
        if found is None:
            raise _unavailable(key, f"no answer within {look.timeout_s:g} seconds")
        return look.answer(context(), command, found)


def _unavailable(key: str, why: str) -> errors.Unavailable:
    return errors.Unavailable(
        f"the storage cannot be looked at: {why}",
        object=key,
        hint="try again when it answers",
        number=530,
    )
