"""migrateVirtualMachine: what it refuses, where a machine goes, and what is moved how."""

import msgspec
import pytest

from core.model import errors
from core.model.commands.migration import MigrateVirtualMachine
from core.model.errors import ForebayError
from core.model.hypervisors import Hypervisor
from core.model.records import Host, Pool, ServiceOffering, Vm, Volume
from core.model.states import HostState, PoolState, ResourceState, VmState, VolumeState
from core.plans.context import GIB
from core.plans.operation import MigrateVm, PluggedDisk
from core.plans.step import Plan
from tests.refusal import refusal
from tests.small_zone import ADMIN, ALICE, SmallZone

TO_H2 = MigrateVirtualMachine(virtual_machine_id="vm", host_id="h2")
ANYWHERE = MigrateVirtualMachine(virtual_machine_id="vm", autoselect=True)
TO_MORE = MigrateVirtualMachine(virtual_machine_id="vm", storage_id="wide")


def _host(zone: SmallZone, id: str, **fields: object) -> None:
    zone.add(msgspec.structs.replace(zone.inventory.get(Host, id), **fields))


def _machine(zone: SmallZone, **fields: object) -> None:
    zone.vm("vm", **fields)
    zone.root()


def _outline(plan: Plan) -> list[tuple[str, str, bool]]:
    return [
        (step.actor, type(step.do).__name__ if step.do else "", step.final) for step in plan.steps
    ]


@pytest.mark.parametrize(
    "command",
    [
        MigrateVirtualMachine(virtual_machine_id="vm"),
        MigrateVirtualMachine(virtual_machine_id="vm", host_id="h2", storage_id="wide"),
        MigrateVirtualMachine(virtual_machine_id="vm", host_id="h2", autoselect=True),
    ],
)
def test_just_one_parameter_says_where_to(zone: SmallZone, command: MigrateVirtualMachine) -> None:
    """None and several are refused."""
    _machine(zone)
    with refusal(errors.Invalid, 431, "vm/vm"):
        zone.check(command, ADMIN)


MACHINE_REFUSALS: list[tuple[dict[str, object], type[ForebayError]]] = [
    ({"state": VmState.STOPPED, "host_id": ""}, errors.Conflict),
    ({"state": VmState.STARTING}, errors.Conflict),
    ({"hypervisor": Hypervisor.LXC}, errors.Unsupported),
]


@pytest.mark.parametrize(("fields", "kind"), MACHINE_REFUSALS)
def test_only_running_machines_go_to_another_host(
    zone: SmallZone, fields: dict[str, object], kind: type[ForebayError]
) -> None:
    """And only where the hypervisor moves them."""
    _machine(zone, **fields)
    with refusal(kind, 431, "vm/vm"):
        zone.check(TO_H2, ADMIN)


def test_a_machine_with_local_volumes_stays(zone: SmallZone) -> None:
    """The guide: it cannot be migrated to a different host."""
    _machine(zone)
    zone.volume(vm_id="vm", device_id=1, pool_id="local", disk_offering_id="onhost")
    with refusal(errors.Conflict, 431, "vm/vm"):
        zone.check(TO_H2, ADMIN)


def test_a_machine_whose_disk_is_worked_on_stays(zone: SmallZone) -> None:
    """The refusal names the volume."""
    zone.vm()
    zone.root(state=VolumeState.SNAPSHOTTING)
    with refusal(errors.Conflict, 431, "volume/root-vm"):
        zone.check(TO_H2, ADMIN)


HOST_REFUSALS: list[tuple[str, dict[str, object], type[ForebayError], int]] = [
    ("none", {}, errors.NotFound, 431),
    ("h1", {}, errors.Invalid, 431),
    ("h3", {}, errors.Invalid, 431),
    ("h2", {"hypervisor": Hypervisor.XENSERVER}, errors.Invalid, 431),
    ("h2", {"state": HostState.ALERT}, errors.Conflict, 431),
    ("h2", {"resource_state": ResourceState.DISABLED}, errors.Conflict, 431),
    ("h2", {"resource_state": ResourceState.MAINTENANCE}, errors.Conflict, 431),
    ("h2", {"resource_state": ResourceState.PREPARE_FOR_MAINTENANCE}, errors.Conflict, 431),
    ("h2", {"memory_bytes": GIB - 1}, errors.NoCapacity, 530),
]


