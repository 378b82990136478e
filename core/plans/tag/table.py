"""One row for every command about tags that changes something."""

from core.model.commands.command import Command
from core.model.commands.ownership.tag import CreateTags, DeleteTags
from core.plans.row import Row
from core.plans.tag import create

PLANS: dict[type[Command], Row] = {
    CreateTags: Row(checks=(create.check,), claim=create.claim, plan=create.plan),
    DeleteTags: Row(checks=(create.check_delete,), claim=create.claim_delete, plan=create.plan),
}
