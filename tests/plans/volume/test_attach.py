"""attachVolume and detachVolume: refusals, slots, and how the disk comes to the machine."""

import msgspec
import pytest

from core.model import errors
from core.model.commands.command import Command
from core.model.commands.volume import AttachVolume, DetachVolume
from core.model.errors import ForebayError
from core.model.hypervisors import Hypervisor
from core.model.pool_types import DiskFormat
from core.model.records import Host, Pool, StoreRef, Volume
from core.model.states import PoolState, VmState, VolumeState
from core.plans.context import GIB
from core.plans.operation import AttachDisk, DetachDisk
from core.plans.step import Plan
from core.plans.volume.attach import device_for
from tests.refusal import refusal
from tests.small_zone import NOW_S, SmallZone

ATTACH = AttachVolume(id="vol", virtual_machine_id="vm")
ATTACH_ROOT = AttachVolume(id="root-vm", virtual_machine_id="vm", device_id=0)


def _outline(plan: Plan) -> list[tuple[str, str]]:
    """Actor and operation of each step."""
    return [(step.actor, type(step.do).__name__ if step.do else "") for step in plan.steps]


def _volume(zone: SmallZone) -> Volume:
    return zone.inventory.get(Volume, "vol")


def _disks(zone: SmallZone, *slots: int) -> None:
    for slot in slots:
        zone.volume(f"disk{slot}", vm_id="vm", device_id=slot)


REFUSALS = [
    pytest.param({}, {}, {"device_id": 0}, errors.Invalid, 431, "volume/vol", id="data as root"),
    pytest.param({"type": "ROOT"}, {}, {}, errors.Invalid, 431, "volume/vol", id="root as data"),
    pytest.param(
        {"state": VolumeState.MIGRATING},
        {},
        {},
        errors.Conflict,
        431,
        "volume/vol",
        id="migrating",
    ),
    pytest.param(
        {"state": VolumeState.DESTROY}, {}, {}, errors.Conflict, 431, "volume/vol", id="gone"
    ),
    pytest.param({"vm_id": "other"}, {}, {}, errors.Conflict, 431, "volume/vol", id="attached"),
    pytest.param(
        {"account_id": "bob", "domain_id": "lab"},
        {},
        {},
        errors.NotFound,
        431,
        "volume/vol",
        id="foreign volume",
    ),
    pytest.param(
        {},
        {"account_id": "bob", "domain_id": "lab"},
        {},
        errors.NotFound,
        431,
        "vm/vm",
        id="foreign machine",
    ),
    pytest.param({}, {"state": VmState.STARTING}, {}, errors.Conflict, 431, "vm/vm", id="starting"),
    pytest.param({}, {"state": VmState.ERROR}, {}, errors.Conflict, 431, "vm/vm", id="in Error"),
    pytest.param({}, {"zone_id": "z2"}, {}, errors.Invalid, 431, "vm/vm", id="other zone"),
    pytest.param(
        {"zone_id": "z2", "disk_offering_id": "onhost"},
        {"zone_id": "z2"},
        {},
        errors.Invalid,
        431,
        "zone/z2",
        id="no local storage",
    ),
    pytest.param(
        {}, {"hypervisor": Hypervisor.VMWARE}, {}, errors.Invalid, 431, "volume/vol", id="VMware"
    ),
    pytest.param({}, {}, {"device_id": 3}, errors.Invalid, 530, "vm/vm", id="the CD-ROM's slot"),
    pytest.param({}, {}, {"device_id": 34}, errors.Invalid, 530, "vm/vm", id="slot too high"),
]


def test_a_disk_that_no_pool_takes_is_not_attached(zone: SmallZone) -> None:
    """The number is 530, as semantics section 10.3 has it."""
    zone.volume(state=VolumeState.ALLOCATED, pool_id="", size_bytes=900_000 * GIB)
    zone.vm()
    with refusal(errors.NoCapacity, 530, "zone/z1"):
        zone.plan(ATTACH)


@pytest.mark.parametrize(("volume", "vm", "asked", "kind", "number", "object"), REFUSALS)
def test_wrong_attachments_are_refused(
    zone: SmallZone,
    volume: dict[str, object],
    vm: dict[str, object],
    asked: dict[str, int],
    kind: type[ForebayError],
    number: int,
    object: str,
) -> None:
    """By the volume, the machine, or the slot."""
    zone.vm(**vm)
    zone.volume(**volume)
    with refusal(kind, number, object):
        zone.check(msgspec.structs.replace(ATTACH, **asked))