@pytest.mark.parametrize(("host_id", "fields", "kind", "number"), HOST_REFUSALS)
def test_wrong_hosts_are_refused(
    zone: SmallZone, host_id: str, fields: dict[str, object], kind: type[ForebayError], number: int
) -> None:
    """The refusal names the host."""
    _machine(zone)
    if fields:
        _host(zone, host_id, **fields)
    with refusal(kind, number, f"host/{host_id}"):
        zone.check(msgspec.structs.replace(TO_H2, host_id=host_id), ADMIN)


def test_memory_is_kept_there_while_the_machine_is_on_its_way(zone: SmallZone) -> None:
    """A second machine that fits only alone is refused."""
    _host(zone, "h2", memory_bytes=GIB)
    _machine(zone)
    zone.vm("other")
    (step,) = zone.plan(TO_H2, ADMIN).steps
    zone.apply(step.begin)
    with refusal(errors.NoCapacity, 530, "host/h2"):
        zone.check(msgspec.structs.replace(TO_H2, virtual_machine_id="other"), ADMIN)


def test_a_machine_goes_to_another_host_with_all_its_disks_in_place(zone: SmallZone) -> None:
    """One step on the source host; then it runs there."""
    _machine(zone)
    plan = zone.plan(TO_H2, ADMIN)
    assert _outline(plan) == [("host/h1", "MigrateVm", False)]
    do = plan.steps[0].do
    assert isinstance(do, MigrateVm)
    assert do.host_id == "h2"
    assert do.disks == (
        PluggedDisk(device_id=0, pool_id="nfs", name="root-vm", size_bytes=2 * GIB),
    )
    zone.run(plan)
    vm = zone.inventory.get(Vm, "vm")
    assert (vm.state, vm.host_id, vm.last_host_id, vm.target_host_id) == (
        VmState.RUNNING,
        "h2",
        "h2",
        "",
    )
    assert zone.inventory.total("host.memory", "h1") == 0


def test_autoselect_takes_the_least_loaded_host_of_the_cluster(zone: SmallZone) -> None:
    """One that lacks the offering's host tags does not count."""
    offering = zone.inventory.get(ServiceOffering, "tiny")
    zone.add(msgspec.structs.replace(offering, host_tags=("gpu",)))
    h2 = zone.inventory.get(Host, "h2")
    zone.add(msgspec.structs.replace(h2, id="h4", name="h4", tags=("gpu",)))
    zone.add(msgspec.structs.replace(h2, id="h5", name="h5", tags=("gpu",)))
    zone.vm("busy", host_id="h4")
    _machine(zone)
    do = zone.plan(ANYWHERE, ADMIN).steps[0].do
    assert isinstance(do, MigrateVm)
    assert do.host_id == "h5"


def test_autoselect_is_refused_when_no_host_has_room(zone: SmallZone) -> None:
    """The number is 530."""
    _host(zone, "h2", resource_state=ResourceState.DISABLED)
    _machine(zone)
    with refusal(errors.NoCapacity, 530, "vm/vm"):
        zone.check(ANYWHERE, ADMIN)


def test_others_machines_are_unknown(zone: SmallZone) -> None:
    """As everywhere."""
    zone.vm(account_id="bob", domain_id="lab")
    with refusal(errors.NotFound, 431, "vm/vm"):
        zone.check(TO_H2, ALICE)


# To another pool.


def _stopped(zone: SmallZone, **fields: object) -> None:
    zone.stopped_vm("vm", **fields)
    zone.root()
    zone.volume(vm_id="vm", device_id=1)


def test_only_stopped_machines_go_to_another_pool(zone: SmallZone) -> None:
    """The number is 431."""
    _machine(zone)
    with refusal(errors.Conflict, 431, "vm/vm"):
        zone.check(TO_MORE, ADMIN)


