"""One row for every command about storage access groups that changes something."""

from core.model.commands.command import Command
from core.model.commands.pool import ConfigureStorageAccess
from core.plans.row import Row
from core.plans.storage_access import configure

PLANS: dict[type[Command], Row] = {
    ConfigureStorageAccess: Row(
        checks=(configure.check,), claim=configure.claim, plan=configure.plan
    ),
}
