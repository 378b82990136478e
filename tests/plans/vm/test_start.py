"""startVirtualMachine: which host and pools, and the steps in order."""

import msgspec
import pytest

from core.model import errors
from core.model.commands.vm import StartVirtualMachine, StopVirtualMachine
from core.model.hypervisors import Hypervisor
from core.model.records import Host, Pool, ServiceOffering, StoreRef, Vm, Volume
from core.model.states import HostState, PoolState, ResourceState, VmState, VolumeState
from core.plans.context import GIB
from core.plans.operation import CreateDisk, DiskAt, PluggedDisk, StartVm, StopVm
from core.plans.step import Plan
from tests.refusal import refusal
from tests.small_zone import ADMIN, BOB, SmallZone

START = StartVirtualMachine(id="vm")


@pytest.fixture
def zone() -> SmallZone:
    """A zone where the least loaded host is tried first."""
    zone = SmallZone()
    zone.set("vm.allocation.algorithm", "firstfitleastconsumed")
    return zone


def _host(zone: SmallZone, id: str, **fields: object) -> None:
    zone.add(msgspec.structs.replace(zone.inventory.get(Host, id), **fields))


def _pool(zone: SmallZone, id: str, **fields: object) -> None:
    zone.add(msgspec.structs.replace(zone.inventory.get(Pool, id), **fields))


def _only_pools(zone: SmallZone, *ids: str) -> None:
    for pool in list(zone.inventory.all(Pool)):
        if pool.id not in ids:
            zone.inventory.remove(Pool, pool.id)


def _ready(zone: SmallZone, **fields: object) -> None:
    """A machine whose root disk is on pool wide, which all hosts reach."""
    zone.stopped_vm(**fields)
    zone.root(pool_id="wide")


def _unmade(zone: SmallZone, **fields: object) -> None:
    """A machine that never ran, with a root disk that is only a record."""
    zone.stopped_vm("vm", last_host_id="", **fields)
    zone.root(pool_id="", state=VolumeState.ALLOCATED)


def _outline(plan: Plan) -> list[tuple[str, str]]:
    """Actor and operation of each step."""
    return [(step.actor, type(step.do).__name__ if step.do else "") for step in plan.steps]


def _started_on(zone: SmallZone, command: StartVirtualMachine = START) -> str:
    return zone.plan(command, ADMIN).steps[-1].actor


@pytest.mark.parametrize("state", [state for state in VmState if state is not VmState.STOPPED])
def test_only_stopped_machines_start(zone: SmallZone, state: VmState) -> None:
    """The number is 431."""
    zone.stopped_vm("vm", state=state)
    with refusal(errors.Conflict, 431, "vm/vm"):
        zone.check(START)


def test_foreign_machines_and_unknown_hosts_are_not_found(zone: SmallZone) -> None:
    """The number is 431."""
    zone.stopped_vm()
    for command in (START, StopVirtualMachine(id="vm")):
        with refusal(errors.NotFound, 431, "vm/vm"):
            zone.check(command, BOB)
    with refusal(errors.NotFound, 431, "host/h9"):
        zone.check(StartVirtualMachine(id="vm", host_id="h9"), ADMIN)


PLACES = [
    (StartVirtualMachine(id="vm", host_id="h3"), "host"),
    (StartVirtualMachine(id="vm", pod_id="pod"), "pod"),
    (StartVirtualMachine(id="vm", cluster_id="c2"), "cluster"),
]


@pytest.mark.parametrize(("command", "kind"), PLACES)
def test_only_root_administrators_name_places(
    zone: SmallZone, command: StartVirtualMachine, kind: str
) -> None:
    """The number is 531; what is not there is unknown."""
    zone.stopped_vm()
    with refusal(errors.Denied, 531, "account/alice"):
        zone.check(command)
    with refusal(errors.NotFound, 431, f"{kind}/none"):
        zone.check(msgspec.structs.replace(command, **{f"{kind}_id": "none"}), ADMIN)


