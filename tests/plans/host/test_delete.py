"""deleteHost: what holds a host, and what goes with it."""

from typing import Any

import msgspec
import pytest

from core.model import errors
from core.model.commands.host import DeleteHost
from core.model.commands.registry import JOB_COMMANDS
from core.model.records import Host, Pool, PoolTemplate, Snapshot, Vm, Volume
from core.model.states import HostState, PoolState, ResourceState, VmState
from core.plans.context import GIB
from core.plans.operation import RunJobs
from core.plans.step import Plan
from tests.refusal import refusal
from tests.small_zone import ADMIN, SmallZone

GENTLY = DeleteHost(id="h1")
FORCED = DeleteHost(id="h1", forced=True)
ALL = DeleteHost(id="h1", forced=True, force_destroy_local_storage=True)


def _host(zone: SmallZone, **fields: object) -> None:
    zone.add(msgspec.structs.replace(zone.inventory.get(Host, "h1"), **fields))


def _local(zone: SmallZone, id: str = "vol", **fields: object) -> Volume:
    return zone.volume(id, **{"pool_id": "local", "disk_offering_id": "onhost", **fields})


def _errands(plan: Plan) -> list[list[dict[str, Any]]]:
    """What each step that has jobs done asks, by command."""
    asked: list[list[dict[str, Any]]] = []
    for step in plan.steps:
        if isinstance(step.do, RunJobs):
            rows = [
                msgspec.to_builtins(
                    msgspec.json.decode(one.request, type=JOB_COMMANDS[one.command])
                )
                for one in step.do.errands
            ]
            asked.append(rows)
    return asked


STATES: list[tuple[ResourceState, bool, bool]] = [
    (ResourceState.MAINTENANCE, False, True),
    (ResourceState.ENABLED, False, False),
    (ResourceState.DISABLED, False, False),
    (ResourceState.ERROR_IN_MAINTENANCE, False, False),
    (ResourceState.ENABLED, True, True),
    (ResourceState.ERROR_IN_MAINTENANCE, True, True),
    (ResourceState.PREPARE_FOR_MAINTENANCE, True, False),
]


@pytest.mark.parametrize(("state", "forced", "admitted"), STATES)
def test_a_host_goes_out_of_maintenance_or_by_force(
    zone: SmallZone, state: ResourceState, *, forced: bool, admitted: bool
) -> None:
    """Nobody interrupts its preparation for maintenance."""
    _host(zone, resource_state=state)
    command = msgspec.structs.replace(GENTLY, forced=forced)
    if admitted:
        zone.run(zone.plan(command, ADMIN))
        assert zone.inventory.find(Host, "h1") is None
        assert zone.inventory.find(Pool, "local") is None
        return
    with refusal(errors.Conflict, 530, "host/h1"):
        zone.check(command, ADMIN)


MACHINES: list[tuple[DeleteHost, dict[str, object]]] = [
    (GENTLY, {}),
    (FORCED, {"state": VmState.STARTING}),
    (FORCED, {"state": VmState.MIGRATING, "target_host_id": "h2"}),
    (FORCED, {"host_id": "h2", "target_host_id": "h1", "state": VmState.MIGRATING}),
]


@pytest.mark.parametrize(("command", "fields"), MACHINES)
def test_machines_hold_a_host(
    zone: SmallZone, command: DeleteHost, fields: dict[str, object]
) -> None:
    """By force those that run are stopped, but nothing is interrupted."""
    _host(zone, resource_state=ResourceState.MAINTENANCE)
    zone.vm("vm", **fields)
    with refusal(errors.Conflict, 530, "vm/vm"):
        zone.check(command, ADMIN)


def test_local_volumes_hold_a_host(zone: SmallZone) -> None:
    """Also against force; they are destroyed only where that is said."""
    _local(zone)
    with refusal(errors.Conflict, 530, "host/h1"):
        zone.check(FORCED, ADMIN)
    zone.check(ALL, ADMIN)


def test_an_unknown_host_is_not_found(zone: SmallZone) -> None:
    """As everywhere."""
    with refusal(errors.NotFound, 431, "host/none"):
        zone.check(DeleteHost(id="none"), ADMIN)


def test_nothing_new_comes_while_the_host_is_emptied(zone: SmallZone) -> None:
    """Neither machines nor local volumes; a failure opens both again."""
    zone.vm()
    plan = zone.plan(FORCED, ADMIN)
    zone.apply(plan.steps[0].begin)
    assert zone.inventory.get(Host, "h1").resource_state is ResourceState.DISABLED
    assert zone.inventory.get(Pool, "local").state is PoolState.DISABLED
    zone.apply(plan.steps[0].revert)
    assert zone.inventory.get(Host, "h1").resource_state is ResourceState.ENABLED
    assert zone.inventory.get(Pool, "local").state is PoolState.UP
    assert _errands(plan) == [[{"command": "stopVirtualMachine", "id": "vm", "forced": True}]]


def test_local_storage_is_emptied_first(zone: SmallZone) -> None:
    """Machines whose root disks are there are destroyed; others only lose their local volumes."""
    zone.stopped_vm("doomed")
    zone.root("doomed", pool_id="local", disk_offering_id="onhost")
    _local(zone, "data", vm_id="doomed", device_id=1)
    zone.volume("shared", vm_id="doomed", device_id=2)
    zone.stopped_vm("other")
    zone.root("other")
    _local(zone, "lent", vm_id="other", device_id=1)
    _local(zone, "loose")
    assert _errands(zone.plan(ALL, ADMIN)) == [
        [
            {
                "command": "destroyVirtualMachine",
                "id": "doomed",
                "expunge": True,
                "volumeids": ("data",),
            },
            {"command": "detachVolume", "id": "lent"},
        ],
        [{"command": "deleteVolume", "id": "lent"}, {"command": "deleteVolume", "id": "loose"}],
    ]


def test_what_is_recorded_only_because_of_the_host_goes_with_it(zone: SmallZone) -> None:
    """Copies of templates on its disks."""
    zone.add(PoolTemplate(id="pt", pool_id="local", template_id="debian"))
    zone.run(zone.plan(FORCED, ADMIN))
    assert zone.inventory.find(PoolTemplate, "pt") is None


def test_a_dead_hosts_machines_count_as_stopped_and_its_disks_as_lost(zone: SmallZone) -> None:
    """Nothing is asked of it; snapshots that a store has stay."""
    _host(zone, state=HostState.ALERT)
    zone.vm("vm")
    zone.root()
    zone.vm("doomed")
    zone.root("doomed", pool_id="local", disk_offering_id="onhost")
    _local(zone, "vol")
    zone.snapshot("kept", pool_id="local")
    zone.add(
        Snapshot(
            id="lost",
            name="lost",
            account_id="alice",
            domain_id="sales",
            zone_id="z1",
            volume_id="vol",
            volume_name="vol",
            volume_type="DATADISK",
            size_bytes=GIB,
            pool_id="local",
        )
    )
    plan = zone.plan(ALL, ADMIN)
    assert {step.actor for step in plan.steps} == {""}
    zone.run(plan)
    states = {vm.id: (vm.state, vm.host_id) for vm in zone.inventory.all(Vm)}
    assert states == {"vm": (VmState.STOPPED, ""), "doomed": (VmState.DESTROYED, "")}
    assert {volume.id for volume in zone.inventory.all(Volume)} == {"root-vm"}
    assert {(one.id, one.pool_id) for one in zone.inventory.all(Snapshot)} == {("kept", "")}
