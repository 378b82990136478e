"""One row for every command about templates that changes something."""

from core.model.commands.command import Command
from core.model.commands.image.permission import UpdateIsoPermissions, UpdateTemplatePermissions
from core.model.commands.template import (
    CopyTemplate,
    CreateTemplate,
    DeleteTemplate,
    RegisterTemplate,
    UpdateTemplate,
)
from core.plans.row import Row
from core.plans.template import copies, create, delete, permissions, register, update

PLANS: dict[type[Command], Row] = {
    RegisterTemplate: Row(
        checks=(register.check,),
        once=(register.quota,),
        claim=register.claim,
        plan=register.plan,
        give_up=register.give_up,
    ),
    CreateTemplate: Row(
        checks=(create.check,),
        once=(create.quota,),
        claim=create.claim,
        plan=create.plan,
        give_up=create.give_up,
    ),
    UpdateTemplate: Row(checks=(update.check_template,), claim=update.claim_template),
    UpdateTemplatePermissions: Row(checks=(permissions.check,), claim=permissions.claim),
    UpdateIsoPermissions: Row(checks=(permissions.check,), claim=permissions.claim),
    DeleteTemplate: Row(checks=(delete.check,), claim=delete.claim, plan=delete.plan),
    CopyTemplate: Row(
        checks=(copies.check,), once=(copies.quota,), claim=copies.claim, plan=copies.plan
    ),
}
