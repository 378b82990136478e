"""resizeVolume and changeOfferingForVolume: what they refuse, and the steps they take."""

import msgspec
import pytest

from core.model import errors
from core.model.commands.command import Command
from core.model.commands.volume import ChangeOfferingForVolume, ResizeVolume
from core.model.errors import ForebayError
from core.model.hypervisors import Hypervisor
from core.model.pool_types import DiskFormat
from core.model.records import (
    DiskOffering,
    Host,
    Pool,
    ServiceOffering,
    Volume,
)
from core.model.states import ResourceState, SnapshotState, VolumeState
from core.plans.context import GIB
from core.plans.operation import CreateDisk, ResizeAttachedDisk, ResizeDisk
from core.plans.step import Plan
from tests.refusal import refusal
from tests.small_zone import SmallZone

GROW = ResizeVolume(id="vol", size=3)
SHRINK = ResizeVolume(id="vol", size=1, shrink_ok=True)
CHANGE = ChangeOfferingForVolume(id="vol", disk_offering_id="large")


@pytest.fixture
def zone() -> SmallZone:
    """The small zone with a detached volume of 2 GiB with a customized offering."""
    zone = SmallZone()
    zone.volume(size_bytes=2 * GIB, disk_offering_id="custom")
    zone.add(DiskOffering(id="strict", name="strict", display_text="", size_strict=True))
    zone.add(DiskOffering(id="secret", name="secret", display_text="", encrypt=True))
    return zone


def operations(plan: Plan) -> list[str]:
    """What the plan's steps ask of drivers, by the names of the operations."""
    return [type(step.do).__name__ for step in plan.steps if step.do is not None]


RESIZE_REFUSALS = [
    pytest.param(ResizeVolume(id="vol"), errors.Invalid, 432, "volume/vol", id="nothing asked"),
    pytest.param(
        ResizeVolume(id="vol", disk_offering_id="tagged"),
        errors.Invalid,
        432,
        "volume/vol",
        id="other tags",
    ),
    pytest.param(
        ResizeVolume(id="vol", size=1), errors.Invalid, 432, "volume/vol", id="no consent"
    ),
    pytest.param(
        ResizeVolume(id="vol", size=2000),
        errors.Invalid,
        432,
        "setting/custom.diskoffering.size.max",
        id="too large",
    ),
    pytest.param(
        ResizeVolume(id="vol", disk_offering_id="strict", size=2),
        errors.Invalid,
        432,
        "disk_offering/strict",
        id="strictness differs",
    ),
    pytest.param(
        ResizeVolume(id="vol", disk_offering_id="secret", size=3),
        errors.Invalid,
        432,
        "disk_offering/secret",
        id="encryption differs",
    ),
    pytest.param(
        ResizeVolume(id="vol", size=900), errors.NoCapacity, 530, "pool/nfs", id="no room"
    ),
    pytest.param(
        ResizeVolume(id="vol", disk_offering_id="custom", size=1000, auto_migrate=True),
        errors.NoCapacity,
        530,
        "zone/z1",
        id="no room anywhere",
    ),
]


@pytest.mark.parametrize(("command", "kind", "number", "object"), RESIZE_REFUSALS)
def test_wrong_resizes_are_refused(
    zone: SmallZone, command: Command, kind: type[ForebayError], number: int, object: str
) -> None:
    """Parameter errors have the number 432, missing room 530."""
    zone.set("max.account.primary.storage", -1)
    with refusal(kind, number, object):
        zone.check(command)


CHANGE_REFUSALS = [
    pytest.param("custom", {}, "disk_offering/custom", id="same offering"),
    pytest.param("tagged", {}, "disk_offering/tagged", id="other tags"),
    pytest.param("large", {"size": 4}, "disk_offering/large", id="size of a fixed offering"),
    pytest.param("small", {}, "volume/vol", id="smaller without consent"),
    pytest.param("strict", {}, "disk_offering/strict", id="strictness"),
]


@pytest.mark.parametrize(("offering", "more", "object"), CHANGE_REFUSALS)
def test_wrong_changes_of_offering_are_refused(
    zone: SmallZone, offering: str, more: dict[str, int], object: str
) -> None:
    """All have the number 431."""
    command = ChangeOfferingForVolume(id="vol", disk_offering_id=offering, **more)  # type: ignore[arg-type]
    with refusal(errors.Invalid, 431, object):
        zone.check(command)


