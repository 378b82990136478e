"""What every round is given, and what the scheduler asks of it."""

from collections.abc import Awaitable, Callable
from random import Random
from typing import NamedTuple, Protocol

from core.actors.cast import Cast
from core.actors.ledger import Ledger
from core.model.access import Caller, Owned
from core.model.commands.command import Command, Role
from core.model.inventory import Inventory
from core.model.settings import Settings
from core.runtime import Runtime

ITSELF = Caller(user_id="", account_id="", domain_id="", role=Role.ADMIN, username="forebay")
"""Who asks when Forebay asks of itself."""


def owner_of(thing: Owned) -> Caller:
    """Who asks when Forebay clears away what is an account's."""
    return Caller(
        user_id="",
        account_id=thing.account_id,
        domain_id=thing.domain_id,
        role=Role.ADMIN,
        username="",
    )


class Means(NamedTuple):
    """What a round works with.

    submit: begin a command as some caller; answers the id of its job, "" when it has none.
    wait: until the job of that id has ended, or so many seconds are over.
    reconsider: let every queue decide again, because what it counts has changed.
    """

    runtime: Runtime
    inventory: Inventory
    settings: Settings
    ledger: Ledger
    cast: Cast
    random: Random
    submit: Callable[[Command, Caller], Awaitable[str]]
    wait: Callable[[str, float], Awaitable[bool]]
    reconsider: Callable[[], None]


class Round(Protocol):
    """Something that is done again and again; it may raise errors of the tree."""

    def pause_s(self) -> float:
        """Seconds until it is done next, as the settings say now."""
        ...

    async def run(self) -> None:
        """Do it once."""
        ...


def no_progress(done_bytes: int, total_bytes: int) -> None:
    """For operations that nobody waits for."""
