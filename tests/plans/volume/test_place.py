"""createVolume, attachVolume, detachVolume and migrateVolume: where a volume may be and go."""

import msgspec
import pytest

from core.model import errors
from core.model.commands.command import Command
from core.model.commands.volume import AttachVolume, CreateVolume, DetachVolume, MigrateVolume
from core.model.errors import ForebayError
from core.model.hypervisors import Hypervisor
from core.model.pool_types import DiskFormat, PoolType
from core.model.records import DiskOffering, Pool, Volume, Zone
from core.model.states import AllocationState, VmState, VolumeState
from core.plans.disk import format_on
from core.plans.operation import CreateDisk, MirrorDisk
from tests.refusal import refusal
from tests.small_zone import ADMIN, ALICE, SmallZone

UUID = "0f0e0d0c-0b0a-4908-8706-050403020100"
LIVE = MigrateVolume(volume_id="vol", storage_id="more", live_migrate=True)
MOVE = MigrateVolume(volume_id="vol", storage_id="more")


@pytest.fixture
def zone() -> SmallZone:
    """The small zone."""
    return SmallZone()


def pool_like(zone: SmallZone, id: str, **fields: object) -> Pool:
    """A pool that differs from nfs in these fields."""
    known = zone.inventory.get(Pool, "nfs")
    return zone.add(msgspec.structs.replace(known, id=id, name=id, **fields))


def vm_snapshot(zone: SmallZone) -> None:
    """A VM snapshot of machine vm."""
    zone.vm_snapshot(memory=True)


FORMATS = [
    (PoolType.NFS, "KVM", DiskFormat.QCOW2, DiskFormat.QCOW2),
    (PoolType.NFS, "KVM", DiskFormat.RAW, DiskFormat.QCOW2),
    (PoolType.NFS, "KVM", DiskFormat.VHD, DiskFormat.QCOW2),
    (PoolType.RBD, "KVM", DiskFormat.QCOW2, DiskFormat.RAW),
    (PoolType.NFS, "XenServer", DiskFormat.QCOW2, DiskFormat.VHD),
    (PoolType.ISCSI_LUN, "XenServer", DiskFormat.QCOW2, DiskFormat.VHD),
    (PoolType.VMFS, "VMware", DiskFormat.QCOW2, DiskFormat.OVA),
    (PoolType.SMB, "Hyperv", DiskFormat.QCOW2, DiskFormat.VHDX),
    (PoolType.NFS, "LXC", DiskFormat.QCOW2, DiskFormat.RAW),
]


@pytest.mark.parametrize(("type", "hypervisor", "wanted", "format"), FORMATS)
def test_the_format_follows_pool_and_hypervisor(
    zone: SmallZone, type: PoolType, hypervisor: str, wanted: DiskFormat, format: DiskFormat
) -> None:
    """Whether the pool is that hypervisor's own, or serves any and the machine decides."""
    own = pool_like(zone, "own", type=type, hypervisor=hypervisor)
    assert format_on(own, wanted) is format
    shared = pool_like(zone, "shared", type=type, hypervisor="Any")
    assert format_on(shared, wanted, hypervisor) is format


CREATE_REFUSALS = [
    pytest.param(
        CreateVolume(disk_offering_id="small", zone_id="z1", custom_id=UUID),
        ALICE,
        errors.Denied,
        531,
        "account/alice",
        id="a user's id",
    ),
    pytest.param(
        CreateVolume(disk_offering_id="small", zone_id="z1", display_volume=False),
        ALICE,
        errors.Denied,
        531,
        "account/alice",
        id="hidden by a user",
    ),
    pytest.param(
        CreateVolume(disk_offering_id="small", zone_id="z1", custom_id="../up"),
        ADMIN,
        errors.Invalid,
        431,
        "volume/../up",
        id="no UUID",
    ),
    pytest.param(
        CreateVolume(disk_offering_id="small", zone_id="z1", virtual_machine_id="vm"),
        ALICE,
        errors.Invalid,
        431,
        "",
        id="machine without snapshot",
    ),
]


@pytest.mark.parametrize(("command", "caller", "kind", "number", "object"), CREATE_REFUSALS)
def test_wrong_creations_are_refused(
    zone: SmallZone,
    command: Command,
    caller: object,
    kind: type[ForebayError],
    number: int,
    object: str,
) -> None:
    """Ids and visibility are a root administrator's; a machine goes with a snapshot."""
    with refusal(kind, number, object):
        zone.check(command, caller)  # type: ignore[arg-type]