@pytest.mark.parametrize("command", [command for command, kind in PLACES if kind != "pod"])
def test_a_machine_starts_in_the_place_that_was_named(
    zone: SmallZone, command: StartVirtualMachine
) -> None:
    """Although it ran somewhere else."""
    _ready(zone)
    assert _started_on(zone) == "host/h1"
    assert _started_on(zone, command) == "host/h3"


def test_the_last_host_need_not_be_the_first(zone: SmallZone) -> None:
    """With considerlasthost=false only load counts."""
    _ready(zone, last_host_id="h2")
    assert _started_on(zone) == "host/h2"
    elsewhere = StartVirtualMachine(id="vm", consider_last_host=False)
    assert _started_on(zone, elsewhere) == "host/h1"


def test_hosts_without_the_offerings_tags_are_passed_by(zone: SmallZone) -> None:
    """Even when they are named."""
    _ready(zone)
    tiny = zone.inventory.get(ServiceOffering, "tiny")
    zone.add(msgspec.structs.replace(tiny, host_tags=("gpu",)))
    _host(zone, "h2", tags=("gpu", "fast"))
    assert _started_on(zone) == "host/h2"
    with refusal(errors.NoCapacity, 533, "vm/vm") as caught:
        _started_on(zone, StartVirtualMachine(id="vm", host_id="h3"))
    assert "host tags" in caught.value.message


def test_a_machine_without_a_root_disk_does_not_start(zone: SmallZone) -> None:
    """Data disks are not enough."""
    zone.stopped_vm()
    zone.volume(vm_id="vm", device_id=1)
    with refusal(errors.Conflict, 431, "vm/vm"):
        zone.plan(START)


def test_a_machine_with_all_its_disks_just_starts(zone: SmallZone) -> None:
    """The host is told processors, memory and every disk in its slot; the undo stops it."""
    zone.stopped_vm(name="web", cpus=2, memory_bytes=3 * GIB)
    zone.root()
    zone.volume(vm_id="vm", device_id=4, pool_id="wide")
    assert zone.claim(START).locks == ("vm/vm",)
    plan = zone.plan(START)
    (step,) = plan.steps
    assert step.actor == "host/h1"
    assert isinstance(step.do, StartVm)
    assert (step.do.vm_id, step.do.name, step.do.cpus) == ("vm", "web", 2)
    assert step.do.memory_bytes == 3 * GIB
    assert set(step.do.disks) == {
        PluggedDisk(device_id=0, pool_id="nfs", name="root-vm", size_bytes=2 * GIB),
        PluggedDisk(device_id=4, pool_id="wide", name="vol", size_bytes=GIB),
    }
    assert step.undo == StopVm(vm_id="vm", forced=True)
    zone.apply(step.begin)
    starting = zone.inventory.get(Vm, "vm")
    assert (starting.state, starting.host_id, starting.job_id) == (
        VmState.STARTING,
        "h1",
        "job-1",
    )
    zone.apply(step.commit)
    running = zone.inventory.get(Vm, "vm")
    assert (running.state, running.host_id, running.last_host_id) == (VmState.RUNNING, "h1", "h1")


def test_disks_that_are_only_records_are_made_first(zone: SmallZone) -> None:
    """From their pool's copy of the template, after memory and room are reserved."""
    _only_pools(zone, "nfs")
    _unmade(zone)
    zone.allocated(vm_id="vm", device_id=1)
    before = zone.inventory.get(Vm, "vm")
    plan = zone.plan(START)
    assert _outline(plan) == [
        ("", ""),
        ("jobs", "RunJobs"),
        ("pool/nfs", "CreateDisk"),
        ("pool/nfs", "CreateDisk"),
        ("host/h1", "StartVm"),
    ]
    sources = {
        step.do.disk.name: step.do.source for step in plan.steps if isinstance(step.do, CreateDisk)
    }
    assert sources == {"root-vm": DiskAt(pool_id="nfs", name="debian"), "vol": None}
    zone.apply(plan.steps[0].begin)
    assert zone.inventory.total("host.memory", "h1") == GIB
    assert zone.inventory.total("pool.allocated", "nfs") == 3 * GIB
    zone.apply(plan.steps[0].revert)
    assert zone.inventory.total("pool.allocated", "nfs") == 0
    assert msgspec.structs.replace(zone.inventory.get(Vm, "vm"), rev=1) == before
    zone.run(plan)
    volumes = zone.inventory.having(Volume, "vm", "vm")
    assert {volume.state for volume in volumes} == {VolumeState.READY}


