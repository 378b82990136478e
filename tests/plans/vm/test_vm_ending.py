"""destroyVirtualMachine, recoverVirtualMachine, expungeVirtualMachine, updateVirtualMachine."""

import msgspec
import pytest

from core.model import errors
from core.model.commands.command import Command
from core.model.commands.vm import (
    DestroyVirtualMachine,
    ExpungeVirtualMachine,
    RecoverVirtualMachine,
    UpdateVirtualMachine,
)
from core.model.records import Pool, Tag, Vm, Volume
from core.model.states import SnapshotState, VmState, VolumeState
from core.plans.operation import RemoveDisk, StopVm
from tests.refusal import refusal
from tests.small_zone import ADMIN, BOB, NOW_S, SmallZone

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


def test_snapshots_on_managed_storage_keep_the_root_disk(zone: SmallZone) -> None:
    """It is put aside, free of the machine that goes, until they are deleted."""
    pool = zone.inventory.get(Pool, "nfs")
    zone.add(msgspec.structs.replace(pool, managed=True))
    zone.snapshot(volume_id="root-vm", pool_id="nfs")
    plan = zone.plan(DestroyVirtualMachine(id="vm", expunge=True), ADMIN)
    assert not any(isinstance(step.do, RemoveDisk) for step in plan.steps)
    zone.run(plan)
    assert zone.inventory.find(Vm, "vm") is None
    root = zone.inventory.get(Volume, "root-vm")
    assert (root.state, root.vm_id, root.destroyed_s) == (VolumeState.DESTROY, "", NOW_S)


def test_tags_go_with_machine_and_volumes(zone: SmallZone) -> None:
    """Nobody else gets them with the ids."""
    for of_kind, of_id in (("vm", "vm"), ("volume", "root-vm")):
        zone.add(
            Tag(
                id=of_id,
                of_kind=of_kind,
                of_id=of_id,
                key="k",
                value="v",
                account_id="alice",
                domain_id="sales",
            )
        )
    zone.run(zone.plan(DESTROY))
    assert zone.inventory.count(Tag) == 2
    zone.run(zone.plan(EXPUNGE, ADMIN))
    assert zone.inventory.count(Tag) == 0


def test_data_disks_are_destroyed_with_their_machine_only_when_named(zone: SmallZone) -> None:
    """The others are free then; a protected one is not named."""
    zone.volume("kept", vm_id="vm", device_id=1)
    zone.volume("named", vm_id="vm", device_id=2)
    command = DestroyVirtualMachine(id="vm", volume_ids=("named",))
    named = zone.inventory.get(Volume, "named")
    zone.add(msgspec.structs.replace(named, delete_protection=True))
    with refusal(errors.Conflict, 431, "volume/named"):
        zone.check(command)
    zone.add(named)
    zone.run(zone.plan(command))
    kept = zone.inventory.get(Volume, "kept")
    assert (kept.state, kept.vm_id, kept.device_id) == (VolumeState.READY, "", -1)
    aside = zone.inventory.get(Volume, "named")
    assert (aside.state, aside.vm_id) == (VolumeState.DESTROY, "")


@pytest.mark.parametrize("fields", [{}, {"state": VolumeState.ALLOCATED, "pool_id": ""}])
def test_named_data_disks_go_for_good_when_nothing_could_recover_them(
    zone: SmallZone, fields: dict[str, object]
) -> None:
    """With a machine that is expunged; and those that were never made."""
    zone.volume("named", vm_id="vm", device_id=2, **fields)
    zone.run(
        zone.plan(DestroyVirtualMachine(id="vm", volume_ids=("named",), expunge=not fields), ADMIN)
    )
    assert zone.inventory.find(Volume, "named") is None


@pytest.mark.parametrize("forced", [False, True])
def test_a_running_machine_is_shut_down_before_it_goes(zone: SmallZone, *, forced: bool) -> None:
    """Unless the setting says that no guest is asked (vm.destroy.forcestop)."""
    zone.vm()
    zone.set("vm.destroy.forcestop", forced)
    step = zone.plan(DESTROY).steps[0]
    assert (step.actor, step.do) == ("host/h1", StopVm(vm_id="vm", forced=forced))


@pytest.mark.parametrize("volume", ["root-vm", "other", "none"])
def test_only_data_disks_of_the_machine_are_named(zone: SmallZone, volume: str) -> None:
    """Neither root disks nor others' disks."""
    zone.volume("other")
    with refusal(errors.Invalid, 431, f"volume/{volume}"):
        zone.check(DestroyVirtualMachine(id="vm", volume_ids=(volume,)))


