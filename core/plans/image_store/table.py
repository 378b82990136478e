"""One row for every command about image stores that changes something."""

from core.model.commands.command import Command
from core.model.commands.image_store import (
    AddImageStore,
    DeleteImageStore,
    DownloadImageStoreObject,
    MigrateResourceToAnotherSecondaryStorage,
    MigrateSecondaryStorageData,
    UpdateImageStore,
)
from core.model.commands.internal import MoveImages, MoveLateImages
from core.plans.image_store import (
    add,
    delete,
    download,
    migrate,
    migrate_some,
    move,
    unchanged,
    update,
)
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
    DownloadImageStoreObject: Row(
        checks=(download.check,), claim=download.claim, plan=download.plan
    ),
    MigrateSecondaryStorageData: Row(
        checks=(migrate.check,),
        once=(migrate.once,),
        claim=migrate.claim,
        plan=migrate.plan,
    ),
    MigrateResourceToAnotherSecondaryStorage: Row(
        checks=(migrate_some.check,), claim=migrate_some.claim, plan=migrate_some.plan
    ),
    MoveLateImages: Row(
        checks=(migrate.check_late,), claim=migrate.claim_late, plan=migrate.plan_late
    ),
    MoveImages: Row(checks=(unchanged.check,), claim=move.claim, plan=move.plan),
}