@pytest.mark.parametrize(
    "hypervisor", [Hypervisor.HYPERV, Hypervisor.LXC, Hypervisor.OVM, Hypervisor.XENSERVER]
)
def test_machines_with_data_disks_go_as_a_whole_on_kvm_and_vmware(
    zone: SmallZone, hypervisor: Hypervisor
) -> None:
    """Elsewhere their volumes go one by one, or not at all."""
    _stopped(zone, hypervisor=hypervisor)
    with refusal(errors.Unsupported, 431, "vm/vm"):
        zone.check(TO_MORE, ADMIN)


def test_vm_snapshots_hold_the_disks(zone: SmallZone) -> None:
    """They are deleted first."""
    _stopped(zone)
    zone.vm_snapshot()
    with refusal(errors.Conflict, 431, "vm/vm"):
        zone.check(TO_MORE, ADMIN)


POOL_REFUSALS: list[tuple[str, dict[str, object], type[ForebayError], int, str]] = [
    ("none", {}, errors.NotFound, 431, "pool/none"),
    ("nfs", {}, errors.Invalid, 431, "vm/vm"),
    ("wide", {"zone_id": "z2"}, errors.Invalid, 431, "pool/wide"),
    ("wide", {"state": PoolState.MAINTENANCE}, errors.Conflict, 431, "pool/wide"),
    ("wide", {"capacity_bytes": GIB // 2}, errors.NoCapacity, 530, "pool/wide"),
    ("rbd", {"capacity_bytes": 27 * GIB // 20}, errors.NoCapacity, 530, "pool/rbd"),
]


@pytest.mark.parametrize(("pool_id", "fields", "kind", "number", "named"), POOL_REFUSALS)
def test_wrong_pools_are_refused(
    zone: SmallZone,
    pool_id: str,
    fields: dict[str, object],
    kind: type[ForebayError],
    number: int,
    named: str,
) -> None:
    """Also one that has room for each volume, but not for all together."""
    _stopped(zone)
    if fields:
        zone.add(msgspec.structs.replace(zone.inventory.get(Pool, pool_id), **fields))
    with refusal(kind, number, named):
        zone.check(msgspec.structs.replace(TO_MORE, storage_id=pool_id), ADMIN)


def test_all_copies_are_verified_before_any_source_goes(zone: SmallZone) -> None:
    """The machine is Migrating meanwhile and Stopped afterwards."""
    _stopped(zone)
    plan = zone.plan(TO_MORE, ADMIN)
    assert _outline(plan) == [
        ("", "", False),
        ("pool/wide", "CreateDisk", False),
        ("pool/wide", "VerifyCopy", False),
        ("pool/wide", "CreateDisk", False),
        ("pool/wide", "VerifyCopy", False),
        ("", "", True),
        ("pool/nfs", "RemoveDisk", True),
        ("pool/nfs", "RemoveDisk", True),
    ]
    zone.apply(plan.steps[0].begin)
    assert zone.inventory.get(Vm, "vm").state is VmState.MIGRATING
    zone.apply(plan.steps[0].revert)
    zone.run(plan)
    vm = zone.inventory.get(Vm, "vm")
    assert (vm.state, vm.last_host_id, vm.stopped_s) == (VmState.STOPPED, "h1", 0.0)
    pools = {volume.pool_id for volume in zone.inventory.having(Volume, "vm", "vm")}
    assert pools == {"wide"}


def test_a_machine_forgets_a_host_that_does_not_reach_its_new_pool(zone: SmallZone) -> None:
    """It starts in the pool's cluster then."""
    _stopped(zone)
    zone.run(zone.plan(msgspec.structs.replace(TO_MORE, storage_id="far"), ADMIN))
    assert zone.inventory.get(Vm, "vm").last_host_id == ""


def test_volumes_that_are_there_stay(zone: SmallZone) -> None:
    """Only the others are copied."""
    zone.stopped_vm()
    zone.root()
    zone.volume(vm_id="vm", device_id=1, pool_id="wide")
    plan = zone.plan(TO_MORE, ADMIN)
    assert [step.actor for step in plan.steps] == ["", "pool/wide", "pool/wide", "", "pool/nfs"]
