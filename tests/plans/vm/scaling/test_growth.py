"""scaleVirtualMachine of a machine that runs: what it needs, and what the plan does."""

import msgspec
import pytest

from core.model import errors
from core.model.commands.vm import ScaleVirtualMachine, StartVirtualMachine, UpdateVirtualMachine
from core.model.errors import ForebayError
from core.model.hypervisors import HYPERVISORS, Hypervisor
from core.model.records import Host, Pool, Record, ServiceOffering, Template, Vm
from core.plans.context import GIB
from core.plans.operation import MigrateVm, ScaleVm, StartVm
from core.plans.vm.scaling.growth import room_to_grow
from core.plans.vm.scaling.shape import Shape
from tests.refusal import refusal
from tests.small_zone import SmallZone

SETTING = "enable.dynamic.scale.vm"
DETAILS = {"cpuNumber": "2", "memory": "2048"}
GROW = ScaleVirtualMachine(id="vm", service_offering_id="tiny", details=DETAILS)


def alter(zone: SmallZone, kind: type[Record], id: str, /, **fields: object) -> None:
    """Let a record have other fields."""
    zone.add(msgspec.structs.replace(zone.inventory.get(kind, id), **fields))


@pytest.fixture
def zone() -> SmallZone:
    """A zone with a machine that runs, of a customized offering, and may grow."""
    zone = SmallZone()
    zone.set(SETTING, True, "zone", "z1")
    alter(zone, Template, "debian", dynamically_scalable=True)
    alter(zone, ServiceOffering, "tiny", customized=True, max_cpus=4, max_memory_bytes=6 * GIB)
    zone.vm(cpus_max=4, memory_max_bytes=6 * GIB)
    zone.root()
    return zone


def test_a_running_machine_is_given_more_where_it_is(zone: SmallZone) -> None:
    """What is more is reserved before the host is asked; the offering is set after it."""
    plan = zone.plan(GROW)
    assert [step.do for step in plan.steps] == [
        None,
        ScaleVm(vm_id="vm", cpus=2, memory_bytes=2 * GIB),
    ]
    assert plan.steps[1].actor == "host/h1"
    zone.apply(plan.steps[0].begin)
    assert zone.inventory.total("host.memory", "h1") == 2 * GIB
    zone.apply(plan.steps[0].revert)
    assert zone.inventory.total("host.memory", "h1") == GIB


@pytest.mark.parametrize("full", [True, False])
def test_a_machine_goes_where_there_is_room_or_the_host_tags_are(
    zone: SmallZone, *, full: bool
) -> None:
    """With the size that it has, before it gets the other."""
    if full:
        zone.vm("neighbour", memory_bytes=7 * GIB)
    alter(zone, ServiceOffering, "tiny", host_tags=() if full else ("large",))
    alter(zone, Host, "h2", tags=("large",))
    _, move, scale = zone.plan(GROW).steps
    assert isinstance(move.do, MigrateVm)
    assert (move.do.host_id, move.do.memory_bytes, move.do.memory_max_bytes) == (
        "h2",
        GIB,
        6 * GIB,
    )
    assert scale.actor == "host/h2"


def test_where_no_host_has_room_nothing_is_scaled(zone: SmallZone) -> None:
    """The number is 530; nor does a machine leave its local disks behind."""
    zone.vm("neighbour", memory_bytes=7 * GIB)
    zone.root(pool_id="local")
    with refusal(errors.Conflict, 431, "vm/vm"):
        zone.check(GROW)
    zone.root()
    zone.vm("other", host_id="h2", memory_bytes=7 * GIB)
    with refusal(errors.NoCapacity, 530, "vm/vm"):
        zone.check(GROW)


@pytest.mark.parametrize(
    ("cpus", "memory"), [("1", "1024"), ("2", "512")], ids=["nothing more", "less memory"]
)
def test_a_running_machine_only_grows(zone: SmallZone, cpus: str, memory: str) -> None:
    """A stopped one may shrink."""
    details = {"cpuNumber": cpus, "memory": memory}
    command = msgspec.structs.replace(GROW, details=details)
    with refusal(errors.Invalid, 431, "service_offering/tiny"):
        zone.check(command)
    zone.stopped_vm()
    zone.check(command)


def test_a_slower_offering_is_less(zone: SmallZone) -> None:
    """Whatever else it has more of."""
    tiny = zone.inventory.get(ServiceOffering, "tiny")
    slow = zone.add(
        msgspec.structs.replace(
            tiny,
            id="slow",
            cpu_mhz=tiny.cpu_mhz - 1,
            cpus=4,
            memory_bytes=4 * GIB,
            customized=False,
        )
    )
    with refusal(errors.Invalid, 431, f"service_offering/{slow.id}"):
        zone.check(ScaleVirtualMachine(id="vm", service_offering_id="slow"))


KINDS: dict[str, tuple[type[Record], str]] = {
    "vm": (Vm, "vm"),
    "offering": (ServiceOffering, "tiny"),
    "template": (Template, "debian"),
}
FLAWS = [
    ("vm", {"dynamic_scaling": False}),
    ("vm", {"cpus_max": 0, "memory_max_bytes": 0}),
    ("vm", {"cpus_max": 1}),
    ("vm", {"memory_max_bytes": 2 * GIB - 1}),
    ("offering", {"dynamic_scaling": False}),
    ("template", {"dynamically_scalable": False}),
]


