"""Maintenance of hosts: what it refuses, how machines leave, and how it is cancelled."""

from collections.abc import Callable

import msgspec
import pytest

from core.model import errors
from core.model.commands.host import CancelHostMaintenance, PrepareHostForMaintenance
from core.model.commands.internal import EvacuateMachine
from core.model.errors import ForebayError
from core.model.hypervisors import Hypervisor
from core.model.records import Host, Job, Pool
from core.model.states import HostState, ResourceState, VmState
from core.plans.operation import EndJob, MigrateVm, RunJobs, StopVm
from core.plans.step import Plan
from core.plans.table import PLANS
from tests.refusal import refusal
from tests.small_zone import ADMIN, SmallZone

PREPARE = PrepareHostForMaintenance(id="h1")
CANCEL = CancelHostMaintenance(id="h1")
LEAVE = EvacuateMachine(id="vm", host_id="h1")
STRATEGY = "host.maintenance.local.storage.strategy"


def _host(zone: SmallZone, id: str = "h1", **fields: object) -> None:
    zone.add(msgspec.structs.replace(zone.inventory.get(Host, id), **fields))


def _resource_state(zone: SmallZone) -> ResourceState:
    return zone.inventory.get(Host, "h1").resource_state


def _job(id: str, **fields: object) -> Job:
    given: dict[str, object] = {
        "command": "addHost",
        "account_id": "admin",
        "domain_id": "ROOT",
        "user_id": "u",
        "instance_kind": "host",
        "instance_id": "h1",
    }
    return Job(id=id, **{**given, **fields})  # type: ignore[arg-type]


STATES: list[tuple[ResourceState, bool]] = [
    (ResourceState.ENABLED, True),
    (ResourceState.ERROR_IN_MAINTENANCE, True),
    (ResourceState.DISABLED, False),
    (ResourceState.PREPARE_FOR_MAINTENANCE, False),
    (ResourceState.MAINTENANCE, False),
]


@pytest.mark.parametrize(("state", "admitted"), STATES)
def test_maintenance_begins_when_enabled_or_in_error(
    zone: SmallZone, state: ResourceState, *, admitted: bool
) -> None:
    """Every other state is refused with 431."""
    _host(zone, resource_state=state)
    if admitted:
        zone.claim(PREPARE, ADMIN)
        assert _resource_state(zone) is ResourceState.PREPARE_FOR_MAINTENANCE
        return
    with refusal(errors.Conflict, 431, "host/h1"):
        zone.check(PREPARE, ADMIN)


def _is_down(zone: SmallZone) -> None:
    _host(zone, state=HostState.ALERT)


def _is_worked_on(zone: SmallZone) -> None:
    zone.add(_job("j"))


def _has_local_volume(zone: SmallZone) -> None:
    zone.vm()
    zone.volume(vm_id="vm", device_id=1, pool_id="local", disk_offering_id="onhost")


REFUSALS: list[tuple[Callable[[SmallZone], None], int]] = [
    (_is_down, 530),
    (_is_worked_on, 530),
    (_has_local_volume, 431),
]


@pytest.mark.parametrize(("prepare", "number"), REFUSALS)
def test_maintenance_is_refused(
    zone: SmallZone, prepare: Callable[[SmallZone], None], number: int
) -> None:
    """The host stays as it is; the guide: stop machines with local volumes first."""
    prepare(zone)
    with refusal(errors.Conflict, number, "host/h1"):
        zone.check(PREPARE, ADMIN)


def test_stopped_machines_with_local_volumes_do_not_matter(zone: SmallZone) -> None:
    """The guide asks no more than to stop them."""
    zone.stopped_vm()
    zone.volume(vm_id="vm", device_id=1, pool_id="local", disk_offering_id="onhost")
    zone.check(PREPARE, ADMIN)


def test_one_host_of_a_cluster_prepares_at_a_time(zone: SmallZone) -> None:
    """The refusal names it; hosts of other clusters don't matter."""
    _host(zone, "h3", resource_state=ResourceState.PREPARE_FOR_MAINTENANCE)
    zone.check(PREPARE, ADMIN)
    _host(zone, "h2", resource_state=ResourceState.PREPARE_FOR_MAINTENANCE)
    with refusal(errors.Conflict, 530, "host/h2"):
        zone.check(PREPARE, ADMIN)


@pytest.mark.parametrize("strategy", ["Migration", "ForceStop"])
def test_other_strategies_admit_local_volumes(zone: SmallZone, strategy: str) -> None:
    """What happens to the machines is decided when it is their turn."""
    _has_local_volume(zone)
    zone.set(STRATEGY, strategy)
    zone.check(PREPARE, ADMIN)


def test_a_host_without_machines_enters_at_once(zone: SmallZone) -> None:
    """One step, which changes only the record."""
    plan = zone.plan(PREPARE, ADMIN)
    assert [step.do for step in plan.steps] == [None]
    zone.run(plan)
    assert _resource_state(zone) is ResourceState.MAINTENANCE


def test_each_machine_leaves_by_a_job_of_its_own(zone: SmallZone) -> None:
    """Also one that is on its way to this host."""
    zone.vm("a")
    zone.vm("b", host_id="h2", target_host_id="h1", state=VmState.MIGRATING)
    zone.vm("c", host_id="h2")
    plan = zone.plan(PREPARE, ADMIN)
    do = plan.steps[0].do
    assert isinstance(do, RunJobs)
    asked = [msgspec.json.decode(one.request, type=EvacuateMachine) for one in do.errands]
    assert [one.id for one in asked] == ["a", "b"]
    zone.run(plan)
    assert _resource_state(zone) is ResourceState.MAINTENANCE


