"""One row for every command about snapshots that changes something."""

from core.model.commands.command import Command
from core.model.commands.snapshot import CreateSnapshot, DeleteSnapshot
from core.plans.row import Row
from core.plans.snapshot import create, delete

PLANS: dict[type[Command], Row] = {
    CreateSnapshot: Row(
        checks=(create.check,),
        once=(create.quota,),
        turn=create.check_one_at_a_time,
        claim=create.claim,
        plan=create.plan,
        give_up=create.give_up,
    ),
    DeleteSnapshot: Row(
        checks=(delete.check,),
        claim=delete.claim,
        plan=delete.plan,
    ),
}