@pytest.mark.parametrize(("kind", "fields"), FLAWS, ids=str)
def test_the_machine_must_have_started_with_room(
    zone: SmallZone, kind: str, fields: dict[str, object]
) -> None:
    """It, its offering and its template admit it, and did when it started (530)."""
    record, id = KINDS[kind]
    alter(zone, record, id, **fields)
    with refusal(errors.Conflict, 530, "vm/vm"):
        zone.check(GROW)


def test_kvm_machines_grow_from_customized_offerings_only(zone: SmallZone) -> None:
    """KVM was given no room for those of a fixed one; VMware always is."""
    alter(zone, ServiceOffering, "tiny", customized=False)
    command = ScaleVirtualMachine(id="vm", service_offering_id="fixed")
    with refusal(errors.Conflict, 530, "vm/vm"):
        zone.check(command)
    alter(zone, Vm, "vm", hypervisor=Hypervisor.VMWARE)
    with refusal(errors.Conflict, 431, "vm/vm"):
        zone.check(command)


@pytest.mark.parametrize(
    ("hypervisor", "kind", "number"),
    [(name, errors.Unsupported, 431) for name, row in HYPERVISORS.items() if not row.scales],
)
def test_some_hypervisors_do_not_scale(
    zone: SmallZone, hypervisor: Hypervisor, kind: type[ForebayError], number: int
) -> None:
    """CloudStack's list."""
    alter(zone, Vm, "vm", hypervisor=hypervisor)
    with refusal(kind, number, "vm/vm"):
        zone.check(GROW)
    scaling = {name for name, row in HYPERVISORS.items() if row.scales}
    assert scaling == {"KVM", "VMware", "XenServer", "Simulator"}


def test_the_zone_must_admit_it(zone: SmallZone) -> None:
    """The setting is false by default; the number is 531."""
    zone.set(SETTING, False, "zone", "z1")
    with refusal(errors.Denied, 531, "zone/z1"):
        zone.check(GROW)


def test_the_account_pays_what_a_running_machine_gets(zone: SmallZone) -> None:
    """As for a stopped one."""
    zone.limit("alice", "memory", 2047)
    with refusal(errors.QuotaExceeded, 535, "account/alice"):
        zone.check(GROW)


@pytest.mark.parametrize(
    ("flaw", "cpus", "most_gib"),
    [({}, 4, 6), ({"max_cpus": 0, "max_memory_bytes": 0}, 16, 8), ({"customized": False}, 0, 0)],
    ids=["limited", "unlimited", "fixed"],
)
def test_a_machine_starts_with_the_room_of_its_offering_or_host(
    zone: SmallZone, flaw: dict[str, object], cpus: int, most_gib: int
) -> None:
    """It is recorded as its host is told."""
    alter(zone, ServiceOffering, "tiny", **flaw)
    alter(zone, Host, "h1", cpus=16)
    zone.stopped_vm()
    plan = zone.plan(StartVirtualMachine(id="vm"))
    start = next(step for step in plan.steps if isinstance(step.do, StartVm))
    assert isinstance(start.do, StartVm)
    assert (start.do.cpus_max, start.do.memory_max_bytes) == (cpus, most_gib * GIB)
    zone.run(plan)
    vm = zone.inventory.get(Vm, "vm")
    assert (vm.cpus_max, vm.memory_max_bytes) == (cpus, most_gib * GIB)


def test_other_hypervisors_have_all_of_their_host(zone: SmallZone) -> None:
    """Also with a fixed offering."""
    alter(zone, ServiceOffering, "tiny", customized=False)
    alter(zone, Host, "h1", cpus=16)
    vm = zone.vm(hypervisor=Hypervisor.XENSERVER)
    host = zone.inventory.get(Host, "h1")
    assert room_to_grow(zone.context(), vm, host) == Shape(16, 8 * GIB)


def test_a_root_disk_does_not_grow_with_a_running_machine(zone: SmallZone) -> None:
    """Only its offering may change."""
    alter(zone, Vm, "vm", hypervisor=Hypervisor.VMWARE)
    alter(zone, Pool, "nfs", hypervisor="VMware")
    alter(zone, Host, "h1", hypervisor=Hypervisor.VMWARE)
    with refusal(errors.Conflict, 431, "vm/vm"):
        zone.check(ScaleVirtualMachine(id="vm", service_offering_id="fixed"))


def test_an_update_says_whether_a_machine_may_grow(zone: SmallZone) -> None:
    """From its next start on."""
    zone.claim(UpdateVirtualMachine(id="vm", is_dynamically_scalable=False))
    assert zone.inventory.get(Vm, "vm").dynamic_scaling is False
    with refusal(errors.Conflict, 530, "vm/vm"):
        zone.check(GROW)


@pytest.mark.parametrize("kind", ["template", "offering", "zone"])
def test_nobody_says_so_where_it_cannot_grow(zone: SmallZone, kind: str) -> None:
    """Its template, its offering and its zone must admit it; saying no always goes."""
    if kind == "zone":
        zone.set(SETTING, False, "zone", "z1")
    else:
        record, id = KINDS[kind]
        flag = "dynamically_scalable" if kind == "template" else "dynamic_scaling"
        alter(zone, record, id, **{flag: False})
    with refusal(errors.Invalid, 431, "vm/vm"):
        zone.check(UpdateVirtualMachine(id="vm", is_dynamically_scalable=True))
    zone.check(UpdateVirtualMachine(id="vm", is_dynamically_scalable=False))
