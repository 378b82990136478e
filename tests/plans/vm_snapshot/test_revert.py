"""revertToVMSnapshot, deleteVMSnapshot and createSnapshotFromVMSnapshot."""

from collections.abc import Callable

import pytest

from core.model import errors
from core.model.commands.command import Command
from core.model.commands.snapshot import CreateSnapshot, RevertSnapshot
from core.model.commands.vm import DestroyVirtualMachine
from core.model.commands.vm_snapshot import (
    CreateSnapshotFromVMSnapshot,
    DeleteVMSnapshot,
    RevertToVMSnapshot,
)
from core.model.commands.volume import AttachVolume, DetachVolume, MigrateVolume, ResizeVolume
from core.model.hypervisors import Hypervisor
from core.model.records import Vm, VmSnapshot, Volume
from core.model.states import SnapshotState, VmSnapshotState, VolumeState
from core.plans.context import GIB
from core.plans.operation import (
    RemoveSnapshot,
    RemoveVmSnapshot,
    RevertDisk,
    RevertVm,
    StoreImage,
)
from tests.refusal import refusal
from tests.small_zone import BOB, SmallZone

REVERT = RevertToVMSnapshot(id="vs")
DELETE = DeleteVMSnapshot(id="vs")
BACK_UP = CreateSnapshotFromVMSnapshot(volume_id="vol", vm_snapshot_id="vs")


def of_machine(zone: SmallZone, id: str = "vs", **fields: object) -> VmSnapshot:
    """A snapshot of the machine with both its disks inside."""
    given: dict[str, object] = {
        "disks": {"root-vm": 2 * GIB, "vol": GIB},
        "current": True,
        "state": VmSnapshotState.READY,
    }
    return zone.vm_snapshot(id, **{**given, **fields})


@pytest.fixture
def zone() -> SmallZone:
    """A stopped machine with a root and a data disk, and a snapshot of it."""
    made = SmallZone()
    made.stopped_vm()
    made.root()
    made.volume(vm_id="vm", device_id=1)
    of_machine(made)
    return made


Prepare = Callable[[SmallZone], object]
Case = tuple[Prepare, Command, type[errors.ForebayError], int, str]


def _grown_beyond(zone: SmallZone) -> None:
    of_machine(zone, disks={"root-vm": 2 * GIB, "vol": 9 * GIB})
    zone.limit("alice", "primary_storage", 5)


