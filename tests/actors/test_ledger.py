"""The one writer: everything takes effect together with its journal entry, or nothing does."""

from collections.abc import Sequence

import pytest

from core.actors.hub import Hub
from core.actors.ledger import Ledger
from core.journal import Stored
from core.model.errors import Unavailable
from core.model.events import decode, decode_record
from core.model.inventory import Inventory
from core.model.records import Volume
from core.model.states import VolumeState
from core.model.transitions import IllegalTransition
from core.plans.step import Add, Change, Drop
from core.runtime import Runtime
from sim.journal import MemoryJournal
from sim.virtual.run import run_kernel
from tests.small_zone import SmallZone


class _FullJournal(MemoryJournal):
    """Refuses to take anything."""

    def append(self, at_s: float, events: Sequence[bytes], records: Sequence[Stored]) -> int:
        raise Unavailable("the disk is full", object="journal", hint="make room")


SNAPSHOT_REQUESTED = (
    Change(kind="volume", id="vol", event="SnapshotRequested"),
    Change(kind="volume", id="vol", fields={"name": "renamed"}),
)


def test_what_is_recorded_can_be_read_back() -> None:
    """Each event holds its record whole; the records kept are the inventory."""

    async def main(runtime: Runtime) -> None:
        zone, journal = SmallZone(), MemoryJournal()
        volume = zone.volume()
        zone.inventory.remove(Volume, "vol")
        ledger = Ledger(runtime, zone.inventory, journal, Hub(runtime, journal))
        ledger.record((Add(record=volume), *SNAPSHOT_REQUESTED), "job-1")
        events = [decode(entry.data) for entry in journal.read(0, 10)]
        assert [event.what for event in events] == ["Created", "SnapshotRequested", "Updated"]
        assert {event.cause for event in events} == {"job-1"}
        (stored,) = journal.records()
        assert stored.data is not None
        kept = decode_record(stored.data)
        assert kept == zone.inventory.get(Volume, "vol")
        assert isinstance(kept, Volume)
        assert (kept.state, kept.job_id, kept.rev) == (VolumeState.SNAPSHOTTING, "job-1", 3)

    run_kernel(main)


@pytest.mark.parametrize("refusal", ["journal", "transition"])
def test_a_transaction_takes_effect_whole_or_not_at_all(refusal: str) -> None:
    """Whether the journal refuses it or one of its effects is illegal."""

    async def main(runtime: Runtime) -> None:
        zone = SmallZone()
        zone.volume()
        journal = _FullJournal() if refusal == "journal" else MemoryJournal()
        ledger = Ledger(runtime, zone.inventory, journal, Hub(runtime, journal))
        before, totals = list(zone.inventory.records()), zone.inventory.totals()
        happenings: list[Change | Drop] = [
            *SNAPSHOT_REQUESTED,
            Drop(kind="pool", id="nfs"),
        ]
        if refusal == "transition":
            happenings.append(Change(kind="volume", id="vol", event="RecoverRequested"))
        with pytest.raises(Unavailable if refusal == "journal" else IllegalTransition):
            ledger.record(happenings, "job-1")
        assert sorted(zone.inventory.records(), key=str) == sorted(before, key=str)
        assert zone.inventory.totals() == totals
        assert journal.head == 0

    run_kernel(main)


def test_nothing_to_record_is_no_transaction() -> None:
    """A change of what is gone does nothing."""

    async def main(runtime: Runtime) -> None:
        journal = MemoryJournal()
        ledger = Ledger(runtime, Inventory(), journal, Hub(runtime, journal))
        assert ledger.record((Change(kind="volume", id="gone", event="Anything"),), "job-1") == 0

    run_kernel(main)
