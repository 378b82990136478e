"""createVMSnapshot: what it refuses, and what its plan keeps where."""

from collections.abc import Callable

import pytest

from core.model import errors
from core.model.commands.vm_snapshot import CreateVMSnapshot
from core.model.hypervisors import Hypervisor
from core.model.pool_types import DiskFormat
from core.model.records import Pool, VmSnapshot, Volume
from core.model.states import PoolState, SnapshotState, VmSnapshotState, VmState, VolumeState
from core.plans.context import GIB
from core.plans.operation import LetGo, RemoveVmSnapshot, SnapshotHeld, SnapshotVm, TakeSnapshot
from core.plans.step import change
from tests.refusal import refusal
from tests.small_zone import SmallZone

COMMAND = CreateVMSnapshot(virtual_machine_id="vm")
MEMORY = CreateVMSnapshot(virtual_machine_id="vm", snapshot_memory=True)
QUIESCED = CreateVMSnapshot(virtual_machine_id="vm", quiesce_vm=True)


def of_machine(zone: SmallZone, id: str = "vs", **fields: object) -> VmSnapshot:
    """A snapshot of the machine with its root disk inside."""
    given: dict[str, object] = {
        "disks": {"root-vm": 2 * GIB},
        "state": VmSnapshotState.READY,
    }
    return zone.vm_snapshot(id, **{**given, **fields})


@pytest.fixture
def zone() -> SmallZone:
    """A running machine with a root disk."""
    made = SmallZone()
    made.vm()
    made.root()
    return made


def _full(zone: SmallZone) -> None:
    zone.set("vmsnapshot.max", 1)
    of_machine(zone)


def _in_maintenance(zone: SmallZone) -> None:
    pool = zone.inventory.get(Pool, "nfs")
    zone.apply((change(pool, "MaintenanceRequested"),))


