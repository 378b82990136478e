"""One row for every command that moves machines."""

from core.model.commands.command import Command
from core.model.commands.migration import MigrateVirtualMachine
from core.plans.migration import migrate
from core.plans.row import Row

PLANS: dict[type[Command], Row] = {
    MigrateVirtualMachine: Row(checks=(migrate.check,), claim=migrate.claim, plan=migrate.plan),
}
