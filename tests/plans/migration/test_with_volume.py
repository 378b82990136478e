"""migrateVirtualMachineWithVolume: what it refuses, and how a machine takes its volumes along."""

from collections.abc import Mapping

import msgspec
import pytest

from core.model import errors
from core.model.commands.migration import MigrateVirtualMachineWithVolume, VolumeTarget
from core.model.errors import ForebayError
from core.model.hypervisors import Hypervisor
from core.model.pool_types import PoolType
from core.model.records import Cluster, Host, Pool, Snapshot, Vm, Volume
from core.model.states import HostState, PoolState, ResourceState, VmState, VolumeState
from core.plans.context import GIB
from core.plans.operation import CreateDisk, MigrateVm
from core.plans.step import Plan
from tests.refusal import refusal
from tests.small_zone import ADMIN, SmallZone

LIVE = "kvm.livevolumemigration.enabled"


def _command(host_id: str | None = "h2", **targets: str) -> MigrateVirtualMachineWithVolume:
    """Volumes `root` and `data` go to pools."""
    names = {"root": "root-vm", "data": "vol"}
    return MigrateVirtualMachineWithVolume(
        virtual_machine_id="vm",
        host_id=host_id,
        migrate_to=tuple(
            VolumeTarget(volume=names.get(name, name), pool=pool) for name, pool in targets.items()
        ),
    )


AUTO = MigrateVirtualMachineWithVolume(virtual_machine_id="vm", autoselect=True)
TO_WIDE = _command(root="wide", data="wide")


def _machine(zone: SmallZone, **fields: object) -> None:
    """A root disk and a data disk on pool nfs."""
    zone.vm("vm", **fields)
    zone.root()
    zone.volume(vm_id="vm", device_id=1)


def _host(zone: SmallZone, id: str, **fields: object) -> None:
    zone.add(msgspec.structs.replace(zone.inventory.get(Host, id), **fields))


def _pool(zone: SmallZone, id: str, **fields: object) -> None:
    zone.add(msgspec.structs.replace(zone.inventory.get(Pool, id), **fields))


def _of(zone: SmallZone, hypervisor: Hypervisor, version: str = "") -> None:
    """The whole zone is of another hypervisor."""
    for cluster in list(zone.inventory.all(Cluster)):
        zone.add(msgspec.structs.replace(cluster, hypervisor=hypervisor))
    for host in list(zone.inventory.all(Host)):
        _host(zone, host.id, hypervisor=hypervisor, version=version)
    for pool in list(zone.inventory.all(Pool)):
        _pool(zone, pool.id, hypervisor=str(hypervisor))


def _outline(plan: Plan) -> list[tuple[str, str, bool]]:
    return [
        (step.actor, type(step.do).__name__ if step.do else "", step.final) for step in plan.steps
    ]


def test_a_place_is_needed(zone: SmallZone) -> None:
    """A host, pools or leave to choose."""
    _machine(zone)
    with refusal(errors.Invalid, 431, "vm/vm"):
        zone.check(_command(None), ADMIN)


def test_a_host_and_leave_to_choose_contradict_each_other(zone: SmallZone) -> None:
    """One of the two is left out."""
    _machine(zone)
    with refusal(errors.Invalid, 431, "vm/vm"):
        zone.check(msgspec.structs.replace(AUTO, host_id="h2"), ADMIN)


@pytest.mark.parametrize("state", [VmState.STOPPED, VmState.STARTING, VmState.DESTROYED])
def test_only_running_machines_go_to_a_host(zone: SmallZone, state: VmState) -> None:
    """The number is 431."""
    _machine(zone, state=state)
    with refusal(errors.Conflict, 431, "vm/vm"):
        zone.check(TO_WIDE, ADMIN)


