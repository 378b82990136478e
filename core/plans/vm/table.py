"""One row for every command about vms that changes something."""

from core.model.commands.command import Command
from core.model.commands.vm import (
    DeployVirtualMachine,
    DestroyVirtualMachine,
    StartVirtualMachine,
    StopVirtualMachine,
)
from core.plans.row import Row
from core.plans.vm import deploy, destroy, start, stop

PLANS: dict[type[Command], Row] = {
    DeployVirtualMachine: Row(
        checks=(deploy.check,),
        once=(deploy.quota,),
        claim=deploy.claim,
        plan=deploy.plan,
        give_up=deploy.give_up,
    ),
    StartVirtualMachine: Row(checks=(start.check,), claim=start.claim, plan=start.plan),
    StopVirtualMachine: Row(checks=(stop.check,), claim=stop.claim, plan=stop.plan),
    DestroyVirtualMachine: Row(checks=(destroy.check,), claim=destroy.claim, plan=destroy.plan),
}
