"""The step that stops a machine, which several plans begin with."""

from core.model.records import Vm
from core.plans.operation import StopVm
from core.plans.step import Step, change


def stopping(vm: Vm, *, forced: bool) -> Step:
    """Stop it where it runs."""
    return Step(
        name="stop the machine",
        actor=f"host/{vm.host_id}",
        do=StopVm(vm_id=vm.id, forced=forced),
        begin=(change(vm, "StopRequested"),),
        commit=(change(vm, "OperationSucceeded", host_id="", last_host_id=vm.host_id),),
        revert=(change(vm, "OperationFailed"),),
        certain=False,
    )
