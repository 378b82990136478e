"""One row for every command about ISOs that changes something."""

from core.model.commands.command import Command
from core.model.commands.image.iso import (
    AttachIso,
    CopyIso,
    DeleteIso,
    DetachIso,
    ExtractIso,
    RegisterIso,
    UpdateIso,
)
from core.plans.iso import attach, register
from core.plans.row import Row
from core.plans.template import copies, delete, extract, update
from core.plans.template.register import give_up

PLANS: dict[type[Command], Row] = {
    ExtractIso: Row(checks=(extract.check,), claim=extract.claim, plan=extract.plan),
    RegisterIso: Row(
        checks=(register.check,),
        once=(register.quota,),
        claim=register.claim,
        plan=register.plan,
        give_up=give_up,
    ),
    UpdateIso: Row(checks=(update.check_iso,), claim=update.claim_iso),
    DeleteIso: Row(checks=(delete.check,), claim=delete.claim, plan=delete.plan),
    AttachIso: Row(checks=(attach.check,), claim=attach.claim, plan=attach.plan),
    DetachIso: Row(
        checks=(attach.check_detach,), claim=attach.claim_detach, plan=attach.plan_detach
    ),
    CopyIso: Row(
        checks=(copies.check,), once=(copies.quota,), claim=copies.claim, plan=copies.plan
    ),
}
