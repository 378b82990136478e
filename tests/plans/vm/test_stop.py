"""stopVirtualMachine."""

import pytest

from core.model import errors
from core.model.commands.vm import StopVirtualMachine
from core.model.records import Vm, Volume
from core.model.states import VmState
from core.plans.operation import StopVm
from tests.refusal import refusal
from tests.small_zone import SmallZone

STOP = StopVirtualMachine(id="vm")


@pytest.mark.parametrize(
    "state", [VmState.STARTING, VmState.MIGRATING, VmState.DESTROYED, VmState.ERROR]
)
def test_machines_that_change_or_ended_are_not_stopped(zone: SmallZone, state: VmState) -> None:
    """The number is 431."""
    zone.vm(state=state)
    with refusal(errors.Conflict, 431, "vm/vm"):
        zone.check(STOP)


@pytest.mark.parametrize("forced", [False, True])
def test_a_running_machine_is_stopped_by_its_host(zone: SmallZone, *, forced: bool) -> None:
    """It remembers where it ran; its volumes stay as they are."""
    zone.vm("vm", host_id="h2", last_host_id="h1")
    before = zone.root()
    command = StopVirtualMachine(id="vm", forced=forced)
    assert zone.claim(command).locks == ("vm/vm",)
    plan = zone.plan(command)
    (step,) = plan.steps
    assert (step.actor, step.do) == ("host/h2", StopVm(vm_id="vm", forced=forced))
    assert not step.certain
    zone.run(plan)
    vm = zone.inventory.get(Vm, "vm")
    assert (vm.state, vm.host_id, vm.last_host_id) == (VmState.STOPPED, "", "h2")
    assert zone.inventory.get(Volume, "root-vm") == before


def test_a_stopped_machine_is_stopped_already(zone: SmallZone) -> None:
    """Nothing is asked."""
    zone.stopped_vm()
    assert zone.plan(STOP).steps == ()
