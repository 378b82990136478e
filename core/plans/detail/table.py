"""One row for every command about details that changes something."""

from core.model.commands.command import Command
from core.model.commands.ownership.detail import AddResourceDetail, RemoveResourceDetail
from core.plans.detail import change
from core.plans.row import Row

PLANS: dict[type[Command], Row] = {
    AddResourceDetail: Row(checks=(change.check_add,), claim=change.claim_add, plan=change.plan),
    RemoveResourceDetail: Row(
        checks=(),
        once=(change.check_remove,),
        claim=change.claim_remove,
        plan=change.plan,
    ),
}