def test_a_disabled_zone_is_closed_but_for_administrators(zone: SmallZone) -> None:
    """CloudStack's number is 531."""
    place = zone.inventory.get(Zone, "z1")
    zone.add(msgspec.structs.replace(place, allocation_state=AllocationState.DISABLED))
    command = CreateVolume(disk_offering_id="small", zone_id="z1")
    with refusal(errors.Denied, 531, "zone/z1"):
        zone.check(command)
    zone.check(command, ADMIN)


def test_a_volume_has_the_id_that_was_asked_for_once(zone: SmallZone) -> None:
    """A second one with it is refused."""
    command = CreateVolume(
        disk_offering_id="small", zone_id="z1", custom_id=UUID, display_volume=False
    )
    assert zone.claim(command, ADMIN).id == UUID
    volume = zone.inventory.get(Volume, UUID)
    assert (volume.name, volume.display) == (UUID, False)
    with refusal(errors.Conflict, 431, f"volume/{UUID}"):
        zone.check(command, ADMIN)


def test_a_volume_from_a_snapshot_is_attached_right_after(zone: SmallZone) -> None:
    """It is made near the machine, linked and plugged in."""
    zone.vm()
    zone.volume()
    zone.snapshot()
    plan = zone.plan(CreateVolume(snapshot_id="snap", virtual_machine_id="vm"))
    names = [type(step.do).__name__ for step in plan.steps]
    assert names == ["CreateDisk", "NoneType", "AttachDisk"]
    zone.run(plan)
    (volume,) = zone.inventory.having(Volume, "vm", "vm")
    assert (volume.snapshot_id, volume.device_id, volume.state) == ("snap", 1, VolumeState.READY)


@pytest.mark.parametrize("fields", [{"zone_id": "z2"}, {"state": VmState.DESTROYED}], ids=str)
def test_the_machine_must_be_able_to_take_it(zone: SmallZone, fields: dict[str, object]) -> None:
    """In the same zone, Running or Stopped."""
    zone.vm("vm", **fields)
    zone.volume()
    zone.snapshot()
    with pytest.raises(ForebayError) as caught:
        zone.check(CreateVolume(snapshot_id="snap", virtual_machine_id="vm"))
    assert (caught.value.number, caught.value.object) == (431, "vm/vm")


def test_a_volume_of_one_hypervisor_is_refused_by_another(zone: SmallZone) -> None:
    """Also where its pool serves any."""
    pool_like(zone, "any", scope="ZONE", cluster_id="", hypervisor="Any")
    zone.vm(hypervisor=Hypervisor.VMWARE)
    zone.volume(pool_id="any", hypervisor="XenServer")
    with refusal(errors.Invalid, 431, "volume/vol"):
        zone.check(AttachVolume(id="vol", virtual_machine_id="vm"))


def test_an_attached_volume_gets_its_machines_hypervisor(zone: SmallZone) -> None:
    """It keeps it when it is detached."""
    for pool in ("nfs", "more", "wide", "rbd", "local", "far"):
        zone.inventory.remove(Pool, pool)
    zone.add(SmallZone().inventory.get(Pool, "nfs"))
    pool_like(zone, "nfs", hypervisor="Any")
    zone.vm(hypervisor=Hypervisor.XENSERVER)
    zone.allocated()
    zone.run(zone.plan(AttachVolume(id="vol", virtual_machine_id="vm")))
    volume = zone.inventory.get(Volume, "vol")
    assert (volume.hypervisor, volume.format) == ("XenServer", DiskFormat.VHD)


@pytest.mark.parametrize(
    "command",
    [
        AttachVolume(id="free", virtual_machine_id="vm"),
        DetachVolume(id="vol"),
        LIVE,
    ],
    ids=["attach", "detach", "migrate"],
)
def test_vm_snapshots_hold_a_machines_disks(zone: SmallZone, command: Command) -> None:
    """They must be deleted first."""
    zone.vm()
    zone.volume(vm_id="vm", device_id=1)
    zone.volume("free")
    vm_snapshot(zone)
    with refusal(errors.Conflict, 431, "vm/vm"):
        zone.check(command)


