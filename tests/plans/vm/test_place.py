"""Where machines start when a pod or cluster is named, and who may say so."""

import msgspec
import pytest

from core.model import errors
from core.model.commands.vm import StartVirtualMachine
from core.model.records import Host, Pod
from core.plans.context import GIB
from tests.refusal import refusal
from tests.small_zone import ADMIN, SmallZone


@pytest.fixture
def zone() -> SmallZone:
    """A zone with a stopped machine whose disk all hosts reach; h2 is in a pod of its own."""
    zone = SmallZone()
    zone.stopped_vm()
    zone.root(pool_id="wide")
    zone.add(msgspec.structs.replace(zone.inventory.get(Pod, "pod"), id="annex", name="annex"))
    zone.add(msgspec.structs.replace(zone.inventory.get(Host, "h2"), pod_id="annex"))
    return zone


def _host_of(zone: SmallZone, command: StartVirtualMachine) -> str:
    return zone.plan(command, ADMIN).steps[-1].actor


@pytest.mark.parametrize(
    ("command", "host"),
    [
        (StartVirtualMachine(id="vm"), "h1"),
        (StartVirtualMachine(id="vm", cluster_id="c1"), "h1"),
        (StartVirtualMachine(id="vm", cluster_id="c2"), "h3"),
        (StartVirtualMachine(id="vm", pod_id="annex"), "h2"),
        (StartVirtualMachine(id="vm", cluster_id="c1", pod_id="annex"), "h2"),
    ],
    ids=str,
)
def test_a_machine_starts_in_the_place_that_was_named(
    zone: SmallZone, command: StartVirtualMachine, host: str
) -> None:
    """In that cluster or pod, though it ran on host h1 last."""
    assert _host_of(zone, command) == f"host/{host}"


def test_no_host_elsewhere_is_taken(zone: SmallZone) -> None:
    """No host is in both."""
    with refusal(errors.NoCapacity, 533, "vm/vm"):
        zone.plan(StartVirtualMachine(id="vm", cluster_id="c2", pod_id="annex"), ADMIN)


@pytest.mark.parametrize(
    ("algorithm", "expected"),
    [
        ("firstfit", ["h1"]),
        ("userconcentratedpod_firstfit", ["h1"]),
        ("firstfitleastconsumed", ["h3"]),
        ("userdispersing", ["h2"]),
        ("random", ["h1", "h2", "h3"]),
        ("userconcentratedpod_random", ["h1", "h2", "h3"]),
    ],
)
def test_hosts_are_tried_in_the_order_that_is_set(
    zone: SmallZone, algorithm: str, expected: list[str]
) -> None:
    """Of machines that run nowhere yet: alice's is on h1, bob's large one on h2, dora's on h3."""
    zone.stopped_vm(last_host_id="")
    zone.vm("hers", host_id="h1", memory_bytes=2 * GIB)
    zone.vm("his", host_id="h2", memory_bytes=4 * GIB, account_id="bob")
    zone.vm("dora's", host_id="h3", account_id="dora")
    zone.set("vm.allocation.algorithm", algorithm)
    found = {_host_of(zone, StartVirtualMachine(id="vm")) for _ in range(40)}
    assert sorted(found) == [f"host/{host}" for host in expected]


def test_the_host_where_it_ran_last_is_tried_first(zone: SmallZone) -> None:
    """Whatever the order of the others."""
    zone.stopped_vm(last_host_id="h3")
    assert {_host_of(zone, StartVirtualMachine(id="vm")) for _ in range(20)} == {"host/h3"}


def test_only_root_administrators_pass_the_last_host_by(zone: SmallZone) -> None:
    """The number is 531, whichever way they ask."""
    for considered in (False, True):
        command = StartVirtualMachine(id="vm", consider_last_host=considered)
        with refusal(errors.Denied, 531, "account/alice"):
            zone.check(command)
        zone.check(command, ADMIN)
