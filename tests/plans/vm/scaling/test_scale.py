"""scaleVirtualMachine and changeServiceForVirtualMachine: the guide's table of root sizes."""

from collections.abc import Mapping

import msgspec
import pytest

from core.model import errors
from core.model.commands.vm import ChangeServiceForVirtualMachine, ScaleVirtualMachine
from core.model.errors import ForebayError
from core.model.records import DiskOffering, ServiceOffering, Vm, Volume
from core.model.states import SnapshotState, VmState, VolumeState
from core.plans.context import GIB
from core.plans.operation import CreateDisk, ResizeDisk
from core.plans.vm.scaling.shape import MIB, Shape, shape_of, whole
from tests.refusal import refusal
from tests.small_zone import BOB, SmallZone

SCALE = ScaleVirtualMachine(id="vm", service_offering_id="fixed")


def offer(zone: SmallZone, id: str, size_gib: int, /, **root: object) -> ServiceOffering:
    """A service offering with such a root disk, of a disk offering that nobody else sees."""
    small = zone.inventory.get(DiskOffering, "small")
    fields = {"size_bytes": size_gib * GIB, "service_offering_id": id, **root}
    zone.add(msgspec.structs.replace(small, id=f"{id}-root", **fields))
    tiny = zone.inventory.get(ServiceOffering, "tiny")
    return zone.add(msgspec.structs.replace(tiny, id=id, disk_offering_id=f"{id}-root"))


@pytest.fixture
def zone() -> SmallZone:
    """A zone with a stopped machine of offering tiny, whose root disk has 2 GiB."""
    zone = SmallZone()
    zone.stopped_vm()
    zone.root()
    return zone


@pytest.mark.parametrize(
    ("old_gib", "new_gib", "becomes_gib"),
    [(0, 0, 2), (0, 2, 2), (0, 5, 5), (5, 5, 5), (5, 10, 10), (5, 0, 5), (10, 0, 10)],
)
def test_the_root_disk_follows_the_guides_table(
    zone: SmallZone, old_gib: int, new_gib: int, becomes_gib: int
) -> None:
    """It grows to the new offering's size, and stays where that has none."""
    offer(zone, "old", old_gib)
    offer(zone, "new", new_gib)
    zone.stopped_vm(service_offering_id="old")
    zone.root(disk_offering_id="old-root", size_bytes=(old_gib or 2) * GIB)
    plan = zone.plan(ScaleVirtualMachine(id="vm", service_offering_id="new"))
    grown = [step for step in plan.steps if isinstance(step.do, ResizeDisk)]
    assert bool(grown) is (becomes_gib > (old_gib or 2))
    zone.run(plan)
    root = zone.inventory.get(Volume, "root-vm")
    assert (root.size_bytes, root.disk_offering_id) == (becomes_gib * GIB, "new-root")
    assert zone.inventory.get(Vm, "vm").service_offering_id == "new"


@pytest.mark.parametrize(("old_gib", "new_gib"), [(10, 5), (0, 1)])
@pytest.mark.parametrize("shrink_ok", [False, True])
def test_no_service_offering_shrinks_a_root_disk(
    zone: SmallZone, old_gib: int, new_gib: int, *, shrink_ok: bool
) -> None:
    """Not even when the caller agrees."""
    offer(zone, "old", old_gib)
    offer(zone, "new", new_gib)
    zone.stopped_vm(service_offering_id="old")
    zone.root(disk_offering_id="old-root", size_bytes=(old_gib or 2) * GIB)
    with refusal(errors.Invalid, 431, "service_offering/new"):
        zone.check(ScaleVirtualMachine(id="vm", service_offering_id="new", shrink_ok=shrink_ok))


def test_processors_and_memory_are_the_new_offerings(zone: SmallZone) -> None:
    """Both commands do the same."""
    command = ChangeServiceForVirtualMachine(id="vm", service_offering_id="fixed")
    zone.run(zone.plan(command))
    vm = zone.inventory.get(Vm, "vm")
    assert (vm.cpus, vm.memory_bytes, vm.state) == (2, 2 * GIB, VmState.STOPPED)


