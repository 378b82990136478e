"""One row for every command about snapshots that changes something."""

from core.model.commands.command import Command
from core.model.commands.internal import BackUpSnapshot
from core.model.commands.snapshot import (
    ArchiveSnapshot,
    CopySnapshot,
    CreateSnapshot,
    DeleteSnapshot,
    ExtractSnapshot,
    RevertSnapshot,
)
from core.plans.row import Row
from core.plans.snapshot import back_up, checks, copies, create, delete, extract, revert

PLANS: dict[type[Command], Row] = {
    ExtractSnapshot: Row(
        checks=(extract.check,),
        claim=extract.claim,
        plan=extract.plan,
    ),
    CreateSnapshot: Row(
        checks=(checks.check,),
        once=(checks.check_policy, create.quota),
        turn=checks.check_turn,
        claim=create.claim,
        plan=create.plan,
        give_up=create.give_up,
    ),
    BackUpSnapshot: Row(
        checks=(back_up.check,),
        claim=back_up.claim,
        plan=back_up.plan,
        give_up=back_up.give_up,
    ),
    ArchiveSnapshot: Row(
        checks=(back_up.check_archive,),
        once=(back_up.quota_archive,),
        claim=back_up.claim_archive,
        plan=back_up.plan_archive,
    ),
    CopySnapshot: Row(
        checks=(copies.check,),
        once=(copies.quota,),
        claim=copies.claim,
        plan=copies.plan,
    ),
    RevertSnapshot: Row(
        checks=(revert.check,),
        once=(revert.quota,),
        claim=revert.claim,
        plan=revert.plan,
    ),
    DeleteSnapshot: Row(
        checks=(delete.check,),
        claim=delete.claim,
        plan=delete.plan,
    ),
}
