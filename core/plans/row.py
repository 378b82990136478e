"""How a command is carried out: the functions that check, claim and plan it."""

from collections.abc import Callable
from typing import Any, NamedTuple

from core.plans.context import Context
from core.plans.step import Claim, Effect, Plan

Check = Callable[[Context, Any], None]


class Row(NamedTuple):
    """How a command is carried out.

    checks: refusals that depend on states; asked again when the job's turn comes.
    claim: what is recorded at once. plan: the steps, given the claimed object's id.
    once: refusals that the claim itself would trigger, so asked only before it.
    turn: a refusal that only counts when the job's turn has come.
    outcome: a refusal that depends on what a step's operation has answered, about the claimed
    object; asked in the transaction that would commit the step, which is taken back instead.
    give_up: effects that leave the object well when its job has failed.
    """

    checks: tuple[Check, ...]
    claim: Callable[[Context, Any], Claim]
    plan: Callable[[Context, Any, str], Plan] | None = None
    once: tuple[Check, ...] = ()
    turn: Check | None = None
    outcome: Callable[[Context, Any, str, object], None] | None = None
    give_up: Callable[[Context, str], tuple[Effect, ...]] | None = None