@pytest.mark.parametrize(("command", "number"), [(GROW, 432), (CHANGE, 431)], ids=["size", "new"])
def test_volumes_that_work_are_not_resized(zone: SmallZone, command: Command, number: int) -> None:
    """Only Ready and Allocated ones are."""
    zone.volume(state=VolumeState.MIGRATING, job_id="j", disk_offering_id="custom")
    with refusal(errors.Conflict, number, "volume/vol"):
        zone.check(command)


@pytest.mark.parametrize("command", [GROW, CHANGE], ids=["size", "new"])
def test_a_snapshot_in_progress_keeps_the_size(zone: SmallZone, command: Command) -> None:
    """It copies the disk as it is."""
    zone.snapshot(state=SnapshotState.CREATING, job_id="j")
    with refusal(errors.Conflict, 530, "volume/vol"):
        zone.check(command)


@pytest.mark.parametrize("command", [GROW, CHANGE], ids=["size", "new"])
def test_vm_snapshots_keep_the_size(zone: SmallZone, command: Command) -> None:
    """They hold the disks as they were."""
    zone.stopped_vm()
    zone.volume(vm_id="vm", device_id=1, size_bytes=2 * GIB, disk_offering_id="custom")
    zone.vm_snapshot(memory=True)
    with refusal(errors.Conflict, 431, "vm/vm"):
        zone.check(command)


HYPERVISOR_REFUSALS = [
    pytest.param(Hypervisor.HYPERV, GROW, errors.Unsupported, 432, "volume/vol", id="Hyper-V"),
    pytest.param(Hypervisor.LXC, GROW, errors.Unsupported, 432, "volume/vol", id="LXC"),
    pytest.param(Hypervisor.XENSERVER, GROW, errors.Conflict, 530, "vm/vm", id="XenServer runs"),
    pytest.param(Hypervisor.VMWARE, SHRINK, errors.Unsupported, 432, "volume/vol", id="VMware"),
    pytest.param(Hypervisor.KVM, SHRINK, errors.Conflict, 432, "vm/vm", id="KVM runs"),
]


@pytest.mark.parametrize(("hypervisor", "command", "kind", "number", "object"), HYPERVISOR_REFUSALS)
def test_each_hypervisor_has_its_limits(
    zone: SmallZone,
    hypervisor: Hypervisor,
    command: Command,
    kind: type[ForebayError],
    number: int,
    object: str,
) -> None:
    """Of a running machine: XenServer must stop, VMware never shrinks, KVM shrinks when closed."""
    zone.vm(hypervisor=hypervisor)
    zone.volume(vm_id="vm", device_id=1, size_bytes=2 * GIB, disk_offering_id="custom")
    with refusal(kind, number, object):
        zone.check(command)


def test_a_running_machine_needs_a_usable_host(zone: SmallZone) -> None:
    """KVM resizes on the host, which must be Up and Enabled."""
    host = zone.inventory.get(Host, "h1")
    zone.add(msgspec.structs.replace(host, resource_state=ResourceState.DISABLED))
    zone.vm()
    zone.volume(vm_id="vm", device_id=1, size_bytes=2 * GIB, disk_offering_id="custom")
    with refusal(errors.Conflict, 530, "host/h1"):
        zone.check(GROW)


def test_a_closed_qcow2_disk_shrinks_with_consent(zone: SmallZone) -> None:
    """The guide lets it (decision 0014)."""
    (step,) = zone.plan(SHRINK).steps
    assert step.do == ResizeDisk(name="vol", size_bytes=GIB, shrink=True)


def test_a_disk_with_snapshots_inside_does_not_shrink(zone: SmallZone) -> None:
    """They would lose their ends."""
    zone.snapshot(pool_id="nfs")
    with refusal(errors.Conflict, 530, "volume/vol"):
        zone.check(SHRINK)


def test_an_open_disk_grows_where_it_is_open(zone: SmallZone) -> None:
    """Its host resizes it."""
    zone.vm()
    zone.volume(vm_id="vm", device_id=1, size_bytes=2 * GIB, disk_offering_id="custom")
    (step,) = zone.plan(GROW).steps
    assert step.do == ResizeAttachedDisk(vm_id="vm", device_id=1, size_bytes=3 * GIB)
    assert step.actor == "host/h1"


def test_an_allocated_volume_only_changes_its_record(zone: SmallZone) -> None:
    """There is no disk; even without one, shrinking needs consent."""
    zone.allocated(size_bytes=2 * GIB, disk_offering_id="custom")
    with refusal(errors.Invalid, 432, "volume/vol"):
        zone.check(ResizeVolume(id="vol", size=1))
    plan = zone.plan(SHRINK)
    assert operations(plan) == []
    zone.run(plan)
    assert zone.inventory.get(Volume, "vol").size_bytes == GIB


