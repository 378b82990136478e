"""One row for every command about events that changes something."""

from core.model.commands.command import Command
from core.model.commands.job import ArchiveEvents, DeleteEvents
from core.plans.event import clear
from core.plans.row import Row

PLANS: dict[type[Command], Row] = {
    ArchiveEvents: Row(checks=(clear.check,), claim=clear.archive),
    DeleteEvents: Row(checks=(clear.check,), claim=clear.delete),
}