@pytest.mark.parametrize("state", [PoolState.PREPARE_FOR_MAINTENANCE, PoolState.MAINTENANCE])
def test_a_disk_on_a_pool_in_maintenance_is_not_attached(zone: SmallZone, state: PoolState) -> None:
    """Nobody may use it; a Disabled pool only takes nothing new."""
    zone.vm()
    zone.volume()
    nfs = zone.inventory.get(Pool, "nfs")
    zone.add(msgspec.structs.replace(nfs, state=state))
    with refusal(errors.Conflict, 530, "pool/nfs"):
        zone.check(ATTACH)
    zone.add(msgspec.structs.replace(nfs, state=PoolState.DISABLED))
    zone.check(ATTACH)


@pytest.mark.parametrize(
    ("used", "free"),
    [((), 1), ((1,), 2), ((1, 2), 4), ((2,), 1), ((1, 2, 4, 5), 6), ((1, 2, 4, 6), 5)],
)
def test_the_lowest_free_slot_is_taken_but_not_the_cd_roms(
    zone: SmallZone, used: tuple[int, ...], free: int
) -> None:
    """From 1; 3 is the CD-ROM's."""
    vm = zone.vm()
    zone.root()
    _disks(zone, *used)
    assert device_for(zone.context(), vm, None) == free


def test_a_used_slot_is_refused_and_the_highest_is_one_above_the_limit(zone: SmallZone) -> None:
    """32 data volumes of KVM have the slots 1 to 33 without the CD-ROM's."""
    vm = zone.vm()
    _disks(zone, 5)
    with refusal(errors.Invalid, 530, "vm/vm"):
        device_for(zone.context(), vm, 5)
    assert device_for(zone.context(), vm, 33) == 33
    with refusal(errors.Invalid, 530, "vm/vm"):
        device_for(zone.context(), vm, 34)


LIMITS = [
    (Hypervisor.KVM, "", 32),
    (Hypervisor.VMWARE, "", 13),
    (Hypervisor.VMWARE, "6.7", 59),
    (Hypervisor.XENSERVER, "", 6),
    (Hypervisor.XENSERVER, "7.0.0", 13),
    (Hypervisor.LXC, "", 6),
]


@pytest.mark.parametrize(("hypervisor", "version", "limit"), LIMITS)
@pytest.mark.parametrize("running", [True, False])
def test_a_machine_has_as_many_data_volumes_as_its_hypervisor_admits(
    zone: SmallZone, hypervisor: Hypervisor, version: str, limit: int, *, running: bool
) -> None:
    """In the version of the host that it runs on or last ran on; root disks do not count."""
    host = zone.inventory.get(Host, "h1")
    zone.add(msgspec.structs.replace(host, version=version))
    (zone.vm if running else zone.stopped_vm)("vm", hypervisor=hypervisor)
    zone.root()
    zone.allocated()
    _disks(zone, *(slot for slot in range(1, limit + 1) if slot != 3))
    zone.check(ATTACH)
    _disks(zone, limit + 1)
    with refusal(errors.Invalid, 431, "vm/vm"):
        zone.check(ATTACH)


def test_a_ready_disk_is_linked_then_plugged_in(zone: SmallZone) -> None:
    """The undo of each takes it back."""
    zone.vm()
    zone.volume(size_bytes=2 * GIB)
    claim = zone.claim(ATTACH)
    assert claim.locks == ("vm/vm", "volume/vol")
    plan = zone.plan(msgspec.structs.replace(ATTACH, device_id=7))
    assert _outline(plan) == [("", ""), ("host/h1", "AttachDisk")]
    link, plug = plan.steps
    assert isinstance(plug.do, AttachDisk)
    assert (plug.do.disk.device_id, plug.do.disk.pool_id) == (7, "nfs")
    zone.run(plan)
    attached = _volume(zone)
    assert (attached.vm_id, attached.device_id, attached.attached_s) == ("vm", 7, NOW_S)
    assert attached.state is VolumeState.READY
    zone.apply(link.revert)
    assert (_volume(zone).vm_id, _volume(zone).device_id) == ("", -1)


def test_a_stopped_machine_gets_the_disk_when_it_starts(zone: SmallZone) -> None:
    """The record links them; where the machine ran, an Allocated disk is made already."""
    zone.stopped_vm()
    zone.volume()
    assert _outline(zone.plan(ATTACH)) == [("", "")]
    zone.allocated()
    zone.root()
    assert _outline(zone.plan(ATTACH)) == [("pool/nfs", "CreateDisk"), ("", "")]


