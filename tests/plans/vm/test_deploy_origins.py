"""deployVirtualMachine from a snapshot or a volume: what is copied, taken and given back."""

from collections.abc import Mapping

import msgspec
import pytest

from core.model import errors
from core.model.commands.snapshot import DeleteSnapshot
from core.model.commands.vm import DeployVirtualMachine, StartVirtualMachine
from core.model.records import Pool, Snapshot, Vm, Volume
from core.model.states import SnapshotState, VolumeState
from core.plans.context import GIB
from core.plans.operation import CreateDisk, DiskAt, ImageAt, StartVm
from core.plans.step import Plan
from tests.refusal import refusal
from tests.small_zone import SmallZone

FROM_VOLUME = DeployVirtualMachine(zone_id="z1", service_offering_id="tiny", volume_id="vol")
FROM_SNAPSHOT = DeployVirtualMachine(zone_id="z1", service_offering_id="tiny", snapshot_id="snap")


def asked(fields: Mapping[str, object], command: DeployVirtualMachine) -> DeployVirtualMachine:
    """The command with other fields."""
    return msgspec.structs.replace(command, **fields)


@pytest.fixture
def zone() -> SmallZone:
    """A zone with a free volume and the snapshot of a root disk, both alice's."""
    zone = SmallZone()
    zone.volume("vol", size_bytes=3 * GIB)
    zone.snapshot("snap", volume_type="ROOT", size_bytes=4 * GIB, hypervisor="KVM")
    return zone


@pytest.mark.parametrize(
    ("fields", "size_gib"), [({}, 4), ({"root_disk_size": 4}, 4), ({"root_disk_size": 6}, 6)]
)
def test_a_machine_can_begin_from_a_snapshot(
    zone: SmallZone, fields: Mapping[str, object], size_gib: int
) -> None:
    """Its root disk is a copy, as large as the snapshot at least."""
    plan = zone.plan(asked(fields, FROM_SNAPSHOT))
    (copy,) = (step.do for step in plan.steps if isinstance(step.do, CreateDisk))
    assert copy.source == ImageAt(store_id="s1", path="snapshots/snap")
    assert copy.disk.size_bytes == size_gib * GIB
    zone.run(plan)
    root = next(volume for volume in zone.inventory.all(Volume) if volume.type == "ROOT")
    assert (root.snapshot_id, root.template_id, root.state) == ("snap", "", VolumeState.READY)


def test_a_snapshot_that_no_store_has_is_read_on_its_pool(zone: SmallZone) -> None:
    """As createVolume reads it."""
    zone.inventory.remove(type(zone.ref("snap", "snapshot")), "ref-snap")
    snapshot = zone.inventory.get(Snapshot, "snap")
    zone.add(msgspec.structs.replace(snapshot, pool_id="rbd"))
    plan = zone.plan(FROM_SNAPSHOT)
    (copy,) = (step.do for step in plan.steps if isinstance(step.do, CreateDisk))
    assert copy.source == DiskAt(pool_id="rbd", name="vol", snapshot="snap")


def test_a_snapshot_must_be_backed_up_to_begin_from(zone: SmallZone) -> None:
    """The number is 431."""
    zone.snapshot("snap", state=SnapshotState.BACKING_UP)
    with refusal(errors.Conflict, 431, "snapshot/snap"):
        zone.check(FROM_SNAPSHOT)


def test_a_snapshot_is_kept_until_the_machine_has_its_disk(zone: SmallZone) -> None:
    """A machine that is only a record could not start otherwise."""
    delete = DeleteSnapshot(id="snap")
    zone.check(delete)
    claim = zone.claim(asked({"start_vm": False}, FROM_SNAPSHOT))
    with refusal(errors.Conflict, 530, "snapshot/snap"):
        zone.check(delete)
    zone.run(zone.plan(StartVirtualMachine(id=claim.id)))
    zone.check(delete)


def begun_and_taken_back(zone: SmallZone, plan: Plan) -> None:
    """Let all steps begin, then take them back."""
    for step in plan.steps:
        zone.apply((*step.begin, *step.commit))
    for step in reversed(plan.steps):
        zone.apply(step.revert if not isinstance(step.do, StartVm) else ())


def test_a_machine_can_boot_from_a_volume(zone: SmallZone) -> None:
    """No disk is made; the volume is its root disk from then on, and costs nothing new."""
    zone.limit("alice", "primary_storage", 0)
    zone.limit("alice", "volume", 0)
    plan = zone.plan(FROM_VOLUME)
    assert [type(step.do).__name__ for step in plan.steps] == ["NoneType", "StartVm"]
    start = plan.steps[-1].do
    assert isinstance(start, StartVm)
    assert [(disk.device_id, disk.name) for disk in start.disks] == [(0, "vol")]
    zone.run(plan)
    volume = zone.inventory.get(Volume, "vol")
    assert (volume.type, volume.device_id) == ("ROOT", 0)
    assert zone.inventory.get(Vm, volume.vm_id).template_id == ""


def test_a_volume_is_free_again_when_its_machine_does_not_start(zone: SmallZone) -> None:
    """It is as it was before, and not lost with the machine that is in Error."""
    before = zone.inventory.get(Volume, "vol")
    begun_and_taken_back(zone, zone.plan(FROM_VOLUME))
    after = zone.inventory.get(Volume, "vol")
    assert msgspec.structs.replace(after, rev=before.rev) == before


def test_a_volume_to_boot_from_is_attached_without_a_start(zone: SmallZone) -> None:
    """Startvm=false only records it."""
    plan = zone.plan(asked({"start_vm": False}, FROM_VOLUME))
    assert [step.do for step in plan.steps] == [None]
    zone.run(plan)
    assert zone.inventory.get(Volume, "vol").vm_id


@pytest.mark.parametrize("fields", [{"vm_id": "vm"}, {"state": VolumeState.DESTROY}], ids=str)
def test_only_free_volumes_boot(zone: SmallZone, fields: Mapping[str, object]) -> None:
    """Neither attached nor destroyed ones."""
    zone.volume("vol", **fields)
    with refusal(errors.Conflict, 431, "volume/vol"):
        zone.check(FROM_VOLUME)


def test_a_volume_for_any_hypervisor_needs_one_to_be_named(zone: SmallZone) -> None:
    """Neither it nor its pool says which."""
    pool = zone.inventory.get(Pool, "nfs")
    zone.add(msgspec.structs.replace(pool, hypervisor="Any"))
    with refusal(errors.Invalid, 431, "volume/vol"):
        zone.check(FROM_VOLUME)
    claim = zone.claim(asked({"hypervisor": "KVM"}, FROM_VOLUME))
    assert zone.inventory.get(Vm, claim.id).hypervisor == "KVM"
