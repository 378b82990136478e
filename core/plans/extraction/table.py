"""The command about links to download that Forebay gives itself."""

from core.model.commands.command import Command
from core.model.commands.internal import RemoveLink
from core.plans.extraction import remove
from core.plans.row import Row

PLANS: dict[type[Command], Row] = {
    RemoveLink: Row(checks=(remove.check,), claim=remove.claim, plan=remove.plan),
}
