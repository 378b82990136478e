"""Steps that plans share: what each asks of whom, and what records go through."""

import msgspec
import pytest

from core.driver_words import DiskSpec
from core.model.pool_types import DiskFormat, PoolType
from core.model.records import Pool, Volume
from core.model.states import VolumeState
from core.plans.context import GIB
from core.plans.disk import (
    creation,
    handover,
    hypervisor_on,
    plugged,
    plugging,
    relocation,
    removal,
    spec,
)
from core.plans.operation import (
    AttachDisk,
    CreateDisk,
    DetachDisk,
    DiskAt,
    ImageAt,
    PluggedDisk,
    RemoveDisk,
    VerifyCopy,
)
from core.plans.step import Drop, Plan, Step, change
from tests.small_zone import SmallZone

IMAGE = ImageAt(store_id="s1", path="there")


def _pool(zone: SmallZone, id: str = "nfs", **fields: object) -> Pool:
    return zone.add(msgspec.structs.replace(zone.inventory.get(Pool, id), **fields))


def _volume(zone: SmallZone) -> Volume:
    return zone.inventory.get(Volume, "vol")


def _outline(steps: tuple[Step, ...]) -> list[tuple[str, str, bool]]:
    """Actor, operation and finality of each step."""
    return [(step.actor, type(step.do).__name__, step.final) for step in steps]


@pytest.mark.parametrize(
    ("type", "iops"),
    [
        (PoolType.NFS, (0, 0)),
        (PoolType.RBD, (0, 0)),
        (PoolType.ISCSI, (100, 200)),
        (PoolType.POWERFLEX, (100, 200)),
        (PoolType.LINSTOR, (100, 200)),
    ],
)
def test_operations_per_second_are_told_to_storage_that_keeps_them(
    zone: SmallZone, type: PoolType, iops: tuple[int, int]
) -> None:
    """Other storage could not do anything with them."""
    volume = zone.allocated(min_iops=100, max_iops=200)
    told = spec(volume, _pool(zone, type=type))
    assert (told.name, told.size_bytes) == ("vol", GIB)
    assert (told.min_iops, told.max_iops) == iops


@pytest.mark.parametrize(
    ("own", "asked", "hypervisor"),
    [("KVM", "VMware", "KVM"), ("Any", "VMware", "VMware"), ("", "VMware", "VMware"), ("", "", "")],
)
def test_a_pool_of_one_hypervisor_decides_for_its_disks(
    zone: SmallZone, own: str, asked: str, hypervisor: str
) -> None:
    """One that serves any leaves it to the machine."""
    assert hypervisor_on(_pool(zone, hypervisor=own), asked) == hypervisor


def test_creation_makes_the_disk_where_it_was_placed(zone: SmallZone) -> None:
    """Nothing is copied for an empty one; the undo removes it."""
    step = creation(zone.allocated(), zone.inventory.get(Pool, "nfs"))
    disk = DiskSpec(name="vol", size_bytes=GIB, format=DiskFormat.QCOW2)
    assert step.actor == "pool/nfs"
    assert step.do == CreateDisk(disk=disk)
    assert step.undo == RemoveDisk(name="vol")
    assert step.bytes == 0
    assert not step.final


def test_creation_from_a_source_copies_the_size(zone: SmallZone) -> None:
    """Progress counts it."""
    step = creation(zone.allocated(size_bytes=3 * GIB), zone.inventory.get(Pool, "nfs"), IMAGE)
    assert isinstance(step.do, CreateDisk)
    assert (step.do.source, step.bytes) == (IMAGE, 3 * GIB)


def test_a_volume_is_creating_then_ready_on_its_pool(zone: SmallZone) -> None:
    """The pool's room is taken from the beginning."""
    zone.allocated()
    step = creation(_volume(zone), zone.inventory.get(Pool, "rbd"))
    zone.apply(step.begin)
    creating = _volume(zone)
    assert (creating.state, creating.pool_id, creating.job_id) == (
        VolumeState.CREATING,
        "rbd",
        "job-1",
    )
    assert (creating.format, creating.hypervisor) == (DiskFormat.RAW, "KVM")
    zone.apply(step.commit)
    assert (_volume(zone).state, _volume(zone).job_id) == (VolumeState.READY, "")


@pytest.mark.parametrize("committed", [False, True])
def test_a_creation_taken_back_leaves_the_volume_as_it_was(
    zone: SmallZone, *, committed: bool
) -> None:
    """Whether its disk was Ready already or not."""
    before = zone.allocated(format=DiskFormat.QCOW2)
    step = creation(before, zone.inventory.get(Pool, "rbd"))
    zone.apply(step.begin)
    if committed:
        zone.apply(step.commit)
    zone.apply(step.revert)
    assert msgspec.structs.replace(_volume(zone), rev=1) == before


