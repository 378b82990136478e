"""A destroyed machine waits for expunge.delay, and is then gone (semantics section 9.8)."""

from core.actors.rounds.vm_cleanup import due
from core.model.records import Vm
from core.model.states import VmState
from tests.small_zone import SmallZone


def test_machines_are_due_once_destroyed_long_enough() -> None:
    """Only destroyed ones, and only those from before that moment."""
    zone = SmallZone()
    zone.stopped_vm("kept")
    zone.stopped_vm("old", state=VmState.DESTROYED, destroyed_s=10.0)
    zone.stopped_vm("recent", state=VmState.DESTROYED, destroyed_s=30.0)
    assert due(zone.inventory, 20.0) == [zone.inventory.get(Vm, "old")]
