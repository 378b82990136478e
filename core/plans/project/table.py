"""One row for every command about projects that changes something."""

from core.model.commands.command import Command
from core.model.commands.ownership.project import (
    ActivateProject,
    AddAccountToProject,
    CreateProject,
    DeleteAccountFromProject,
    DeleteProject,
    SuspendProject,
    UpdateProject,
)
from core.plans.project import create, delete, suspend, update
from core.plans.row import Row

PLANS: dict[type[Command], Row] = {
    CreateProject: Row(
        checks=(create.check,), once=(create.quota,), claim=create.claim, plan=create.plan
    ),
    UpdateProject: Row(checks=(update.check,), claim=update.claim, plan=update.plan),
    DeleteProject: Row(checks=(delete.check,), claim=delete.claim, plan=delete.plan),
    SuspendProject: Row(checks=(suspend.check,), claim=suspend.claim, plan=suspend.plan),
    ActivateProject: Row(checks=(suspend.check,), claim=suspend.claim, plan=suspend.plan_activate),
    AddAccountToProject: Row(
        checks=(create.check_add,), claim=create.claim_member, plan=create.plan_add
    ),
    DeleteAccountFromProject: Row(
        checks=(create.check_remove,), claim=create.claim_member, plan=create.plan_remove
    ),
}