CARRIERS: list[tuple[Hypervisor, str, bool]] = [
    (Hypervisor.KVM, "7.2.0", True),
    (Hypervisor.XENSERVER, "6.1.0", True),
    (Hypervisor.XENSERVER, "6.0.2", False),
    (Hypervisor.VMWARE, "5.0", True),
    (Hypervisor.VMWARE, "4.1", False),
    (Hypervisor.SIMULATOR, "", True),
    (Hypervisor.HYPERV, "6.2", False),
    (Hypervisor.OVM, "", False),
    (Hypervisor.LXC, "", False),
]


@pytest.mark.parametrize(("hypervisor", "version", "carries"), CARRIERS)
def test_some_hypervisors_take_volumes_along(
    zone: SmallZone, hypervisor: Hypervisor, version: str, *, carries: bool
) -> None:
    """From some version on."""
    _of(zone, hypervisor, version)
    _machine(zone, hypervisor=hypervisor)
    if carries:
        zone.check(_command(root="more", data="more"), ADMIN)
        return
    with refusal(errors.Unsupported, 431, "vm/vm"):
        zone.check(_command(root="more", data="more"), ADMIN)


def test_both_hosts_must_be_new_enough(zone: SmallZone) -> None:
    """The refusal names the other one."""
    _of(zone, Hypervisor.XENSERVER, "7.0.0")
    _host(zone, "h2", version="6.0.2")
    _machine(zone, hypervisor=Hypervisor.XENSERVER)
    with refusal(errors.Unsupported, 431, "host/h2"):
        zone.check(_command(root="more"), ADMIN)


@pytest.mark.parametrize("hypervisor", [Hypervisor.KVM, Hypervisor.XENSERVER, Hypervisor.VMWARE])
def test_vm_snapshots_go_along_on_vmware_only(zone: SmallZone, hypervisor: Hypervisor) -> None:
    """Elsewhere they are deleted first."""
    _of(zone, hypervisor)
    _machine(zone, hypervisor=hypervisor)
    zone.vm_snapshot()
    if hypervisor is Hypervisor.VMWARE:
        zone.check(_command(root="more"), ADMIN)
        return
    with refusal(errors.Conflict, 431, "vm/vm"):
        zone.check(_command(root="more"), ADMIN)


HOSTS: list[tuple[str, Mapping[str, object], type[ForebayError], int]] = [
    ("none", {}, errors.NotFound, 431),
    ("h1", {}, errors.Invalid, 431),
    ("h3", {}, errors.Invalid, 431),
    ("h2", {"hypervisor": Hypervisor.VMWARE}, errors.Invalid, 431),
    ("h2", {"state": HostState.ALERT}, errors.Conflict, 431),
    ("h2", {"resource_state": ResourceState.MAINTENANCE}, errors.Conflict, 431),
    ("h2", {"memory_bytes": 0}, errors.NoCapacity, 530),
]


@pytest.mark.parametrize(("host_id", "fields", "kind", "number"), HOSTS)
def test_wrong_hosts_are_refused(
    zone: SmallZone,
    host_id: str,
    fields: Mapping[str, object],
    kind: type[ForebayError],
    number: int,
) -> None:
    """KVM stays within its cluster."""
    _machine(zone)
    if fields:
        _host(zone, host_id, **fields)
    with refusal(kind, number, f"host/{host_id}"):
        zone.check(_command(host_id, root="wide", data="wide"), ADMIN)


POOLS: list[tuple[str, Mapping[str, object], type[ForebayError], int, str]] = [
    ("none", {}, errors.NotFound, 431, "pool/none"),
    ("wide", {"state": PoolState.MAINTENANCE}, errors.Conflict, 431, "pool/wide"),
    ("wide", {"state": PoolState.DISABLED}, errors.Conflict, 431, "pool/wide"),
    ("far", {}, errors.Invalid, 431, "pool/far"),
    ("local", {}, errors.Invalid, 431, "pool/local"),
    ("local", {"host_id": "h2"}, errors.Invalid, 431, "disk_offering/tiny-root"),
    ("wide", {"hypervisor": "VMware"}, errors.Unsupported, 431, "volume/root-vm"),
    ("wide", {"capacity_bytes": GIB}, errors.NoCapacity, 530, "pool/wide"),
    ("wide", {"type": PoolType.POWERFLEX}, errors.Unsupported, 431, "volume/root-vm"),
    ("nfs", {}, errors.Invalid, 431, "vm/vm"),
]