def test_a_machine_that_never_ran_only_links(zone: SmallZone) -> None:
    """Nobody knows where the disk has to be; it stays Allocated."""
    zone.stopped_vm(last_host_id="")
    zone.allocated()
    plan = zone.plan(ATTACH)
    assert _outline(plan) == [("", "")]
    zone.run(plan)
    assert (_volume(zone).state, _volume(zone).vm_id) == (VolumeState.ALLOCATED, "vm")


BESIDE = [
    pytest.param({"pool_id": "wide"}, {}, "pool/wide", id="fits"),
    pytest.param({"pool_id": "wide"}, {"disk_offering_id": "tagged"}, "pool/more", id="tags"),
    pytest.param({"pool_id": "wide"}, {"disk_offering_id": "onhost"}, "pool/local", id="local"),
    pytest.param({"pool_id": "rbd"}, {}, "pool/rbd", id="block"),
]


@pytest.mark.parametrize(("root", "volume", "actor"), BESIDE)
def test_a_new_disk_is_made_beside_the_root_disk_if_that_pool_suits(
    zone: SmallZone, root: dict[str, object], volume: dict[str, object], actor: str
) -> None:
    """Else where its offering wants it, within reach of the host."""
    zone.vm()
    zone.root(**root)
    zone.allocated(**volume)
    assert _outline(zone.plan(ATTACH)) == [
        (actor, "CreateDisk"),
        ("", ""),
        ("host/h1", "AttachDisk"),
    ]


def test_a_full_pool_of_the_root_disk_is_passed_by(zone: SmallZone) -> None:
    """Another one of the cluster takes the disk."""
    for pool in ("wide", "rbd"):
        zone.inventory.remove(Pool, pool)
    zone.vm()
    zone.root(size_bytes=170 * GIB)
    zone.allocated()
    assert _outline(zone.plan(ATTACH))[0] == ("pool/more", "CreateDisk")


def test_a_disk_out_of_reach_is_moved_to_the_machines_cluster(zone: SmallZone) -> None:
    """Copied, verified, switched over, removed; only then linked and plugged in."""
    zone.vm("vm", host_id="h3", last_host_id="h3")
    for pool in ("wide", "rbd"):
        zone.inventory.remove(Pool, pool)
    zone.volume()
    plan = zone.plan(ATTACH)
    assert _outline(plan) == [
        ("pool/far", "CreateDisk"),
        ("pool/far", "VerifyCopy"),
        ("", ""),
        ("pool/nfs", "RemoveDisk"),
        ("", ""),
        ("host/h3", "AttachDisk"),
    ]
    zone.run(plan)
    assert (_volume(zone).pool_id, _volume(zone).vm_id) == ("far", "vm")


@pytest.mark.parametrize("pool_id", ["nfs", "wide", "rbd"])
def test_a_disk_within_reach_stays_where_it_is(zone: SmallZone, pool_id: str) -> None:
    """A pool of the zone never needs a move."""
    zone.vm()
    format = DiskFormat.RAW if pool_id == "rbd" else DiskFormat.QCOW2
    zone.volume(pool_id=pool_id, format=format)
    assert _outline(zone.plan(ATTACH)) == [("", ""), ("host/h1", "AttachDisk")]


def test_a_local_disk_goes_to_no_other_host(zone: SmallZone) -> None:
    """It is never moved by itself; the number is 530."""
    zone.vm("vm", host_id="h2")
    zone.volume(pool_id="local", disk_offering_id="onhost")
    with refusal(errors.Conflict, 530, "volume/vol"):
        zone.plan(ATTACH)
    zone.vm("vm", host_id="h1")
    assert _outline(zone.plan(ATTACH)) == [("", ""), ("host/h1", "AttachDisk")]


def test_a_disk_whose_snapshots_only_its_pool_has_is_not_moved(zone: SmallZone) -> None:
    """They would be lost with it; backed up they lose only their copy."""
    zone.vm("vm", host_id="h3")
    zone.volume()
    zone.snapshot(pool_id="nfs")
    zone.plan(ATTACH)
    zone.inventory.remove(StoreRef, "ref-snap")
    with refusal(errors.Conflict, 530, "volume/vol"):
        zone.plan(ATTACH)


def test_a_root_disk_comes_back_as_device_0(zone: SmallZone) -> None:
    """To a stopped machine that has none."""
    zone.stopped_vm()
    zone.root(vm_id="vm")
    detached = zone.inventory.get(Volume, "root-vm")
    zone.add(msgspec.structs.replace(detached, vm_id="", device_id=-1))
    zone.run(zone.plan(ATTACH_ROOT))
    again = zone.inventory.get(Volume, "root-vm")
    assert (again.vm_id, again.device_id) == ("vm", 0)
    zone.volume("second", type="ROOT")
    with refusal(errors.Conflict, 431, "vm/vm"):
        zone.check(msgspec.structs.replace(ATTACH_ROOT, id="second"))


