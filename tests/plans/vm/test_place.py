"""Where machines start when a pod or cluster is named, and who may say so."""

import msgspec
import pytest

from core.model import errors
from core.model.commands.vm import StartVirtualMachine
from core.model.records import Host, Pod
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


def test_only_root_administrators_pass_the_last_host_by(zone: SmallZone) -> None:
    """The number is 531, whichever way they ask."""
    for considered in (False, True):
        command = StartVirtualMachine(id="vm", consider_last_host=considered)
        with refusal(errors.Denied, 531, "account/alice"):
            zone.check(command)
        zone.check(command, ADMIN)
