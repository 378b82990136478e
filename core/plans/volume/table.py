"""One row for every command about volumes that changes something."""

from core.model.commands.command import Command
from core.model.commands.volume import (
    AttachVolume,
    CreateVolume,
    DeleteVolume,
    DetachVolume,
    MigrateVolume,
    ResizeVolume,
)
from core.plans.row import Row
from core.plans.volume import attach, create, delete, detach, migrate, resize

PLANS: dict[type[Command], Row] = {
    CreateVolume: Row(
        checks=(create.check,),
        once=(create.quota,),
        claim=create.claim,
        plan=create.plan,
        give_up=create.give_up,
    ),
    AttachVolume: Row(
        checks=(attach.check,),
        claim=attach.claim,
        plan=attach.plan,
    ),
    DetachVolume: Row(
        checks=(detach.check,),
        claim=detach.claim,
        plan=detach.plan,
    ),
    ResizeVolume: Row(
        checks=(resize.check,),
        once=(resize.quota,),
        claim=resize.claim,
        plan=resize.plan,
    ),
    MigrateVolume: Row(
        checks=(migrate.check,),
        claim=migrate.claim,
        plan=migrate.plan,
    ),
    DeleteVolume: Row(
        checks=(delete.check,),
        claim=delete.claim,
        plan=delete.plan,
    ),
}