REFUSED: dict[str, Case] = {
    "reverting when no disk is left": (
        lambda zone: [zone.inventory.remove(Volume, id) for id in ("root-vm", "vol")],
        REVERT,
        errors.Conflict,
        431,
        "vm_snapshot/vs",
    ),
    "reverting to one that is not ready": (
        lambda zone: of_machine(zone, state=VmSnapshotState.ERROR),
        REVERT,
        errors.Conflict,
        431,
        "vm_snapshot/vs",
    ),
    "reverting a running machine's disks": (
        lambda zone: zone.vm(),
        REVERT,
        errors.Invalid,
        431,
        "vm/vm",
    ),
    "reverting a stopped machine's memory": (
        lambda zone: of_machine(zone, memory=True),
        REVERT,
        errors.Invalid,
        431,
        "vm/vm",
    ),
    "reverting while another is worked on": (
        lambda zone: of_machine(zone, "other", state=VmSnapshotState.EXPUNGING),
        REVERT,
        errors.Conflict,
        530,
        "vm/vm",
    ),
    "reverting while a volume is backed up": (
        lambda zone: zone.snapshot(state=SnapshotState.BACKING_UP),
        REVERT,
        errors.Conflict,
        530,
        "volume/vol",
    ),
    "reverting a volume that is worked on": (
        lambda zone: zone.volume(vm_id="vm", device_id=1, state=VolumeState.RESIZING),
        REVERT,
        errors.Conflict,
        431,
        "volume/vol",
    ),
    "reverting beyond the limit": (
        _grown_beyond,
        REVERT,
        errors.QuotaExceeded,
        535,
        "account/alice",
    ),
    "deleting one that is worked on": (
        lambda zone: of_machine(zone, state=VmSnapshotState.REVERTING),
        DELETE,
        errors.Conflict,
        431,
        "vm_snapshot/vs",
    ),
    "backing up a foreign disk": (
        lambda zone: zone.volume("other"),
        CreateSnapshotFromVMSnapshot(volume_id="other", vm_snapshot_id="vs"),
        errors.Invalid,
        431,
        "volume/other",
    ),
    "backing up elsewhere than on KVM": (
        lambda zone: zone.stopped_vm(hypervisor=Hypervisor.VMWARE),
        BACK_UP,
        errors.Unsupported,
        431,
        "vm_snapshot/vs",
    ),
    "backing up a disk in use": (
        lambda zone: zone.vm(),
        BACK_UP,
        errors.Conflict,
        431,
        "volume/vol",
    ),
    "backing up beyond the limit": (
        lambda zone: zone.limit("alice", "snapshot", 0),
        BACK_UP,
        errors.QuotaExceeded,
        535,
        "account/alice",
    ),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_cannot_be_done_with_it_is_refused(zone: SmallZone, case: str) -> None:
    """Each with CloudStack's number, the object and a hint."""
    prepare, command, kind, number, subject = REFUSED[case]
    prepare(zone)
    with refusal(kind, number, subject):
        zone.check(command)


@pytest.mark.parametrize("command", [REVERT, DELETE, BACK_UP])
def test_foreign_ones_are_unknown(zone: SmallZone, command: Command) -> None:
    """As if they were not there."""
    with refusal(errors.NotFound, 431, "vm_snapshot/vs"):
        zone.check(command, BOB)


def _attached(zone: SmallZone) -> Command:
    zone.volume("more")
    return AttachVolume(id="more", virtual_machine_id="vm")


def _reverted(zone: SmallZone) -> Command:
    zone.snapshot()
    return RevertSnapshot(id="snap")


HELD: dict[str, Callable[[SmallZone], Command]] = {
    "attachVolume": _attached,
    "detachVolume": lambda _zone: DetachVolume(id="vol"),
    "migrateVolume": lambda _zone: MigrateVolume(volume_id="vol", storage_id="more"),
    "createSnapshot": lambda _zone: CreateSnapshot(volume_id="vol"),
    "revertSnapshot": _reverted,
}


@pytest.mark.parametrize("name", HELD)
def test_a_machine_keeps_its_disks_for_its_snapshots(zone: SmallZone, name: str) -> None:
    """A failed snapshot holds nothing."""
    of_machine(zone, memory=True)
    command = HELD[name](zone)
    with refusal(errors.Conflict, 431, "vm/vm"):
        zone.check(command)
    of_machine(zone, state=VmSnapshotState.ERROR)
    zone.check(command)


@pytest.mark.parametrize("memory", [False, True])
def test_disks_alone_of_kvm_let_volumes_come_and_grow(zone: SmallZone, *, memory: bool) -> None:
    """With memory they don't."""
    of_machine(zone, memory=memory)
    for command in (_attached(zone), ResizeVolume(id="vol", size=2)):
        if memory:
            with refusal(errors.Conflict, 431, "vm/vm"):
                zone.check(command)
        else:
            zone.check(command)


def test_a_disk_with_one_inside_does_not_move_to_grow(zone: SmallZone) -> None:
    """What is inside would be left behind."""
    command = ResizeVolume(id="vol", size=60, auto_migrate=True)
    zone.volume(vm_id="vm", device_id=1, disk_offering_id="custom")
    zone.volume("filling", size_bytes=120 * GIB)
    with refusal(errors.Conflict, 530, "volume/vol"):
        zone.check(command)


def test_a_stopped_machines_disks_go_back_one_by_one(zone: SmallZone) -> None:
    """Once the first has gone back there is no way but on; each has the size that it had."""
    zone.volume(vm_id="vm", device_id=1, size_bytes=3 * GIB)
    plan = zone.plan(REVERT)
    backs = [step for step in plan.steps if isinstance(step.do, RevertDisk)]
    assert [(step.final, step.certain) for step in backs] == [(False, False), (True, True)]
    zone.run(plan)
    volume = zone.inventory.get(Volume, "vol")
    assert (volume.size_bytes, volume.chain_ended) == (GIB, True)
    assert zone.inventory.get(VmSnapshot, "vs").current


def test_a_running_machine_goes_on_from_its_memory(zone: SmallZone) -> None:
    """In one step of its host."""
    zone.vm()
    of_machine(zone, memory=True)
    plan = zone.plan(REVERT)
    assert [type(step.do) for step in plan.steps] == [RevertVm]
    assert not plan.steps[0].certain


def test_those_based_on_a_deleted_one_are_based_on_its_parent(zone: SmallZone) -> None:
    """And the parent of the current one is current."""
    of_machine(zone, "old", current=False)
    of_machine(zone, "vs", parent_id="old")
    of_machine(zone, "young", parent_id="vs", current=False)
    plan = zone.plan(DELETE)
    assert all(step.final for step in plan.steps)
    assert {step.actor for step in plan.steps if isinstance(step.do, RemoveSnapshot)} == {
        "pool/nfs"
    }
    zone.run(plan)
    assert zone.inventory.find(VmSnapshot, "vs") is None
    assert zone.inventory.get(VmSnapshot, "young").parent_id == "old"
    assert zone.inventory.get(VmSnapshot, "old").current


def test_a_running_machines_host_removes_it(zone: SmallZone) -> None:
    """Its pools may not touch open disks."""
    zone.vm()
    kinds = [type(step.do) for step in zone.plan(DELETE).steps if step.do is not None]
    assert kinds == [RemoveVmSnapshot]


def test_a_failed_one_is_only_forgotten(zone: SmallZone) -> None:
    """There is nothing in the disks."""
    of_machine(zone, state=VmSnapshotState.ERROR)
    plan = zone.plan(DELETE)
    assert all(step.do is None for step in plan.steps)
    zone.run(plan)
    assert zone.inventory.find(VmSnapshot, "vs") is None


def test_one_disk_is_backed_up_as_a_whole(zone: SmallZone) -> None:
    """Its size is the one that it had."""
    of_machine(zone, disks={"vol": 5 * GIB})
    (step,) = zone.plan(BACK_UP).steps
    assert isinstance(step.do, StoreImage)
    assert step.do.base == ""
    assert step.bytes == 5 * GIB


def test_a_destroyed_machines_snapshots_go_with_it(zone: SmallZone) -> None:
    """Its data disks live on without them."""
    plan = zone.plan(DestroyVirtualMachine(id="vm"))
    removed = [step.do for step in plan.steps if isinstance(step.do, RemoveSnapshot)]
    assert {(do.name, do.snapshot) for do in removed} == {("root-vm", "vs"), ("vol", "vs")}
    zone.run(plan)
    assert zone.inventory.count(VmSnapshot) == 0
    assert zone.inventory.find(Vm, "vm") is not None
