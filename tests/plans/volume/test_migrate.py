"""migrateVolume: what it refuses, by whom it copies, and what the volume is afterwards."""

import msgspec
import pytest

from core.model import errors
from core.model.commands.volume import MigrateVolume
from core.model.errors import ForebayError
from core.model.hypervisors import Hypervisor
from core.model.pool_types import PoolType
from core.model.records import DiskOffering, Host, Pool, Snapshot, StoreRef, Volume
from core.model.states import PoolState, VmState, VolumeState
from core.plans.context import GIB
from core.plans.operation import CreateDisk, DiskAt, MirrorDisk, PluggedDisk
from core.plans.step import Plan
from tests.refusal import refusal
from tests.small_zone import ADMIN, SmallZone

MOVE = MigrateVolume(volume_id="vol", storage_id="more")
LIVE = MigrateVolume(volume_id="vol", storage_id="more", live_migrate=True)


def _pool(zone: SmallZone, id: str, **fields: object) -> Pool:
    return zone.add(msgspec.structs.replace(zone.inventory.get(Pool, id), **fields))


def _outline(plan: Plan) -> list[tuple[str, str, bool]]:
    """Actor, operation and finality of each step."""
    return [
        (step.actor, type(step.do).__name__ if step.do else "", step.final) for step in plan.steps
    ]


VOLUME_REFUSALS = [
    pytest.param({"state": VolumeState.ALLOCATED, "pool_id": ""}, errors.Conflict, id="Allocated"),
    pytest.param({"state": VolumeState.RESIZING}, errors.Conflict, id="Resizing"),
    pytest.param({"account_id": "bob", "domain_id": "lab"}, errors.NotFound, id="foreign"),
]


@pytest.mark.parametrize(("fields", "kind"), VOLUME_REFUSALS)
def test_only_ready_volumes_of_ones_own_move(
    zone: SmallZone, fields: dict[str, object], kind: type[ForebayError]
) -> None:
    """The number is 431."""
    zone.volume(**fields)
    with refusal(kind, 431, "volume/vol"):
        zone.check(MOVE)