def test_a_failure_ends_in_error(zone: SmallZone) -> None:
    """Only that of the job which prepares the host."""
    zone.claim(PREPARE, ADMIN)
    give_up = PLANS[PrepareHostForMaintenance].give_up
    assert give_up is not None
    zone.apply(give_up(zone.context(ADMIN), "h1"))
    assert _resource_state(zone) is ResourceState.ERROR_IN_MAINTENANCE
    assert give_up(zone.context(ADMIN), "h1") == ()


# A machine that leaves.


def _leaving(zone: SmallZone, **fields: object) -> Plan:
    _host(zone, resource_state=ResourceState.PREPARE_FOR_MAINTENANCE)
    zone.vm("vm", **fields)
    zone.root(pool_id="wide")
    return zone.plan(LEAVE, ADMIN)


def test_a_machine_leaves_for_another_host_of_its_cluster(zone: SmallZone) -> None:
    """While it runs."""
    do = _leaving(zone).steps[0].do
    assert isinstance(do, MigrateVm)
    assert do.host_id == "h2"


def test_a_machine_that_fits_nowhere_keeps_the_host_in_use(zone: SmallZone) -> None:
    """The refusal is its job's failure, and by that the maintenance's."""
    _host(zone, "h2", memory_bytes=0)
    with refusal(errors.NoCapacity, 530, "vm/vm"):
        _leaving(zone)


@pytest.mark.parametrize("last", [True, False])
def test_machines_that_can_go_nowhere_are_stopped(zone: SmallZone, *, last: bool) -> None:
    """On the last usable host of a cluster, and where the hypervisor moves no machines."""
    if last:
        _host(zone, "h2", resource_state=ResourceState.DISABLED)
    do = _leaving(zone, hypervisor=Hypervisor.KVM if last else Hypervisor.LXC).steps[0].do
    assert do == StopVm(vm_id="vm", forced=False)


GONE: list[dict[str, object]] = [
    {"host_id": "h2"},
    {"host_id": "", "state": VmState.STOPPED},
    {"host_id": "", "state": VmState.DESTROYED},
]


@pytest.mark.parametrize("fields", GONE)
def test_a_machine_that_has_left_is_left_alone(zone: SmallZone, fields: dict[str, object]) -> None:
    """It stopped or moved while its job waited."""
    assert _leaving(zone, **fields).steps == ()


def test_nothing_happens_to_machines_once_the_maintenance_is_cancelled(zone: SmallZone) -> None:
    """Nor to one that is gone altogether."""
    zone.vm()
    assert zone.plan(LEAVE, ADMIN).steps == ()
    assert zone.plan(EvacuateMachine(id="none", host_id="h1"), ADMIN).steps == ()


def _local_machine(zone: SmallZone, strategy: str) -> Plan:
    zone.set(STRATEGY, strategy)
    _host(zone, resource_state=ResourceState.PREPARE_FOR_MAINTENANCE)
    zone.vm()
    zone.root(pool_id="local", disk_offering_id="onhost")
    zone.add(msgspec.structs.replace(zone.inventory.get(Pool, "local"), id="local2", host_id="h2"))
    return zone.plan(LEAVE, ADMIN)


def test_machines_with_local_volumes_take_them_along_if_so_set(zone: SmallZone) -> None:
    """To a host of the cluster that has local storage too."""
    plan = _local_machine(zone, "Migration")
    assert [step.actor for step in plan.steps] == ["pool/local2", "host/h1", "pool/local"]
    do = plan.steps[1].do
    assert isinstance(do, MigrateVm)
    assert (do.host_id, do.disks[0].pool_id) == ("h2", "local2")


def test_machines_with_local_volumes_are_stopped_if_so_set(zone: SmallZone) -> None:
    """By force."""
    do = _local_machine(zone, "ForceStop").steps[0].do
    assert do == StopVm(vm_id="vm", forced=True)


def test_machines_with_local_volumes_refuse_by_default(zone: SmallZone) -> None:
    """One that got its volume after the maintenance was admitted."""
    with refusal(errors.Conflict, 431, "vm/vm"):
        _local_machine(zone, "Error")


# Cancelling.


@pytest.mark.parametrize("state", [ResourceState.ENABLED, ResourceState.DISABLED])
def test_only_maintenance_can_be_cancelled(zone: SmallZone, state: ResourceState) -> None:
    """The number is 530."""
    _host(zone, resource_state=state)
    with refusal(errors.Conflict, 530, "host/h1"):
        zone.check(CANCEL, ADMIN)


@pytest.mark.parametrize("state", [ResourceState.MAINTENANCE, ResourceState.ERROR_IN_MAINTENANCE])
def test_cancelling_enables_the_host(zone: SmallZone, state: ResourceState) -> None:
    """One step."""
    _host(zone, resource_state=state)
    plan = zone.plan(CANCEL, ADMIN)
    assert [step.do for step in plan.steps] == [None]
    zone.run(plan)
    assert _resource_state(zone) is ResourceState.ENABLED


def test_cancelling_in_the_middle_ends_the_preparation_first(zone: SmallZone) -> None:
    """Whatever that came to, the host is Enabled afterwards."""
    zone.claim(PREPARE, ADMIN)
    plan = zone.plan(CANCEL, ADMIN)
    assert [step.do for step in plan.steps] == [EndJob(job_id="job-1"), None]
    zone.run(plan)
    assert _resource_state(zone) is ResourceState.ENABLED


@pytest.mark.parametrize("command", [PREPARE, CANCEL])
def test_unknown_hosts_are_not_found(
    zone: SmallZone, command: PrepareHostForMaintenance | CancelHostMaintenance
) -> None:
    """As everywhere."""
    kind: type[ForebayError] = errors.NotFound
    with refusal(kind, 431, "host/none"):
        zone.check(msgspec.structs.replace(command, id="none"), ADMIN)