@pytest.mark.parametrize(
    ("asked", "kind", "object"),
    [
        ("none", errors.NotFound, "service_offering/none"),
        ("tiny", errors.Invalid, "service_offering/tiny"),
    ],
)
def test_wrong_offerings_are_refused(
    zone: SmallZone, asked: str, kind: type[ForebayError], object: str
) -> None:
    """An unknown one, and the one that it has."""
    with refusal(kind, 431, object):
        zone.check(ScaleVirtualMachine(id="vm", service_offering_id=asked))


def test_foreign_machines_are_unknown(zone: SmallZone) -> None:
    """Bob learns nothing of alice's."""
    with refusal(errors.NotFound, 431, "vm/vm"):
        zone.check(SCALE, BOB)


@pytest.mark.parametrize("state", [VmState.STARTING, VmState.DESTROYED, VmState.ERROR])
def test_only_machines_that_run_or_rest_are_scaled(zone: SmallZone, state: VmState) -> None:
    """Those in between, and those that are gone, are not."""
    zone.vm(state=state)
    with refusal(errors.Conflict, 431, "vm/vm"):
        zone.check(SCALE)


def test_machines_with_vm_snapshots_stay_as_they_are(zone: SmallZone) -> None:
    """Those hold the disks and the memory that it has now."""
    zone.vm_snapshot()
    with refusal(errors.Conflict, 431, "vm/vm"):
        zone.check(SCALE)


def test_a_snapshot_that_is_being_taken_keeps_the_root_disk(zone: SmallZone) -> None:
    """It would grow under the copy; an offering that leaves the disk alone is welcome."""
    zone.snapshot(volume_id="root-vm", state=SnapshotState.BACKING_UP)
    with refusal(errors.Conflict, 530, "volume/root-vm"):
        zone.check(SCALE)
    offer(zone, "free", 0)
    zone.check(ScaleVirtualMachine(id="vm", service_offering_id="free"))


@pytest.mark.parametrize(
    "root",
    [{"tags": ("slow",)}, {"storage_type": "local", "tags": ("ssd",)}, {"encrypt": True}],
    ids=str,
)
def test_offerings_must_be_of_one_kind(zone: SmallZone, root: Mapping[str, object]) -> None:
    """New tags hold the old ones; local stays local, encrypted encrypted."""
    offer(zone, "old", 0, tags=("ssd",) if "encrypt" not in root else ())
    offer(zone, "new", 0, **root)
    zone.stopped_vm(service_offering_id="old")
    zone.root(disk_offering_id="old-root")
    with refusal(errors.Invalid, 431, "service_offering/new"):
        zone.check(ScaleVirtualMachine(id="vm", service_offering_id="new"))


def test_strict_offerings_go_only_to_strict_ones(zone: SmallZone) -> None:
    """The flag diskofferingstrictness must be equal."""
    fixed = zone.inventory.get(ServiceOffering, "fixed")
    zone.add(msgspec.structs.replace(fixed, disk_strict=True))
    with refusal(errors.Invalid, 431, "service_offering/fixed"):
        zone.check(SCALE)


@pytest.mark.parametrize(
    ("resource", "enough"), [("cpu", 2), ("memory", 2048), ("primary_storage", 5)]
)
def test_the_account_pays_the_difference(zone: SmallZone, resource: str, enough: int) -> None:
    """What it has counts already."""
    zone.limit("alice", resource, enough)
    zone.check(SCALE)
    zone.limit("alice", resource, enough - 1)
    with refusal(errors.QuotaExceeded, 535, "account/alice"):
        zone.check(SCALE)


def test_a_disk_offering_with_a_name_needs_leave_to_change(zone: SmallZone) -> None:
    """Without allow.diskoffering.change.during.scale.vm the root disk stays as it is."""
    offer(zone, "new", 7, service_offering_id="")
    command = ScaleVirtualMachine(id="vm", service_offering_id="new")
    before = zone.inventory.get(Volume, "root-vm")
    assert [step.do for step in zone.plan(command).steps] == [None]
    zone.set("allow.diskoffering.change.during.scale.vm", True, "zone", "z1")
    zone.run(zone.plan(command))
    root = zone.inventory.get(Volume, "root-vm")
    assert (before.size_bytes, root.size_bytes) == (2 * GIB, 7 * GIB)
    assert root.disk_offering_id == "new-root"


