"""One row for every command about settings that changes something."""

from core.model.commands.command import Command
from core.model.commands.setting import ResetConfiguration, UpdateConfiguration
from core.plans.row import Row
from core.plans.setting import update

PLANS: dict[type[Command], Row] = {
    UpdateConfiguration: Row(checks=(update.check,), claim=update.claim),
    ResetConfiguration: Row(checks=(update.check_reset,), claim=update.claim_reset),
}