def test_a_template_that_has_no_image_makes_no_root_disk(zone: SmallZone) -> None:
    """The number is 530."""
    _unmade(zone)
    zone.inventory.remove(StoreRef, "ref-debian")
    with refusal(errors.Unavailable, 530, "template/debian"):
        zone.plan(START)


@pytest.mark.parametrize(
    ("last", "loads", "host"),
    [
        ("h2", {}, "h2"),
        ("h2", {"h2": 7}, "h2"),
        ("h2", {"h2": 8}, "h1"),
        ("", {}, "h1"),
        ("", {"h1": 1}, "h2"),
        ("", {"h1": 2, "h2": 2, "h3": 1}, "h3"),
        ("", {"h1": 2, "h2": 1, "h3": 1}, "h2"),
    ],
)
def test_the_last_host_is_first_then_the_least_loaded(
    zone: SmallZone, last: str, loads: dict[str, int], host: str
) -> None:
    """Of equals the first by id; a host has 8 GiB."""
    _ready(zone, last_host_id=last)
    for name, gib in loads.items():
        zone.vm(f"on-{name}", host_id=name, memory_bytes=gib * GIB)
    assert _started_on(zone) == f"host/{host}"


def test_a_host_that_is_named_is_the_only_one(zone: SmallZone) -> None:
    """When it has no room, the machine does not start."""
    _ready(zone)
    command = StartVirtualMachine(id="vm", host_id="h3")
    assert _started_on(zone, command) == "host/h3"
    _host(zone, "h3", memory_bytes=GIB - 1)
    with refusal(errors.NoCapacity, 533, "vm/vm") as caught:
        zone.plan(command, ADMIN)
    assert "h1" not in caught.value.message


@pytest.mark.parametrize(
    "fields",
    [
        {"state": HostState.DOWN},
        {"resource_state": ResourceState.MAINTENANCE},
        {"hypervisor": Hypervisor.VMWARE},
        {"zone_id": "z2"},
        {"memory_bytes": 0},
    ],
    ids=str,
)
def test_unfit_hosts_are_passed_by(zone: SmallZone, fields: dict[str, object]) -> None:
    """Even the one where it last ran."""
    _ready(zone)
    _host(zone, "h1", **fields)
    assert _started_on(zone) == "host/h2"


def test_every_host_says_why_it_was_not_taken(zone: SmallZone) -> None:
    """By state, by memory, by what it does not reach."""
    zone.set("enable.storage.migration", False)
    zone.stopped_vm()
    zone.root()
    _host(zone, "h1", state=HostState.DOWN)
    _host(zone, "h2", memory_bytes=GIB - 1)
    with refusal(errors.NoCapacity, 533, "vm/vm") as caught:
        zone.plan(START)
    assert "h1 is Down" in caught.value.message
    assert f"h2 has {GIB - 1} bytes of memory left" in caught.value.message
    assert "h3 does not reach pool nfs of volume root-vm" in caught.value.message


def test_disks_move_when_no_host_would_do_otherwise(zone: SmallZone) -> None:
    """They are copied to pools that the host reaches; the sources go when the machine runs.

    The host is taken before they are, so that its maintenance waits for the machine.
    """
    zone.stopped_vm()
    zone.root()
    zone.volume(vm_id="vm", device_id=1, pool_id="wide")
    _host(zone, "h1", state=HostState.DOWN)
    _host(zone, "h2", state=HostState.DOWN)
    _only_pools(zone, "nfs", "wide", "far")
    plan = zone.plan(START)
    assert _outline(plan) == [
        ("", ""),
        ("pool/far", "CreateDisk"),
        ("pool/far", "VerifyCopy"),
        ("host/h3", "StartVm"),
        ("", ""),
        ("pool/nfs", "RemoveDisk"),
    ]
    started = plan.steps[3].do
    assert isinstance(started, StartVm)
    assert {disk.name: disk.pool_id for disk in started.disks} == {"root-vm": "far", "vol": "wide"}


