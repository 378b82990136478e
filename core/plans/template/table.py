"""One row for every command about templates that changes something."""

from core.model.commands.command import Command
from core.model.commands.image.permission import UpdateIsoPermissions, UpdateTemplatePermissions
from core.model.commands.internal import EvictTemplate, SeedTemplate, UnpackTemplate
from core.model.commands.template import (
    CopyTemplate,
    CreateTemplate,
    DeleteTemplate,
    ExtractTemplate,
    PrepareTemplate,
    RegisterTemplate,
    UpdateTemplate,
)
from core.plans.row import Row
from core.plans.template import (
    copies,
    create,
    delete,
    extract,
    permissions,
    prepare,
    register,
    seed,
    unpacking,
    update,
)

PLANS: dict[type[Command], Row] = {
    ExtractTemplate: Row(
        checks=(extract.check,),
        claim=extract.claim,
        plan=extract.plan,
    ),
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
    PrepareTemplate: Row(checks=(prepare.check,), claim=prepare.claim, plan=prepare.plan),
    SeedTemplate: Row(checks=(seed.check,), claim=seed.claim, plan=seed.plan),
    EvictTemplate: Row(
        checks=(seed.check_eviction,), claim=seed.claim_eviction, plan=seed.plan_eviction
    ),
    UnpackTemplate: Row(checks=(unpacking.check,), claim=unpacking.claim, plan=unpacking.plan),
    CopyTemplate: Row(
        checks=(copies.check,), once=(copies.quota,), claim=copies.claim, plan=copies.plan
    ),
}
