"""One row for every command about snapshots of whole machines that changes something."""

from core.model.commands.command import Command
from core.model.commands.vm_snapshot import (
    CreateSnapshotFromVMSnapshot,
    CreateVMSnapshot,
    DeleteVMSnapshot,
    RevertToVMSnapshot,
)
from core.plans.row import Row
from core.plans.vm_snapshot import back_up, create, delete, revert

PLANS: dict[type[Command], Row] = {
    CreateVMSnapshot: Row(
        checks=(create.check,),
        once=(create.check_count,),
        claim=create.claim,
        plan=create.plan,
        give_up=create.give_up,
    ),
    DeleteVMSnapshot: Row(checks=(delete.check,), claim=delete.claim, plan=delete.plan),
    RevertToVMSnapshot: Row(
        checks=(revert.check,),
        once=(revert.quota,),
        claim=revert.claim,
        plan=revert.plan,
    ),
    CreateSnapshotFromVMSnapshot: Row(
        checks=(back_up.check,),
        once=(back_up.quota,),
        claim=back_up.claim,
        plan=back_up.plan,
        give_up=back_up.give_up,
    ),
}
