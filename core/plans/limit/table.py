"""One row for every command about limits that changes something."""

from core.model.commands.command import Command
from core.model.commands.ownership.limit import UpdateResourceLimit
from core.plans.limit import update
from core.plans.row import Row

PLANS: dict[type[Command], Row] = {
    UpdateResourceLimit: Row(checks=(update.check,), claim=update.claim),
}