def test_a_root_disk_moves_where_the_new_offering_wants_it(zone: SmallZone) -> None:
    """Unless automigrate is false; the machine has its new offering last."""
    offer(zone, "new", 5, tags=("ssd",))
    command = ScaleVirtualMachine(id="vm", service_offering_id="new")
    with refusal(errors.Conflict, 431, "pool/nfs"):
        zone.check(msgspec.structs.replace(command, auto_migrate=False))
    plan = zone.plan(command)
    copies = [step.actor for step in plan.steps if isinstance(step.do, CreateDisk)]
    assert copies == ["pool/more"]
    zone.run(plan)
    root = zone.inventory.get(Volume, "root-vm")
    assert (root.pool_id, root.size_bytes) == ("more", 5 * GIB)


def test_a_root_disk_that_is_only_a_record_grows_in_it(zone: SmallZone) -> None:
    """No disk is touched; nor where there is no root disk at all."""
    zone.root(pool_id="", state=VolumeState.ALLOCATED)
    plan = zone.plan(SCALE)
    assert [step.do for step in plan.steps] == [None, None]
    zone.run(plan)
    assert zone.inventory.get(Volume, "root-vm").size_bytes == 5 * GIB
    zone.inventory.remove(Volume, "root-vm")
    zone.check(ScaleVirtualMachine(id="vm", service_offering_id="tiny"))


CUSTOM: dict[str, object] = {
    "customized": True,
    "min_cpus": 2,
    "max_cpus": 4,
    "max_memory_bytes": 1024 * MIB,
}


@pytest.mark.parametrize(
    ("cpus", "memory"),
    [("1", "512"), ("5", "512"), ("2", "0"), ("2", "1025")],
)
def test_customized_machines_stay_within_their_offering(
    zone: SmallZone, cpus: str, memory: str
) -> None:
    """At the exact borders."""
    tiny = zone.inventory.get(ServiceOffering, "tiny")
    custom = zone.add(msgspec.structs.replace(tiny, id="custom", **CUSTOM))
    with refusal(errors.Invalid, 431, "service_offering/custom"):
        shape_of(custom, {"cpuNumber": cpus, "memory": memory})
    assert shape_of(custom, {"cpuNumber": "4", "memory": "1024"}) == Shape(4, 1024 * MIB)


@pytest.mark.parametrize("text", ["two", "²", "-1", "1.5", "", "9" * 10])
def test_details_that_count_are_whole_numbers(text: str) -> None:
    """Anything else is refused; what is not there is none."""
    with refusal(errors.Invalid, 431):
        whole({"cpuNumber": text}, "cpuNumber")
    assert (whole({"cpuNumber": "07"}, "cpuNumber"), whole(None, "cpuNumber")) == (7, None)


@pytest.mark.parametrize(
    ("offering", "details"),
    [("custom", None), ("custom", {"memory": "512"}), ("tiny", {"cpuNumber": "2"})],
)
def test_only_customized_offerings_take_numbers(
    zone: SmallZone, offering: str, details: Mapping[str, str] | None
) -> None:
    """They need both."""
    tiny = zone.inventory.get(ServiceOffering, "tiny")
    zone.add(msgspec.structs.replace(tiny, id="custom", **CUSTOM))
    with refusal(errors.Invalid, 431, f"service_offering/{offering}"):
        shape_of(zone.inventory.get(ServiceOffering, offering), details)


def test_a_customized_machine_may_be_scaled_within_its_offering(zone: SmallZone) -> None:
    """The same offering with other numbers is another size."""
    tiny = zone.inventory.get(ServiceOffering, "tiny")
    zone.add(msgspec.structs.replace(tiny, **CUSTOM))
    details = {"cpuNumber": "3", "memory": "768"}
    command = ScaleVirtualMachine(id="vm", service_offering_id="tiny", details=details)
    zone.run(zone.plan(command))
    vm = zone.inventory.get(Vm, "vm")
    assert (vm.cpus, vm.memory_bytes) == (3, 768 * MIB)
