"""A scene: a way that leads to a command."""

from collections.abc import Awaitable, Callable
from typing import NamedTuple

from core.model.commands.command import Command
from tests.simulation.stage import Stage

Prepare = Callable[[Stage], Awaitable[Command]]


class Scene(NamedTuple):
    """`prepare` leads to the command; `leaves` names kinds of records that a failure leaves.

    quiet: its plan asks no driver for anything, so that nothing is refused and no time passes.
    """

    prepare: Prepare
    leaves: frozenset[str] = frozenset()
    quiet: bool = False