@pytest.mark.parametrize(
    ("vm", "pool", "kind"),
    [
        ({}, {}, errors.Conflict),
        (
            {"state": VmState.STOPPED, "hypervisor": Hypervisor.HYPERV},
            {"hypervisor": "Any"},
            errors.Unsupported,
        ),
        ({"state": VmState.STOPPED}, {"managed": True}, errors.Unsupported),
    ],
    ids=["running", "Hyper-V", "managed"],
)
def test_root_disks_come_back_only_to_some_machines(
    zone: SmallZone, vm: dict[str, object], pool: dict[str, object], kind: type[ForebayError]
) -> None:
    """Stopped, of KVM, XenServer, VMware or the simulator, from storage that is not managed."""
    zone.vm(**vm)
    nfs = zone.inventory.get(Pool, "nfs")
    zone.add(msgspec.structs.replace(nfs, **pool))
    zone.volume("root-vm", type="ROOT")
    with refusal(kind, 431, "volume/root-vm" if kind is errors.Unsupported else "vm/vm"):
        zone.check(ATTACH_ROOT)


DETACH_REFUSALS: list[tuple[Command, type[ForebayError], str]] = [
    (DetachVolume(), errors.Invalid, ""),
    (DetachVolume(device_id=1), errors.Invalid, ""),
    (DetachVolume(virtual_machine_id="vm"), errors.Invalid, ""),
    (DetachVolume(id="vol", device_id=1, virtual_machine_id="vm"), errors.Invalid, ""),
    (DetachVolume(device_id=2, virtual_machine_id="vm"), errors.NotFound, "vm/vm"),
    (DetachVolume(id="free"), errors.Conflict, "volume/free"),
    (DetachVolume(id="root-vm"), errors.Conflict, "vm/vm"),
    (DetachVolume(id="busy"), errors.Conflict, "volume/busy"),
]


@pytest.mark.parametrize(("command", "kind", "object"), DETACH_REFUSALS)
def test_wrong_detachments_are_refused(
    zone: SmallZone, command: Command, kind: type[ForebayError], object: str
) -> None:
    """All have the number 431."""
    zone.vm()
    zone.root()
    zone.volume(vm_id="vm", device_id=1)
    zone.volume("free")
    zone.volume("busy", vm_id="vm", device_id=4, state=VolumeState.SNAPSHOTTING, job_id="j")
    with refusal(kind, 431, object):
        zone.check(command)


@pytest.mark.parametrize("state", [VmState.STARTING, VmState.MIGRATING, VmState.ERROR])
def test_a_machine_that_changes_keeps_its_disks(zone: SmallZone, state: VmState) -> None:
    """Only one that is Running, Stopped or Destroyed lets them go."""
    zone.vm(state=state)
    zone.volume(vm_id="vm", device_id=1)
    with refusal(errors.Conflict, 431, "vm/vm"):
        zone.check(DetachVolume(id="vol"))


@pytest.mark.parametrize(
    "command",
    [DetachVolume(id="vol"), DetachVolume(device_id=1, virtual_machine_id="vm")],
    ids=["by id", "by slot"],
)
def test_a_running_machine_gives_its_disk_back_itself(zone: SmallZone, command: Command) -> None:
    """Whether it has is certain only when it says so."""
    zone.vm()
    zone.volume(vm_id="vm", device_id=1)
    assert zone.claim(command).locks == ("volume/vol", "vm/vm")
    plan = zone.plan(command)
    (step,) = plan.steps
    assert (step.actor, step.do) == ("host/h1", DetachDisk(vm_id="vm", device_id=1))
    assert not step.certain
    zone.run(plan)
    assert (_volume(zone).vm_id, _volume(zone).device_id) == ("", -1)


@pytest.mark.parametrize("state", [VmState.STOPPED, VmState.DESTROYED])
def test_other_machines_are_unlinked(zone: SmallZone, state: VmState) -> None:
    """No host is asked; a stopped one gives its root disk, too."""
    zone.stopped_vm("vm", state=state)
    zone.volume(vm_id="vm", device_id=1)
    assert _outline(zone.plan(DetachVolume(id="vol"))) == [("", "")]
    zone.root()
    if state is VmState.STOPPED:
        zone.run(zone.plan(DetachVolume(id="root-vm")))
        assert zone.inventory.get(Volume, "root-vm").vm_id == ""
