"""destroyVirtualMachine, recoverVirtualMachine, expungeVirtualMachine, updateVirtualMachine."""

import pytest

from core.model import errors
from core.model.commands.command import Command
from core.model.commands.vm import (
    DestroyVirtualMachine,
    ExpungeVirtualMachine,
    RecoverVirtualMachine,
    UpdateVirtualMachine,
)
from core.model.records import Vm, Volume
from core.model.states import VmState, VolumeState
from core.plans.operation import RemoveDisk
from tests.refusal import refusal
from tests.small_zone import ADMIN, NOW_S, SmallZone

DESTROY = DestroyVirtualMachine(id="vm")
RECOVER = RecoverVirtualMachine(id="vm")
EXPUNGE = ExpungeVirtualMachine(id="vm")


@pytest.fixture
def zone() -> SmallZone:
    """A zone with a stopped machine and its root disk."""
    zone = SmallZone()
    zone.stopped_vm()
    zone.root()
    return zone


@pytest.mark.parametrize(
    "command", [RECOVER, EXPUNGE, DestroyVirtualMachine(id="vm", expunge=True)]
)
def test_users_need_leave_to_expunge_or_recover(zone: SmallZone, command: Command) -> None:
    """Neither is for users unless a setting says so."""
    with refusal(errors.Denied, 531, "vm/vm"):
        zone.check(command)


@pytest.mark.parametrize("command", [RECOVER, EXPUNGE])
def test_only_destroyed_machines_are_expunged_or_recovered(
    zone: SmallZone, command: Command
) -> None:
    """A stopped machine is neither."""
    with refusal(errors.Conflict, 431, "vm/vm"):
        zone.check(command, ADMIN)


@pytest.mark.parametrize(
    ("setting", "state"), [(False, VolumeState.READY), (True, VolumeState.DESTROY)]
)
def test_destroyed_machines_come_back_with_their_root_disk(
    zone: SmallZone, setting: bool, state: VolumeState
) -> None:
    """The root disk is put aside only where the domain wants it; recovery takes both back."""
    zone.set("destroy.root.volume.on.vm.destruction", setting)
    zone.run(zone.plan(DESTROY))
    vm = zone.inventory.get(Vm, "vm")
    assert (vm.state, vm.destroyed_s) == (VmState.DESTROYED, NOW_S)
    assert zone.inventory.get(Volume, "root-vm").state is state
    zone.claim(RECOVER, ADMIN)
    vm, root = zone.inventory.get(Vm, "vm"), zone.inventory.get(Volume, "root-vm")
    assert (vm.state, vm.destroyed_s) == (VmState.STOPPED, 0.0)
    assert (root.state, root.vm_id, root.destroyed_s) == (VolumeState.READY, "vm", 0.0)


def test_users_with_leave_may_recover(zone: SmallZone) -> None:
    """The setting lets users recover."""
    zone.set("allow.user.expunge.recover.vm", True)
    zone.run(zone.plan(DESTROY))
    zone.check(RECOVER)


def test_expunging_removes_the_root_disk_and_the_machine(zone: SmallZone) -> None:
    """Nothing of the machine is left."""
    zone.run(zone.plan(DESTROY))
    plan = zone.plan(EXPUNGE, ADMIN)
    assert any(isinstance(step.do, RemoveDisk) for step in plan.steps)
    zone.run(plan)
    assert zone.inventory.find(Vm, "vm") is None


def test_an_update_changes_what_is_given(zone: SmallZone) -> None:
    """Everything else stays."""
    before = zone.inventory.get(Vm, "vm")
    zone.claim(UpdateVirtualMachine(id="vm", group="web", display_vm=False))
    vm = zone.inventory.get(Vm, "vm")
    assert (vm.name, vm.group, vm.display) == (before.name, "web", False)