def _full(zone: SmallZone) -> None:
    zone.add(msgspec.structs.replace(zone.inventory.get(Pool, "nfs"), capacity_bytes=1))


@pytest.mark.parametrize(
    "command",
    [
        ResizeVolume(id="vol", size=3, auto_migrate=True),
        ChangeOfferingForVolume(id="vol", disk_offering_id="large", auto_migrate=True),
    ],
    ids=["size", "new"],
)
def test_automigrate_copies_a_closed_disk_at_its_new_size(
    zone: SmallZone, command: Command
) -> None:
    """When its pool is full another one takes it, and the source goes last."""
    _full(zone)
    plan = zone.plan(command)
    assert operations(plan) == ["CreateDisk", "VerifyCopy", "RemoveDisk"]
    made = plan.steps[0].do
    assert isinstance(made, CreateDisk)
    zone.run(plan)
    volume = zone.inventory.get(Volume, "vol")
    assert volume.size_bytes == made.disk.size_bytes > 2 * GIB
    assert volume.pool_id != "nfs"
    assert volume.target_size_bytes == 0


def test_a_full_pool_needs_automigrate_for_a_new_offering(zone: SmallZone) -> None:
    """The number is 431 there."""
    _full(zone)
    with refusal(errors.Conflict, 431, "pool/nfs"):
        zone.check(CHANGE)


def test_an_open_disk_moves_live_and_grows_there(zone: SmallZone) -> None:
    """The guest goes on."""
    _full(zone)
    zone.vm()
    zone.volume(vm_id="vm", device_id=1, size_bytes=2 * GIB, disk_offering_id="custom")
    plan = zone.plan(ResizeVolume(id="vol", size=3, auto_migrate=True))
    assert operations(plan) == ["CreateDisk", "MirrorDisk", "RemoveDisk", "ResizeAttachedDisk"]


def test_other_tags_are_admitted_when_the_zone_says_so(zone: SmallZone) -> None:
    """Then the volume moves to a pool that has them."""
    zone.set("match.storage.pool.tags.with.disk.offering", False, "zone", "z1")
    command = ChangeOfferingForVolume(
        id="vol", disk_offering_id="tagged", auto_migrate=True, shrink_ok=True
    )
    zone.run(zone.plan(command))
    volume = zone.inventory.get(Volume, "vol")
    assert (volume.pool_id, volume.disk_offering_id) == ("more", "tagged")


def test_resizing_counts_against_the_limit(zone: SmallZone) -> None:
    """Only what is added does."""
    zone.limit("alice", "primary_storage", 2)
    with refusal(errors.QuotaExceeded, 535, "account/alice"):
        zone.check(GROW)


def test_a_fixed_root_disk_follows_its_service_offering(zone: SmallZone) -> None:
    """It is changed by changing that."""
    zone.stopped_vm(service_offering_id="fixed")
    zone.root(disk_offering_id="fixed-root", size_bytes=5 * GIB)
    with refusal(errors.Invalid, 432, "volume/root-vm"):
        zone.check(ResizeVolume(id="root-vm", size=6))


def test_a_strict_service_offering_keeps_its_root_disk(zone: SmallZone) -> None:
    """Both commands refuse it."""
    offering = zone.inventory.get(ServiceOffering, "tiny")
    zone.add(msgspec.structs.replace(offering, disk_strict=True))
    zone.stopped_vm()
    zone.root()
    with refusal(errors.Invalid, 432, "volume/root-vm"):
        zone.check(ResizeVolume(id="root-vm", size=6))
    with refusal(errors.Invalid, 431, "volume/root-vm"):
        zone.check(ChangeOfferingForVolume(id="root-vm", disk_offering_id="large"))


def test_a_running_root_disk_grows_by_size_but_not_by_offering(zone: SmallZone) -> None:
    """The guide wants the machine Stopped for a new offering."""
    zone.vm()
    zone.root()
    zone.check(ResizeVolume(id="root-vm", size=6))
    with refusal(errors.Invalid, 431, "volume/root-vm"):
        zone.check(ChangeOfferingForVolume(id="root-vm", disk_offering_id="large"))


def test_raw_disks_shrink_like_others(zone: SmallZone) -> None:
    """Format makes no difference to consent."""
    zone.volume(size_bytes=2 * GIB, disk_offering_id="custom", pool_id="rbd", format=DiskFormat.RAW)
    assert operations(zone.plan(SHRINK)) == ["ResizeDisk"]