@pytest.mark.parametrize(("pool_id", "fields", "kind", "number", "named"), POOLS)
def test_wrong_pools_are_refused(
    zone: SmallZone,
    pool_id: str,
    fields: Mapping[str, object],
    kind: type[ForebayError],
    number: int,
    named: str,
) -> None:
    """When nothing would move, plain migration is the way."""
    _machine(zone)
    if fields:
        _pool(zone, pool_id, **fields)
    with refusal(kind, number, named):
        zone.check(_command(root=pool_id), ADMIN)


def test_only_volumes_of_the_machine_go_along(zone: SmallZone) -> None:
    """Another's, or a detached one, is refused by name."""
    _machine(zone)
    zone.volume("loose")
    with refusal(errors.Invalid, 431, "volume/loose"):
        zone.check(_command(loose="wide"), ADMIN)


def test_a_volume_that_is_worked_on_stays(zone: SmallZone) -> None:
    """And with it its machine."""
    zone.vm()
    zone.root(state=VolumeState.SNAPSHOTTING)
    with refusal(errors.Conflict, 431, "volume/root-vm"):
        zone.check(_command(root="wide"), ADMIN)


def test_snapshots_that_are_on_the_pool_only_hold_the_volume(zone: SmallZone) -> None:
    """They would be lost with its disk."""
    _machine(zone)
    zone.add(
        Snapshot(
            id="s",
            name="s",
            account_id="alice",
            domain_id="sales",
            zone_id="z1",
            volume_id="vol",
            volume_name="vol",
            volume_type="DATADISK",
            size_bytes=GIB,
            pool_id="nfs",
        )
    )
    with refusal(errors.Conflict, 530, "volume/vol"):
        zone.check(TO_WIDE, ADMIN)


def test_tags_are_matched_if_they_are_to_be(zone: SmallZone) -> None:
    """As for migrateVolume."""
    zone.vm()
    zone.root()
    zone.volume(vm_id="vm", device_id=1, disk_offering_id="tagged")
    with refusal(errors.Invalid, 431, "pool/wide"):
        zone.check(TO_WIDE, ADMIN)
    zone.set("match.storage.pool.tags.with.disk.offering", False, "zone", "z1")
    zone.check(TO_WIDE, ADMIN)


KVM_PAIRS: list[tuple[str, str, bool]] = [
    ("nfs", "more", True),
    ("nfs", "wide", False),
    ("wide", "more", False),
    ("rbd", "nfs", False),
]


@pytest.mark.parametrize(("source", "target", "admitted"), KVM_PAIRS)
def test_cloudstacks_kvm_moves_between_nfs_pools_of_a_cluster(
    zone: SmallZone, source: str, target: str, *, admitted: bool
) -> None:
    """Forebay moves between all, unless that is switched off (decision 31)."""
    zone.vm()
    zone.root(pool_id=source)
    zone.check(_command(root=target), ADMIN)
    zone.set(LIVE, False)
    if admitted:
        zone.check(_command(root=target), ADMIN)
        return
    with refusal(errors.Unsupported, 431, "volume/root-vm"):
        zone.check(_command(root=target), ADMIN)


def test_vmware_moves_only_to_what_the_source_host_reaches(zone: SmallZone) -> None:
    """The guide's limitation; XenServer goes to other clusters' pools."""
    for hypervisor in (Hypervisor.VMWARE, Hypervisor.XENSERVER):
        _of(zone, hypervisor)
        _machine(zone, hypervisor=hypervisor)
        command = _command("h3", root="far", data="far")
        if hypervisor is Hypervisor.XENSERVER:
            zone.check(command, ADMIN)
            continue
        with refusal(errors.Invalid, 431, "pool/far"):
            zone.check(command, ADMIN)
        zone.check(_command("h3", root="wide", data="wide"), ADMIN)