def test_a_relocation_copies_verifies_switches_and_only_then_removes(zone: SmallZone) -> None:
    """From the switch on nothing is taken back."""
    target = zone.inventory.get(Pool, "rbd")
    steps = relocation(zone.volume(), target, ())
    assert _outline(steps) == [
        ("pool/rbd", "CreateDisk", False),
        ("pool/rbd", "VerifyCopy", False),
        ("", "NoneType", True),
        ("pool/nfs", "RemoveDisk", True),
    ]
    source = DiskAt(pool_id="nfs", name="vol")
    disk = DiskSpec(name="vol", size_bytes=GIB, format=DiskFormat.RAW)
    assert steps[0].do == CreateDisk(disk=disk, source=source)
    assert steps[0].undo == RemoveDisk(name="vol")
    assert steps[1].do == VerifyCopy(name="vol", source=source)
    assert [step.bytes for step in steps] == [GIB, GIB, 0, 0]


def test_a_relocation_takes_room_on_the_target_from_its_beginning(zone: SmallZone) -> None:
    """Taken back, the volume is as it was."""
    before = zone.volume()
    first = relocation(before, zone.inventory.get(Pool, "more"), ())[0]
    zone.apply(first.begin)
    moving = _volume(zone)
    assert (moving.state, moving.pool_id, moving.target_pool_id) == (
        VolumeState.MIGRATING,
        "nfs",
        "more",
    )
    assert zone.inventory.total("pool.allocated", "more") == GIB
    zone.apply(first.revert)
    assert msgspec.structs.replace(_volume(zone), rev=1) == before


def test_a_relocated_volume_is_on_its_new_pool(zone: SmallZone) -> None:
    """With the new format, the fields asked for, and a chain of snapshots that ended."""
    zone.volume()
    target = zone.inventory.get(Pool, "rbd")
    gone = (change(zone.snapshot(pool_id="nfs"), pool_id=""),)
    zone.run(Plan(steps=relocation(_volume(zone), target, gone, disk_offering_id="large")))
    moved = _volume(zone)
    assert (moved.state, moved.pool_id, moved.target_pool_id, moved.target_size_bytes) == (
        VolumeState.READY,
        "rbd",
        "",
        0,
    )
    assert (moved.format, moved.disk_offering_id, moved.chain_ended) == (
        DiskFormat.RAW,
        "large",
        True,
    )


def test_what_is_lost_with_the_source_goes_when_that_has_gone(zone: SmallZone) -> None:
    """Not with the switch."""
    lost = (Drop(kind="snapshot", id="snap"),)
    switch, remove = handover(zone.volume(), zone.inventory.get(Pool, "more"), lost)
    assert lost[0] not in switch.commit
    assert remove.commit == lost


def test_plugging_says_what_goes_where(zone: SmallZone) -> None:
    """Its undo unplugs the same slot; the volume is Attaching meanwhile."""
    vm = zone.vm()
    volume = zone.volume(size_bytes=2 * GIB)
    disk = PluggedDisk(device_id=4, pool_id="nfs", name="vol", size_bytes=2 * GIB)
    assert plugged(volume, 4, "nfs") == disk
    step = plugging(volume, vm, 4, "nfs")
    assert step.actor == "host/h1"
    assert step.do == AttachDisk(vm_id="vm", disk=disk)
    assert step.undo == DetachDisk(vm_id="vm", device_id=4)
    zone.apply(step.begin)
    assert _volume(zone).state is VolumeState.ATTACHING
    zone.apply(step.revert)
    assert _volume(zone).state is VolumeState.READY


def test_a_volume_without_a_disk_is_only_forgotten(zone: SmallZone) -> None:
    """No driver is asked."""
    zone.allocated()
    steps = removal(_volume(zone), ())
    assert _outline(steps) == [("", "NoneType", True)]
    zone.run(Plan(steps=steps))
    assert zone.inventory.find(Volume, "vol") is None


@pytest.mark.parametrize("state", [VolumeState.READY, VolumeState.DESTROY])
def test_a_disk_is_removed_and_then_its_volume(zone: SmallZone, state: VolumeState) -> None:
    """Expunging while it goes, whether it had been destroyed before or not."""
    zone.volume(state=state)
    lost = (Drop(kind="snapshot", id="snap"),)
    steps = removal(_volume(zone), lost)
    assert _outline(steps) == [("pool/nfs", "RemoveDisk", True)]
    zone.apply(steps[0].begin)
    assert _volume(zone).state is VolumeState.EXPUNGING
    assert steps[0].commit[0] == lost[0]
    assert steps[0].commit[-1] == Drop(kind="volume", id="vol")
