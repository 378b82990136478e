"""One row for every command about templates that changes something."""

from core.model.commands.command import Command
from core.model.commands.template import ExtractTemplate, RegisterTemplate
from core.plans.row import Row
from core.plans.template import extract, register

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
}
