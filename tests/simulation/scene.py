"""What leads to a command that the suite fails, repeats and cuts off."""

from collections.abc import Awaitable, Callable
from typing import NamedTuple

from core.model.commands.command import Command
from tests.simulation.stage import Stage

Prepare = Callable[[Stage], Awaitable[Command]]


class Scene(NamedTuple):
    """`prepare` leads to the command; `leaves` names kinds of records that a failure leaves.

    quiet: the command changes records only, so no call of a driver can be refused.
    """

    prepare: Prepare
    leaves: frozenset[str] = frozenset()
    quiet: bool = False
