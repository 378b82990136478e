"""The table of plans: every command that changes something has a row, and rows hang together."""

import pytest

from core.model.commands.command import Command, Mode, command_name
from core.model.commands.registry import COMMANDS, JOB_COMMANDS
from core.plans.table import PLANS

CHANGES = [kind for kind in COMMANDS.values() if kind.mode is Mode.CHANGE]


def test_just_the_commands_that_change_something_have_rows() -> None:
    """One without a row could not be carried out; nobody would reach a row too many."""
    assert set(PLANS) == {*JOB_COMMANDS.values(), *CHANGES}


@pytest.mark.parametrize("kind", PLANS, ids=command_name)
def test_jobs_have_plans_and_plain_changes_have_none_that_waits(kind: type[Command]) -> None:
    """What is answered at once has no steps."""
    row = PLANS[kind]
    assert (row.plan is not None) is (kind.mode is not Mode.CHANGE)
    assert row.give_up is None or row.plan is not None
    assert row.turn is None or row.plan is not None
