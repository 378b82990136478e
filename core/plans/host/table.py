"""One row for every command about hosts that changes something."""

from core.model.commands.command import Command
from core.model.commands.host import AddHost
from core.plans.host import add
from core.plans.row import Row

PLANS: dict[type[Command], Row] = {
    AddHost: Row(
        checks=(add.check,),
        once=(add.once,),
        claim=add.claim,
        plan=add.plan,
        give_up=add.give_up,
    ),
}