@pytest.mark.parametrize(
    ("hypervisor", "enabled", "admitted"),
    [
        (Hypervisor.KVM, True, True),
        (Hypervisor.KVM, False, False),
        (Hypervisor.XENSERVER, False, True),
        (Hypervisor.VMWARE, False, True),
        (Hypervisor.HYPERV, True, False),
        (Hypervisor.LXC, True, False),
    ],
)
def test_live_motion_follows_the_hypervisor(
    zone: SmallZone, hypervisor: Hypervisor, *, enabled: bool, admitted: bool
) -> None:
    """KVM by our setting, XenServer and VMware always, others never."""
    zone.set("kvm.livevolumemigration.enabled", enabled)
    zone.vm(hypervisor=hypervisor)
    zone.volume(vm_id="vm", device_id=1)
    if admitted:
        assert any(isinstance(step.do, MirrorDisk) for step in zone.plan(LIVE).steps)
        return
    with refusal(errors.Unsupported, 431, "volume/vol"):
        zone.check(LIVE)


def test_powerflex_disks_move_live_without_our_setting(zone: SmallZone) -> None:
    """CloudStack moves them so, too."""
    zone.set("kvm.livevolumemigration.enabled", False)
    for name in ("pf1", "pf2"):
        pool_like(zone, name, type=PoolType.POWERFLEX)
    zone.vm()
    zone.volume(vm_id="vm", device_id=1, pool_id="pf1", format=DiskFormat.RAW)
    zone.check(MigrateVolume(volume_id="vol", storage_id="pf2", live_migrate=True))


def test_a_running_machine_needs_livemigrate(zone: SmallZone) -> None:
    """Nobody moves it live by accident."""
    zone.vm()
    zone.volume(vm_id="vm", device_id=1)
    with refusal(errors.Invalid, 431, "vm/vm"):
        zone.check(MOVE)


def test_storage_of_its_own_kind_keeps_its_volumes(zone: SmallZone) -> None:
    """Encrypted volumes, PowerFlex's, another hypervisor's, another host's local ones."""
    pool_like(zone, "pf", type=PoolType.POWERFLEX)
    pool_like(zone, "xen", hypervisor="XenServer")
    pool_like(zone, "other", scope="HOST", host_id="h2", type=PoolType.FILESYSTEM)
    zone.add(DiskOffering(id="secret", name="s", display_text="", encrypt=True))
    cases: list[tuple[dict[str, object], str]] = [
        ({"disk_offering_id": "secret"}, "more"),
        ({}, "pf"),
        ({}, "xen"),
        ({"pool_id": "local", "disk_offering_id": "onhost"}, "other"),
    ]
    for fields, target in cases:
        zone.volume("vol", **fields)
        with refusal(errors.Unsupported, 431, "volume/vol"):
            zone.check(MigrateVolume(volume_id="vol", storage_id=target))


@pytest.mark.parametrize(
    ("fields", "object"),
    [
        ({"size_strict": True, "size_bytes": 5}, "disk_offering/new"),
        ({"encrypt": True}, "disk_offering/new"),
        ({"storage_type": "local"}, "disk_offering/new"),
        ({"tags": ("gold",)}, "pool/more"),
    ],
    ids=["strict", "encrypted", "local", "tags"],
)
def test_a_new_offering_must_suit(zone: SmallZone, fields: dict[str, object], object: str) -> None:
    """The volume and the pool decide."""
    zone.volume()
    zone.add(DiskOffering(id="new", name="new", display_text="", **fields))  # type: ignore[arg-type]
    with refusal(errors.Invalid, 431, object):
        zone.check(MigrateVolume(volume_id="vol", storage_id="more", new_disk_offering_id="new"))


def test_migrations_wait_for_a_place_at_their_target(zone: SmallZone) -> None:
    """concurrent.migrations.per.target.datastore says how many there are."""
    zone.volume()
    assert zone.claim(MOVE).slot == "pool/more"


def test_a_migrated_disk_has_the_format_of_its_new_pool(zone: SmallZone) -> None:
    """QCOW2 becomes RAW on a block pool, and QCOW2 again where there are files."""
    zone.volume()
    plan = zone.plan(MigrateVolume(volume_id="vol", storage_id="rbd"))
    made = plan.steps[0].do
    assert isinstance(made, CreateDisk)
    assert made.disk.format is DiskFormat.RAW
    zone.run(plan)
    assert zone.inventory.get(Volume, "vol").format is DiskFormat.RAW
    zone.run(zone.plan(MigrateVolume(volume_id="vol", storage_id="more")))
    assert zone.inventory.get(Volume, "vol").format is DiskFormat.QCOW2
