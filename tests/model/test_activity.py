"""Since when a volume lies idle."""

import msgspec
import pytest

from core.model.activity import dates, idle_since_s
from core.model.records import Vm, Volume
from core.model.states import VmState
from tests.small_zone import SmallZone


def moved(zone: SmallZone, record: Vm | Volume, at_s: float, **fields: object) -> None:
    """The record changes at a moment, as every change of a record does."""
    new = msgspec.structs.replace(record, **fields)
    zone.add(msgspec.structs.replace(new, **dates(zone.inventory, record, new, at_s)))


def idle(zone: SmallZone) -> float | None:
    """Since when volume vol lies idle."""
    return idle_since_s(zone.inventory, zone.inventory.get(Volume, "vol"))


def volume(zone: SmallZone) -> Volume:
    """Volume vol."""
    return zone.inventory.get(Volume, "vol")


def machine(zone: SmallZone) -> Vm:
    """Machine vm."""
    return zone.inventory.get(Vm, "vm")


@pytest.fixture
def zone() -> SmallZone:
    """With a running machine, and volume vol attached to it at 10."""
    zone = SmallZone()
    zone.vm()
    zone.volume(vm_id="vm", device_id=1, attached_s=10.0)
    return zone


def test_a_volume_that_was_never_attached_was_never_active() -> None:
    """It is idle since ever."""
    zone = SmallZone()
    zone.volume()
    assert idle(zone) == 0.0


@pytest.mark.parametrize(
    "state", [VmState.RUNNING, VmState.STARTING, VmState.STOPPING, VmState.MIGRATING]
)
def test_a_volume_of_a_running_machine_is_active(zone: SmallZone, state: VmState) -> None:
    """Also while the machine comes, goes or moves."""
    zone.add(msgspec.structs.replace(machine(zone), state=state))
    assert idle(zone) is None


def test_it_is_idle_since_its_machine_stopped(zone: SmallZone) -> None:
    """And active again when the machine starts."""
    moved(zone, machine(zone), 20.0, state=VmState.STOPPING)
    moved(zone, machine(zone), 21.0, state=VmState.STOPPED)
    assert idle(zone) == 21.0
    moved(zone, machine(zone), 30.0, state=VmState.STARTING)
    assert idle(zone) is None


def test_a_start_that_failed_is_no_activity(zone: SmallZone) -> None:
    """The machine never ran."""
    moved(zone, machine(zone), 21.0, state=VmState.STOPPED)
    moved(zone, machine(zone), 30.0, state=VmState.STARTING)
    moved(zone, machine(zone), 31.0, state=VmState.STOPPED)
    assert idle(zone) == 21.0


def test_it_is_idle_since_it_was_detached(zone: SmallZone) -> None:
    """From a machine that ran."""
    moved(zone, volume(zone), 20.0, vm_id="", attached_s=0.0)
    assert idle(zone) == 20.0


def test_detaching_from_a_stopped_machine_is_no_activity(zone: SmallZone) -> None:
    """It was idle before."""
    moved(zone, machine(zone), 21.0, state=VmState.STOPPED)
    moved(zone, volume(zone), 40.0, vm_id="", attached_s=0.0)
    assert idle(zone) == 21.0


def test_the_run_of_a_machine_before_it_was_attached_does_not_count(zone: SmallZone) -> None:
    """Detached at 20, attached at 50 to a machine that stopped at 40."""
    moved(zone, volume(zone), 20.0, vm_id="", attached_s=0.0)
    moved(zone, machine(zone), 40.0, state=VmState.STOPPED)
    moved(zone, volume(zone), 50.0, vm_id="vm", attached_s=50.0)
    assert idle(zone) == 20.0
