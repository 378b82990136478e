"""One row for every command about image stores that changes something."""

from core.model.commands.command import Command
from core.model.commands.image_store import AddImageStore, DeleteImageStore, UpdateImageStore
from core.plans.image_store import add, delete, update
from core.plans.row import Row

PLANS: dict[type[Command], Row] = {
    AddImageStore: Row(
        checks=(add.check,),
        once=(add.once,),
        claim=add.claim,
        plan=add.plan,
        give_up=add.give_up,
    ),
    UpdateImageStore: Row(checks=(update.check,), claim=update.claim),
    DeleteImageStore: Row(checks=(delete.check,), claim=delete.claim),
}
