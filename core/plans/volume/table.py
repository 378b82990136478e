"""One row for every command about volumes that changes something."""

from core.model.commands.command import Command
from core.model.commands.internal import ExpungeVolume
from core.model.commands.volume import (
    AssignVolume,
    AttachVolume,
    ChangeOfferingForVolume,
    CheckVolume,
    CreateVolume,
    DeleteVolume,
    DestroyVolume,
    DetachVolume,
    ExtractVolume,
    ImportVolume,
    MigrateVolume,
    RecoverVolume,
    ResizeVolume,
    UnmanageVolume,
    UpdateVolume,
    UploadVolume,
)
from core.plans.row import Row
from core.plans.volume import (
    adopt,
    assign,
    attach,
    change_offering,
    create,
    delete,
    destroy,
    detach,
    extract,
    inspect,
    migrate,
    recover,
    resize,
    unmanage,
    update,
    upload,
)

PLANS: dict[type[Command], Row] = {
    ExtractVolume: Row(
        checks=(extract.check,),
        claim=extract.claim,
        plan=extract.plan,
    ),
    CreateVolume: Row(
        checks=(create.check,),
        once=(create.require_unused_id, create.quota),
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
    DestroyVolume: Row(
        checks=(destroy.check,),
        claim=destroy.claim,
        plan=destroy.plan,
    ),
    ExpungeVolume: Row(
        checks=(destroy.check_expunge,),
        claim=destroy.claim_expunge,
        plan=destroy.plan_expunge,
    ),
    RecoverVolume: Row(checks=(recover.check,), claim=recover.claim),
    UpdateVolume: Row(
        checks=(update.check,),
        claim=update.claim,
        plan=update.plan,
    ),
    UploadVolume: Row(
        checks=(upload.check,),
        once=(upload.quota,),
        claim=upload.claim,
        plan=upload.plan,
        outcome=upload.outcome,
        give_up=upload.give_up,
    ),
    AssignVolume: Row(checks=(assign.check,), claim=assign.claim),
    CheckVolume: Row(
        checks=(inspect.check,),
        claim=inspect.claim,
        plan=inspect.plan,
    ),
    ChangeOfferingForVolume: Row(
        checks=(change_offering.check,),
        once=(change_offering.quota,),
        claim=change_offering.claim,
        plan=change_offering.plan,
    ),
    ImportVolume: Row(
        checks=(adopt.check,),
        once=(adopt.quota,),
        claim=adopt.claim,
        plan=adopt.plan,
        give_up=adopt.give_up,
    ),
    UnmanageVolume: Row(
        checks=(unmanage.check,),
        claim=unmanage.claim,
        plan=unmanage.plan,
    ),
}
