"""One row for every command about alerts that changes something."""

from core.model.commands.capacity import ArchiveAlerts, DeleteAlerts
from core.model.commands.command import Command
from core.plans.alert import clear
from core.plans.row import Row

PLANS: dict[type[Command], Row] = {
    ArchiveAlerts: Row(checks=(clear.check,), claim=clear.archive),
    DeleteAlerts: Row(checks=(clear.check,), claim=clear.delete),
}