TARGET_REFUSALS = [
    pytest.param({"storage_id": "nfs"}, {}, errors.Invalid, 431, id="already there"),
    pytest.param({"storage_id": "none"}, {}, errors.NotFound, 431, id="unknown"),
    pytest.param({}, {"zone_id": "z2"}, errors.Invalid, 431, id="other zone"),
    pytest.param({}, {"state": PoolState.DISABLED}, errors.Conflict, 431, id="Disabled"),
    pytest.param({}, {"state": PoolState.MAINTENANCE}, errors.Conflict, 431, id="Maintenance"),
    pytest.param({}, {"capacity_bytes": GIB // 2}, errors.NoCapacity, 530, id="no room"),
    pytest.param({}, {"used_bytes": 85 * GIB}, errors.NoCapacity, 530, id="full"),
    pytest.param({}, {"capacity_iops": 49}, errors.NoCapacity, 530, id="no operations left"),
]


@pytest.mark.parametrize(("asked", "fields", "kind", "number"), TARGET_REFUSALS)
def test_wrong_targets_are_refused(
    zone: SmallZone,
    asked: dict[str, str],
    fields: dict[str, object],
    kind: type[ForebayError],
    number: int,
) -> None:
    """The refusal names the pool."""
    zone.volume(min_iops=50)
    _pool(zone, "more", **fields)
    command = msgspec.structs.replace(MOVE, **asked)
    with refusal(kind, number, f"pool/{command.storage_id}"):
        zone.check(command)


@pytest.mark.parametrize("state", [VmState.STARTING, VmState.MIGRATING, VmState.DESTROYED])
def test_a_machine_that_changes_keeps_its_disks_in_place(zone: SmallZone, state: VmState) -> None:
    """CloudStack's number is 530."""
    zone.vm(state=state)
    zone.volume(vm_id="vm", device_id=1)
    with refusal(errors.Conflict, 530, "vm/vm"):
        zone.check(LIVE)


@pytest.mark.parametrize("enabled", [True, False])
@pytest.mark.parametrize(
    ("hypervisor", "version", "moves"),
    [
        (Hypervisor.XENSERVER, "6.0.2", False),
        (Hypervisor.XENSERVER, "6.1.0", True),
        (Hypervisor.VMWARE, "4.1", False),
        (Hypervisor.VMWARE, "5.0", True),
    ],
)
def test_old_versions_do_not_move_live(
    zone: SmallZone, hypervisor: Hypervisor, version: str, *, moves: bool, enabled: bool
) -> None:
    """Our setting about KVM changes nothing there."""
    zone.set("kvm.livevolumemigration.enabled", enabled)
    zone.add(msgspec.structs.replace(zone.inventory.get(Host, "h1"), version=version))
    zone.vm(hypervisor=hypervisor)
    zone.volume(vm_id="vm", device_id=1)
    if moves:
        zone.check(LIVE)
        return
    with refusal(errors.Unsupported, 431, "volume/vol"):
        zone.check(LIVE)


@pytest.mark.parametrize(
    ("target", "reached"), [("far", False), ("more", True), ("wide", True), ("rbd", True)]
)
def test_a_live_move_stays_within_reach_of_the_host(
    zone: SmallZone, target: str, *, reached: bool
) -> None:
    """A stopped machine's disk may go to another cluster."""
    zone.vm()
    zone.volume(vm_id="vm", device_id=1)
    command = MigrateVolume(volume_id="vol", storage_id=target, live_migrate=True)
    if reached:
        zone.check(command)
    else:
        with refusal(errors.Invalid, 431, f"pool/{target}"):
            zone.check(command)
    zone.stopped_vm()
    zone.check(command)


def test_a_volume_with_a_snapshot_only_on_its_pool_is_not_moved(zone: SmallZone) -> None:
    """It would be lost; CloudStack's number is 530."""
    zone.volume()
    zone.snapshot(pool_id="nfs")
    zone.check(MOVE)
    zone.inventory.remove(StoreRef, "ref-snap")
    with refusal(errors.Conflict, 530, "volume/vol"):
        zone.check(MOVE)


@pytest.mark.parametrize(("target", "fits"), [("local", False), ("more", True)])
def test_shared_offerings_are_for_shared_pools(zone: SmallZone, target: str, *, fits: bool) -> None:
    """Without another offering the volume's own decides."""
    zone.volume()
    command = MigrateVolume(volume_id="vol", storage_id=target)
    if fits:
        zone.check(command)
        return
    with refusal(errors.Invalid, 431, "disk_offering/small"):
        zone.check(command)
    zone.check(msgspec.structs.replace(command, new_disk_offering_id="onhost"))


@pytest.mark.parametrize(("scope", "scope_id"), [("zone", "z1"), ("global", "")])
def test_tags_are_compared_where_the_zone_says_so(
    zone: SmallZone, scope: str, scope_id: str
) -> None:
    """match.storage.pool.tags.with.disk.offering; another offering's tags always are."""
    name = "match.storage.pool.tags.with.disk.offering"
    zone.volume(pool_id="more", disk_offering_id="tagged")
    away = MigrateVolume(volume_id="vol", storage_id="nfs")
    zone.set(name, True, scope, scope_id)
    with refusal(errors.Invalid, 431, "pool/nfs"):
        zone.check(away)
    zone.set(name, False, scope, scope_id)
    zone.check(away)
    with refusal(errors.Invalid, 431, "pool/nfs"):
        zone.check(msgspec.structs.replace(away, new_disk_offering_id="both"))


def test_an_offering_that_is_offered_no_longer_is_refused(zone: SmallZone) -> None:
    """Also to a root administrator, who still sees it."""
    zone.volume()
    zone.add(DiskOffering(id="old", name="old", display_text="", active=False))
    command = msgspec.structs.replace(MOVE, new_disk_offering_id="old")
    with refusal(errors.NotFound, 431, "disk_offering/old"):
        zone.check(command)
    with refusal(errors.Invalid, 431, "disk_offering/old"):
        zone.check(command, ADMIN)


def test_the_new_offerings_operations_must_fit(zone: SmallZone) -> None:
    """They count in place of the volume's own, at the exact border."""
    zone.volume(min_iops=1000)
    _pool(zone, "more", capacity_iops=100)
    with refusal(errors.NoCapacity, 530, "pool/more"):
        zone.check(MOVE)
    zone.check(msgspec.structs.replace(MOVE, new_disk_offering_id="rated"))
    _pool(zone, "more", capacity_iops=99)
    with refusal(errors.NoCapacity, 530, "pool/more"):
        zone.check(msgspec.structs.replace(MOVE, new_disk_offering_id="rated"))


@pytest.mark.parametrize(("size_bytes", "fits"), [(170 * GIB, True), (170 * GIB + 1, False)])
def test_room_on_the_target_is_exact(zone: SmallZone, size_bytes: int, *, fits: bool) -> None:
    """0.85 of twice 100 GiB."""
    zone.volume(size_bytes=size_bytes)
    if fits:
        zone.check(MOVE)
        return
    with refusal(errors.NoCapacity, 530, "pool/more"):
        zone.check(MOVE)


@pytest.mark.parametrize("attached", [False, True])
def test_a_closed_disk_is_copied_between_pools(zone: SmallZone, *, attached: bool) -> None:
    """Whether it is detached or its machine Stopped; the machine is locked too."""
    volume = zone.volume()
    if attached:
        zone.stopped_vm()
        volume = zone.volume(vm_id="vm", device_id=1)
    locks = zone.claim(MOVE).locks
    assert locks == (("volume/vol", "vm/vm") if attached else ("volume/vol",))
    plan = zone.plan(MOVE)
    assert _outline(plan) == [
        ("pool/more", "CreateDisk", False),
        ("pool/more", "VerifyCopy", False),
        ("", "", True),
        ("pool/nfs", "RemoveDisk", True),
    ]
    made = plan.steps[0].do
    assert isinstance(made, CreateDisk)
    assert made.source == DiskAt(pool_id="nfs", name="vol")
    zone.run(plan)
    moved = zone.inventory.get(Volume, "vol")
    assert (moved.pool_id, moved.state) == ("more", VolumeState.READY)
    assert (moved.vm_id, moved.device_id) == (volume.vm_id, volume.device_id)


def test_an_open_disk_is_mirrored_by_its_host(zone: SmallZone) -> None:
    """The target is made empty; the guest's writes go to both until the switch."""
    zone.vm()
    zone.volume(vm_id="vm", device_id=4)
    plan = zone.plan(LIVE)
    assert _outline(plan) == [
        ("pool/more", "CreateDisk", False),
        ("host/h1", "MirrorDisk", False),
        ("", "", True),
        ("pool/nfs", "RemoveDisk", True),
    ]
    made, mirrored = (step.do for step in plan.steps[:2])
    assert isinstance(made, CreateDisk)
    assert made.source is None
    target = PluggedDisk(device_id=4, pool_id="more", name="vol", size_bytes=GIB)
    assert mirrored == MirrorDisk(vm_id="vm", device_id=4, target=target)
    assert not plan.steps[1].certain
    assert plan.steps[1].bytes == GIB
    zone.run(plan)
    moved = zone.inventory.get(Volume, "vol")
    assert (moved.pool_id, moved.target_pool_id, moved.vm_id) == ("more", "", "vm")


def test_a_live_move_taken_back_leaves_the_volume_where_it_was(zone: SmallZone) -> None:
    """Ready, with room on the target given back."""
    zone.vm()
    before = zone.volume(vm_id="vm", device_id=1)
    first = zone.plan(LIVE).steps[0]
    zone.apply(first.begin)
    assert zone.inventory.total("pool.allocated", "more") == GIB
    zone.apply(first.revert)
    after = zone.inventory.get(Volume, "vol")
    assert msgspec.structs.replace(after, rev=1) == before


def test_another_offering_comes_with_the_move(zone: SmallZone) -> None:
    """And what it promises; the size stays."""
    zone.volume(size_bytes=3 * GIB, min_iops=1, max_iops=2)
    zone.run(zone.plan(msgspec.structs.replace(MOVE, new_disk_offering_id="rated")))
    moved = zone.inventory.get(Volume, "vol")
    assert (moved.disk_offering_id, moved.size_bytes) == ("rated", 3 * GIB)
    assert (moved.min_iops, moved.max_iops) == (100, 200)


def test_backed_up_snapshots_lose_their_copy_on_the_source(zone: SmallZone) -> None:
    """They stay themselves."""
    zone.volume()
    zone.snapshot(pool_id="nfs")
    zone.run(zone.plan(MOVE))
    assert zone.inventory.get(Snapshot, "snap").pool_id == ""


def test_powerflex_keeps_even_encrypted_volumes_among_its_own(zone: SmallZone) -> None:
    """Between its pools they move."""
    zone.add(DiskOffering(id="secret", name="s", display_text="", encrypt=True))
    _pool(zone, "nfs", type=PoolType.POWERFLEX)
    _pool(zone, "more", type=PoolType.POWERFLEX)
    zone.volume(disk_offering_id="secret")
    zone.check(MOVE)
