"""One row for every command about pools that changes something."""

from core.model.commands.command import Command
from core.model.commands.pool import CreateStoragePool
from core.plans.pool import create
from core.plans.row import Row

PLANS: dict[type[Command], Row] = {
    CreateStoragePool: Row(
        checks=(create.check,),
        once=(create.once,),
        claim=create.claim,
        plan=create.plan,
        give_up=create.give_up,
    ),
}