def test_no_disk_moves_while_a_host_reaches_all(zone: SmallZone) -> None:
    """Not even when another host comes first otherwise."""
    zone.stopped_vm(last_host_id="h3")
    zone.root()
    assert [step.actor for step in zone.plan(START).steps] == ["host/h1"]


@pytest.mark.parametrize("why", ["local", "snapshot"])
def test_disks_that_cannot_move_keep_a_machine_from_starting(zone: SmallZone, why: str) -> None:
    """Local ones, and ones with a snapshot that lies nowhere else."""
    zone.stopped_vm()
    zone.root(pool_id="local" if why == "local" else "nfs")
    if why == "snapshot":
        zone.snapshot(volume_id="root-vm", pool_id="nfs")
        zone.inventory.remove(StoreRef, "ref-snap")
    _host(zone, "h1", state=HostState.DOWN)
    _host(zone, "h2", state=HostState.DOWN)
    with refusal(errors.NoCapacity, 533, "vm/vm") as caught:
        zone.plan(START)
    reason = "does not reach" if why == "local" else "only on its pool"
    assert reason in caught.value.message


def test_a_machine_starts_where_all_its_disks_are_reached(zone: SmallZone) -> None:
    """A local disk ties it to its host."""
    zone.stopped_vm(last_host_id="h2")
    zone.root(pool_id="local")
    assert _started_on(zone) == "host/h1"


@pytest.mark.parametrize(
    ("state", "starts"),
    [
        (PoolState.UP, True),
        (PoolState.DISABLED, True),
        (PoolState.PREPARE_FOR_MAINTENANCE, False),
        (PoolState.MAINTENANCE, False),
        (PoolState.ERROR_IN_MAINTENANCE, False),
    ],
)
def test_a_disk_on_a_pool_in_maintenance_holds_its_machine(
    zone: SmallZone, state: PoolState, *, starts: bool
) -> None:
    """A Disabled pool only takes nothing new."""
    _ready(zone)
    _pool(zone, "wide", state=state)
    if starts:
        assert _started_on(zone) == "host/h1"
        return
    with refusal(errors.NoCapacity, 533, "vm/vm"):
        zone.plan(START)


@pytest.mark.parametrize(("size_bytes", "fits"), [(85 * GIB, True), (85 * GIB + 1, False)])
def test_all_new_disks_of_a_machine_fit_together(
    zone: SmallZone, size_bytes: int, *, fits: bool
) -> None:
    """Two disks share the 170 GiB that the only pool may allocate."""
    _only_pools(zone, "nfs")
    _unmade(zone)
    zone.root(pool_id="", state=VolumeState.ALLOCATED, size_bytes=85 * GIB)
    zone.allocated(vm_id="vm", device_id=1, size_bytes=size_bytes)
    if fits:
        zone.plan(START)
        return
    with refusal(errors.NoCapacity, 533, "vm/vm"):
        zone.plan(START)


def test_new_disks_go_to_pools_that_their_offerings_want(zone: SmallZone) -> None:
    """A local one decides the host."""
    _unmade(zone)
    zone.allocated("fast", vm_id="vm", device_id=1, disk_offering_id="tagged")
    zone.allocated("near", vm_id="vm", device_id=2, disk_offering_id="onhost")
    plan = zone.plan(START)
    made = {step.do.disk.name: step.actor for step in plan.steps if isinstance(step.do, CreateDisk)}
    assert (made["fast"], made["near"]) == ("pool/more", "pool/local")
    assert plan.steps[-1].actor == "host/h1"
