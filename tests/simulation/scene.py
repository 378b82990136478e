"""What leads to a command that is then failed, repeated and cut off."""

from collections.abc import Awaitable, Callable
from typing import NamedTuple

from core.model.commands.command import Command
from tests.simulation.stage import Stage

Prepare = Callable[[Stage], Awaitable[Command]]


class Scene(NamedTuple):
    """`prepare` leads to the command; `leaves` names kinds of records that a failure leaves.

    reaches_out: it calls drivers, so that there is something to refuse. survives: after a crash it
    goes on; false for what takes something from outside that is not sent again.
    """

    prepare: Prepare
    leaves: frozenset[str] = frozenset()
    reaches_out: bool = True
    survives: bool = True
