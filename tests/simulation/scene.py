"""What a scene is: a way to a command that has a plan."""

from collections.abc import Awaitable, Callable
from typing import NamedTuple

from core.model.commands.command import Command
from tests.simulation.stage import Stage

Prepare = Callable[[Stage], Awaitable[Command]]


class Scene(NamedTuple):
    """`prepare` leads to the command; `leaves` names kinds of records that a failure leaves."""

    prepare: Prepare
    leaves: frozenset[str] = frozenset()