Prepare = Callable[[SmallZone], object]
REFUSED: dict[str, tuple[Prepare, CreateVMSnapshot, type[errors.ForebayError], int, str]] = {
    "no disks": (
        lambda zone: zone.inventory.remove(Volume, "root-vm"),
        COMMAND,
        errors.Conflict,
        431,
        "vm/vm",
    ),
    "hypervisor": (
        lambda zone: zone.vm(hypervisor=Hypervisor.LXC),
        COMMAND,
        errors.Unsupported,
        431,
        "vm/vm",
    ),
    "state": (
        lambda zone: zone.vm(state=VmState.DESTROYED),
        COMMAND,
        errors.Conflict,
        431,
        "vm/vm",
    ),
    "memory of a stopped one": (
        lambda zone: zone.stopped_vm(),
        MEMORY,
        errors.Invalid,
        431,
        "vm/vm",
    ),
    "quiesced with memory": (
        lambda zone: zone,
        CreateVMSnapshot(virtual_machine_id="vm", quiesce_vm=True, snapshot_memory=True),
        errors.Invalid,
        431,
        "vm/vm",
    ),
    "quiesced without tools": (lambda zone: zone, QUIESCED, errors.Invalid, 431, "vm/vm"),
    "disks alone": (
        lambda zone: zone.set("kvm.vmstoragesnapshot.enabled", value=False),
        COMMAND,
        errors.Invalid,
        431,
        "vm/vm",
    ),
    "a volume's state": (
        lambda zone: zone.volume(vm_id="vm", device_id=1, state=VolumeState.RESIZING),
        COMMAND,
        errors.Conflict,
        431,
        "volume/vol",
    ),
    "a pool in maintenance": (_in_maintenance, COMMAND, errors.Conflict, 530, "pool/nfs"),
    "a volume's snapshot": (
        lambda zone: zone.snapshot(volume_id="root-vm", state=SnapshotState.BACKING_UP),
        COMMAND,
        errors.Conflict,
        530,
        "volume/root-vm",
    ),
    "a raw disk in use": (
        lambda zone: zone.volume(vm_id="vm", device_id=1, pool_id="rbd", format=DiskFormat.RAW),
        COMMAND,
        errors.Unsupported,
        431,
        "volume/vol",
    ),
    "one under way": (
        lambda zone: of_machine(zone, state=VmSnapshotState.CREATING),
        COMMAND,
        errors.Conflict,
        530,
        "vm/vm",
    ),
    "too many": (_full, COMMAND, errors.Conflict, 530, "vm/vm"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_cannot_be_kept_as_a_whole_is_refused(zone: SmallZone, case: str) -> None:
    """Each with CloudStack's number, the object and a hint."""
    prepare, command, kind, number, subject = REFUSED[case]
    prepare(zone)
    with refusal(kind, number, subject):
        zone.check(command)


def test_failed_ones_do_not_count(zone: SmallZone) -> None:
    """Nothing of them is inside the disks."""
    zone.set("vmsnapshot.max", 1)
    of_machine(zone, state=VmSnapshotState.ERROR)
    zone.check(COMMAND)


@pytest.mark.parametrize("hypervisor", [Hypervisor.XENSERVER, Hypervisor.VMWARE])
def test_guests_with_tools_are_brought_to_rest(zone: SmallZone, hypervisor: Hypervisor) -> None:
    """XenServer's and VMware's."""
    zone.vm(hypervisor=hypervisor)
    zone.check(QUIESCED)


@pytest.mark.parametrize("command", [COMMAND, MEMORY])
def test_a_running_machines_host_keeps_its_disks_at_once(
    zone: SmallZone, command: CreateVMSnapshot
) -> None:
    """In one step, with its memory or without."""
    zone.volume(vm_id="vm", device_id=1)
    (step,) = zone.plan(command).steps
    assert step.actor == "host/h1"
    assert isinstance(step.do, SnapshotVm)
    assert step.do.memory is command.snapshot_memory
    assert isinstance(step.undo, RemoveVmSnapshot)
    assert {disk.name for disk in step.undo.disks} == {"root-vm", "vol"}


def test_a_machine_is_held_while_its_pools_keep_its_disks(zone: SmallZone) -> None:
    """Where all are on storage that keeps snapshots itself; taking it back lets it go on."""
    zone.root(pool_id="rbd", format=DiskFormat.RAW)
    zone.volume(vm_id="vm", device_id=1, pool_id="rbd", format=DiskFormat.RAW)
    (step,) = zone.plan(COMMAND).steps
    assert step.actor == "host/h1"
    assert isinstance(step.do, SnapshotHeld)
    assert {(disk.pool_id, disk.name) for disk in step.do.disks} == {
        ("rbd", "root-vm"),
        ("rbd", "vol"),
    }
    assert isinstance(step.undo, LetGo)
    assert step.undo.disks == step.do.disks


def test_raw_disks_are_not_kept_with_memory_or_where_that_is_not_set(zone: SmallZone) -> None:
    """The setting is kvm.vmstoragesnapshot.enabled."""
    zone.root(pool_id="rbd", format=DiskFormat.RAW)
    with refusal(errors.Unsupported, 431, "volume/root-vm"):
        zone.check(MEMORY)
    zone.set("kvm.vmstoragesnapshot.enabled", False)
    with refusal(errors.Invalid, 431, "vm/vm"):
        zone.check(COMMAND)


def test_a_stopped_machines_pools_keep_its_disks(zone: SmallZone) -> None:
    """Storage that keeps snapshots itself keeps raw disks too."""
    zone.stopped_vm()
    zone.volume(vm_id="vm", device_id=1, pool_id="rbd", format=DiskFormat.RAW)
    plan = zone.plan(COMMAND)
    kept = {step.actor: step.do for step in plan.steps if step.do is not None}
    assert set(kept) == {"pool/nfs", "pool/rbd"}
    assert all(isinstance(do, TakeSnapshot) for do in kept.values())


def test_the_newest_one_is_current_and_knows_its_parent(zone: SmallZone) -> None:
    """The one before is not current any more."""
    first = zone.claim(COMMAND).id
    table = zone.inventory
    zone.apply((change(table.get(VmSnapshot, first), "CreateRequested"),))
    zone.apply((change(table.get(VmSnapshot, first), "OperationSucceeded", current=True),))
    plan = zone.plan(COMMAND)
    zone.run(plan)
    second = next(each for each in table.all(VmSnapshot) if each.id != first)
    assert (second.current, second.parent_id) == (True, first)
    assert not table.get(VmSnapshot, first).current


def test_kept_memory_counts_as_allocated(zone: SmallZone) -> None:
    """On the pool of the root disk; that of a failed one does not."""
    before = zone.inventory.total("pool.allocated", "nfs")
    plan = zone.plan(MEMORY)
    zone.run(plan)
    assert zone.inventory.total("pool.allocated", "nfs") == before + GIB
    taken = next(iter(zone.inventory.all(VmSnapshot)))
    assert taken.disks == {"root-vm": 2 * GIB}


def test_pools_in_maintenance_are_the_only_states_refused(zone: SmallZone) -> None:
    """Machines on a Disabled pool go on, and so do their snapshots."""
    zone.apply((change(zone.inventory.get(Pool, "nfs"), "DisableRequested"),))
    assert zone.inventory.get(Pool, "nfs").state is PoolState.DISABLED
    zone.check(COMMAND)
