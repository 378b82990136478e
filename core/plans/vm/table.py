"""One row for every command about vms that changes something."""

from core.model.commands.command import Command
from core.model.commands.vm import (
    AssignVirtualMachine,
    ChangeServiceForVirtualMachine,
    DeployVirtualMachine,
    DestroyVirtualMachine,
    ExpungeVirtualMachine,
    RebootVirtualMachine,
    RecoverVirtualMachine,
    RestoreVirtualMachine,
    ScaleVirtualMachine,
    StartVirtualMachine,
    StopVirtualMachine,
    UpdateVirtualMachine,
)
from core.plans.row import Row
from core.plans.vm import (
    assign,
    deploy,
    destroy,
    expunge,
    reboot,
    recover,
    restore,
    start,
    stop,
    update,
)
from core.plans.vm.scaling import scale

SCALING = Row(checks=(scale.check,), once=(scale.quota,), claim=scale.claim, plan=scale.plan)
PLANS: dict[type[Command], Row] = {
    DeployVirtualMachine: Row(
        checks=(deploy.check,),
        once=(deploy.require_unused_id, deploy.quota),
        claim=deploy.claim,
        plan=deploy.plan,
        give_up=deploy.give_up,
    ),
    StartVirtualMachine: Row(checks=(start.check,), claim=start.claim, plan=start.plan),
    StopVirtualMachine: Row(checks=(stop.check,), claim=stop.claim, plan=stop.plan),
    DestroyVirtualMachine: Row(checks=(destroy.check,), claim=destroy.claim, plan=destroy.plan),
    ExpungeVirtualMachine: Row(checks=(expunge.check,), claim=expunge.claim, plan=expunge.plan),
    RecoverVirtualMachine: Row(checks=(recover.check,), claim=recover.claim),
    RebootVirtualMachine: Row(checks=(reboot.check,), claim=reboot.claim, plan=reboot.plan),
    RestoreVirtualMachine: Row(
        checks=(restore.check,),
        once=(restore.quota,),
        claim=restore.claim,
        plan=restore.plan,
    ),
    ScaleVirtualMachine: SCALING,
    ChangeServiceForVirtualMachine: SCALING,
    AssignVirtualMachine: Row(
        checks=(assign.check,), once=(assign.quota,), claim=assign.claim, plan=assign.plan
    ),
    UpdateVirtualMachine: Row(checks=(update.check,), claim=update.claim),
}
