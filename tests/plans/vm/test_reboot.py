"""rebootVirtualMachine: what it refuses, and which disk a machine comes back with."""

import msgspec
import pytest

from core.model import errors
from core.model.commands.vm import RebootVirtualMachine
from core.model.records import Pool, ServiceOffering, Vm, Volume
from core.model.states import PoolState, SnapshotState, TemplateState, VmState, VolumeState
from core.plans.operation import CreateDisk, RunJobs, StartVm, StopVm
from tests.plans.vm.templates import template
from tests.refusal import refusal
from tests.small_zone import BOB, SmallZone

REBOOT = RebootVirtualMachine(id="vm")


@pytest.fixture
def zone() -> SmallZone:
    """A zone with a running machine, its root disk and a data disk."""
    zone = SmallZone()
    zone.vm()
    zone.root()
    zone.volume("data", vm_id="vm", device_id=1)
    return zone


@pytest.fixture
def volatile(zone: SmallZone) -> SmallZone:
    """The same, of a volatile service offering."""
    tiny = zone.inventory.get(ServiceOffering, "tiny")
    zone.add(msgspec.structs.replace(tiny, volatile=True))
    return zone


def test_foreign_machines_are_unknown(zone: SmallZone) -> None:
    """Bob learns nothing of alice's."""
    with refusal(errors.NotFound, 431, "vm/vm"):
        zone.check(REBOOT, BOB)


@pytest.mark.parametrize("state", [VmState.STOPPED, VmState.DESTROYED, VmState.ERROR])
def test_only_running_machines_are_rebooted(zone: SmallZone, state: VmState) -> None:
    """The others are to be started."""
    zone.vm(state=state)
    with refusal(errors.Conflict, 431, "vm/vm"):
        zone.check(REBOOT)


@pytest.mark.parametrize("volume", ["root-vm", "data"])
def test_pools_in_maintenance_let_nobody_reboot(zone: SmallZone, volume: str) -> None:
    """Whichever disk is there, the machine would not come back."""
    disk = zone.inventory.get(Volume, volume)
    zone.add(msgspec.structs.replace(disk, pool_id="wide"))
    pool = zone.inventory.get(Pool, "wide")
    zone.add(msgspec.structs.replace(pool, state=PoolState.PREPARE_FOR_MAINTENANCE))
    with refusal(errors.Conflict, 530, "pool/wide"):
        zone.check(REBOOT)


def test_a_machine_keeps_host_and_disks(zone: SmallZone) -> None:
    """It is stopped and started, nothing else."""
    plan = zone.plan(RebootVirtualMachine(id="vm", forced=True))
    stop, start = (step.do for step in plan.steps)
    assert isinstance(stop, StopVm)
    assert isinstance(start, StartVm)
    assert stop.forced
    assert [step.actor for step in plan.steps] == ["host/h1", "host/h1"]
    assert {(disk.device_id, disk.name) for disk in start.disks} == {(0, "root-vm"), (1, "data")}
    zone.run(plan)
    vm = zone.inventory.get(Vm, "vm")
    assert (vm.state, vm.host_id) == (VmState.RUNNING, "h1")


def test_a_machine_that_does_not_come_back_can_start_elsewhere(zone: SmallZone) -> None:
    """It is Stopped then, takes no memory, and knows where it ran."""
    stop, start = zone.plan(REBOOT).steps
    zone.apply((*stop.begin, *stop.commit, *start.begin, *start.revert))
    vm = zone.inventory.get(Vm, "vm")
    assert (vm.state, vm.host_id, vm.last_host_id) == (VmState.STOPPED, "", "h1")


def test_a_volatile_machine_begins_from_its_template(volatile: SmallZone) -> None:
    """A new root disk of the same size takes the old one's place; data disks stay."""
    old = volatile.inventory.get(Volume, "root-vm")
    plan = volatile.plan(REBOOT)
    done = [type(step.do) for step in plan.steps if step.do]
    assert done == [RunJobs, CreateDisk, StopVm, StartVm]
    volatile.run(plan)
    new, data = sorted(
        volatile.inventory.having(Volume, "vm", "vm"), key=lambda volume: volume.type, reverse=True
    )
    assert (new.type, new.state, new.device_id) == ("ROOT", VolumeState.READY, 0)
    assert (new.template_id, new.size_bytes, new.name) == ("debian", old.size_bytes, old.name)
    assert new.disk_offering_id == old.disk_offering_id
    assert (data.id, data.device_id) == ("data", 1)
    gone = volatile.inventory.get(Volume, "root-vm")
    assert (gone.state, gone.vm_id) == (VolumeState.DESTROY, "")
    assert gone.destroyed_s


def test_a_volatile_machine_that_does_not_come_back_has_its_old_disk(volatile: SmallZone) -> None:
    """Nothing is destroyed before the machine runs on the new disk."""
    plan = volatile.plan(REBOOT)
    before = volatile.inventory.get(Volume, "root-vm")
    index = next(i for i, step in enumerate(plan.steps) if isinstance(step.do, StartVm))
    assert not any(step.final for step in plan.steps[:index])
    for step in plan.steps[:index]:
        volatile.apply((*step.begin, *step.commit))
    for step in reversed(plan.steps[:index]):
        if not isinstance(step.do, StopVm):
            volatile.apply(step.revert)
    assert volatile.inventory.get(Volume, "root-vm") == before
    assert len(volatile.inventory.having(Volume, "vm", "vm")) == 2


def test_what_holds_the_old_disk_refuses_volatile_reboots(volatile: SmallZone) -> None:
    """VM snapshots, snapshots that are being taken, and protection."""
    root = volatile.inventory.get(Volume, "root-vm")
    volatile.snapshot("snap", volume_id="root-vm", state=SnapshotState.BACKING_UP)
    with refusal(errors.Conflict, 530, "volume/root-vm"):
        volatile.check(REBOOT)
    volatile.snapshot("snap", volume_id="root-vm")
    volatile.add(msgspec.structs.replace(root, delete_protection=True))
    with refusal(errors.Conflict, 431, "volume/root-vm"):
        volatile.check(REBOOT)
    volatile.add(root)
    volatile.check(REBOOT)
    volatile.vm_snapshot()
    with refusal(errors.Conflict, 431, "vm/vm"):
        volatile.check(REBOOT)


def test_a_volatile_machine_needs_its_template(volatile: SmallZone) -> None:
    """Without the image there would be no disk to come back with; others do not care."""
    template(volatile, state=TemplateState.DOWNLOAD_ERROR)
    with refusal(errors.Conflict, 530, "template/debian"):
        volatile.check(REBOOT)
    tiny = volatile.inventory.get(ServiceOffering, "tiny")
    volatile.add(msgspec.structs.replace(tiny, volatile=False))
    volatile.check(REBOOT)
