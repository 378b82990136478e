"""One row for every command about domains that changes something."""

from core.model.commands.command import Command
from core.model.commands.ownership.domain import CreateDomain, DeleteDomain, UpdateDomain
from core.plans.domain import create, delete
from core.plans.row import Row

PLANS: dict[type[Command], Row] = {
    CreateDomain: Row(checks=(create.check,), claim=create.claim),
    UpdateDomain: Row(checks=(create.check_update,), claim=create.claim_update),
    DeleteDomain: Row(checks=(delete.check,), claim=delete.claim, plan=delete.plan),
}