def test_a_snapshot_that_is_being_taken_keeps_the_machine(zone: SmallZone) -> None:
    """The number is 530."""
    zone.snapshot(volume_id="root-vm", state=SnapshotState.BACKING_UP)
    with refusal(errors.Conflict, 530, "volume/root-vm"):
        zone.check(DESTROY)


def test_a_data_disk_that_is_being_backed_up_only_keeps_itself(zone: SmallZone) -> None:
    """It outlives the machine, unless it is to go with it."""
    zone.volume("kept", vm_id="vm", device_id=1)
    zone.snapshot(volume_id="kept", state=SnapshotState.BACKING_UP)
    zone.check(DESTROY)
    with refusal(errors.Conflict, 530, "volume/kept"):
        zone.check(DestroyVirtualMachine(id="vm", volume_ids=("kept",)))


@pytest.mark.parametrize(
    "command",
    [
        DESTROY,
        RECOVER,
        EXPUNGE,
        UpdateVirtualMachine(id="vm"),
    ],
)
def test_foreign_machines_are_unknown(zone: SmallZone, command: Command) -> None:
    """Bob learns nothing of alice's, whatever he asks."""
    zone.set("allow.user.expunge.recover.vm", True)
    with refusal(errors.NotFound, 431, "vm/vm"):
        zone.check(command, BOB)


@pytest.mark.parametrize(
    ("resource", "maximum"), [("vm", 1), ("cpu", 1), ("memory", 1024), ("volume", 1)]
)
def test_a_recovered_machine_is_paid_again(zone: SmallZone, resource: str, maximum: int) -> None:
    """It cost nothing while it was destroyed; so did its root disk where that went, too."""
    zone.set("allow.user.expunge.recover.vm", True)
    zone.set("destroy.root.volume.on.vm.destruction", True)
    zone.run(zone.plan(DESTROY))
    zone.limit("alice", resource, maximum - 1)
    with refusal(errors.QuotaExceeded, 535, "account/alice"):
        zone.check(RECOVER)
    zone.limit("alice", resource, maximum)
    zone.check(RECOVER)


def test_an_update_changes_what_is_given(zone: SmallZone) -> None:
    """Everything else stays."""
    before = zone.inventory.get(Vm, "vm")
    zone.claim(UpdateVirtualMachine(id="vm", group="web", display_name="Shop"))
    vm = zone.inventory.get(Vm, "vm")
    assert (vm.name, vm.group, vm.display_name) == (before.name, "web", "Shop")
    assert zone.claim(UpdateVirtualMachine(id="vm")).effects == ()


def test_only_root_administrators_hide_machines(zone: SmallZone) -> None:
    """The number is 531."""
    command = UpdateVirtualMachine(id="vm", display_vm=False)
    with refusal(errors.Denied, 531, "vm/vm"):
        zone.check(command)
    zone.claim(command, ADMIN)
    assert zone.inventory.get(Vm, "vm").display is False


def test_details_are_replaced_or_cleaned_up(zone: SmallZone) -> None:
    """What is not given any more is gone."""
    for command, details in (
        (UpdateVirtualMachine(id="vm", details={"a": "1", "b": "2"}), {"a": "1", "b": "2"}),
        (UpdateVirtualMachine(id="vm", details={"b": "3"}), {"b": "3"}),
        (UpdateVirtualMachine(id="vm", group="web"), {"b": "3"}),
        (UpdateVirtualMachine(id="vm", details={"c": "4"}, cleanup_details=True), {}),
    ):
        zone.claim(command)
        assert zone.inventory.get(Vm, "vm").details == details


def test_a_protected_machine_is_neither_destroyed_nor_expunged(zone: SmallZone) -> None:
    """Until the protection is taken off."""
    zone.claim(UpdateVirtualMachine(id="vm", delete_protection=True))
    with refusal(errors.Conflict, 431, "vm/vm"):
        zone.check(DESTROY)
    zone.claim(UpdateVirtualMachine(id="vm", delete_protection=False))
    zone.run(zone.plan(DESTROY))
    zone.claim(UpdateVirtualMachine(id="vm", delete_protection=True))
    with refusal(errors.Conflict, 431, "vm/vm"):
        zone.check(EXPUNGE, ADMIN)