def test_a_machine_goes_with_its_disks_and_the_sources_go_last(zone: SmallZone) -> None:
    """Afterwards its volumes are on the targets and Ready."""
    _machine(zone)
    plan = zone.plan(TO_WIDE, ADMIN)
    assert _outline(plan) == [
        ("pool/wide", "CreateDisk", False),
        ("pool/wide", "CreateDisk", False),
        ("host/h1", "MigrateVm", False),
        ("pool/nfs", "RemoveDisk", True),
        ("pool/nfs", "RemoveDisk", True),
    ]
    make, move = plan.steps[0].do, plan.steps[2].do
    assert isinstance(make, CreateDisk)
    assert make.source is None
    assert isinstance(move, MigrateVm)
    assert [disk.pool_id for disk in move.disks] == ["wide", "wide"]
    zone.run(plan)
    vm = zone.inventory.get(Vm, "vm")
    assert (vm.host_id, vm.state) == ("h2", VmState.RUNNING)
    places = {
        (volume.pool_id, volume.target_pool_id, volume.state)
        for volume in zone.inventory.having(Volume, "vm", "vm")
    }
    assert places == {("wide", "", VolumeState.READY)}


def test_volumes_that_are_not_named_stay_where_the_host_reaches_them(zone: SmallZone) -> None:
    """Local ones go to local storage of the other host by themselves."""
    zone.vm()
    zone.root()
    zone.volume(vm_id="vm", device_id=1, pool_id="local", disk_offering_id="onhost")
    local = zone.inventory.get(Pool, "local")
    zone.add(msgspec.structs.replace(local, id="local2", name="local2", host_id="h2"))
    move = zone.plan(_command(), ADMIN).steps[1].do
    assert isinstance(move, MigrateVm)
    assert [disk.pool_id for disk in move.disks] == ["nfs", "local2"]


def test_a_machine_whose_local_disk_fits_nowhere_stays(zone: SmallZone) -> None:
    """The reason of each pool is told."""
    zone.vm()
    zone.root()
    zone.volume(vm_id="vm", device_id=1, pool_id="local", disk_offering_id="onhost")
    with refusal(errors.NoCapacity, 530, "volume/vol"):
        zone.check(_command(), ADMIN)


def test_a_host_is_chosen_that_reaches_the_pools(zone: SmallZone) -> None:
    """Of XenServer's two, the one in whose cluster the pool is."""
    _of(zone, Hypervisor.XENSERVER)
    _machine(zone, hypervisor=Hypervisor.XENSERVER)
    auto = msgspec.structs.replace(AUTO, migrate_to=_command(root="far", data="far").migrate_to)
    move = zone.plan(auto, ADMIN).steps[2].do
    assert isinstance(move, MigrateVm)
    assert move.host_id == "h3"


def test_no_host_is_chosen_where_nothing_would_move(zone: SmallZone) -> None:
    """Every reason is told."""
    _machine(zone)
    with refusal(errors.NoCapacity, 530, "vm/vm") as caught:
        zone.check(AUTO, ADMIN)
    assert "h2: none" in caught.value.message
    assert "h3: " in caught.value.message


# Volumes of a stopped machine.


def test_volumes_of_a_stopped_machine_go_where_each_is_told(zone: SmallZone) -> None:
    """Those that are not named stay."""
    zone.stopped_vm()
    zone.root()
    zone.volume(vm_id="vm", device_id=1)
    plan = zone.plan(_command(None, data="rbd"), ADMIN)
    assert [step.actor for step in plan.steps] == ["", "pool/rbd", "pool/rbd", "", "pool/nfs"]
    zone.run(plan)
    assert zone.inventory.get(Volume, "vol").pool_id == "rbd"
    assert zone.inventory.get(Volume, "root-vm").pool_id == "nfs"


def test_without_a_host_the_machine_must_be_stopped(zone: SmallZone) -> None:
    """The number is 431."""
    _machine(zone)
    with refusal(errors.Conflict, 431, "vm/vm"):
        zone.check(_command(None, data="rbd"), ADMIN)
