"""Events: one of each job, listed by what they are, archived and deleted."""

from typing import cast

import pytest

from core.model.access import Caller
from core.model.commands.command import Command
from core.model.commands.job import ArchiveEvents, DeleteEvents, ListEvents
from core.model.commands.registry import COMMANDS
from core.model.errors import Failure, ForebayError, Invalid, NotFound
from core.model.records import Job
from core.model.states import JobStatus, Phase
from core.plans.event.kind import event_type
from core.views.history.event import QUERIES, EventView
from tests.refusal import refusal
from tests.small_zone import ADMIN, ALICE, BOB, NOW_S, SmallZone

DAY_S = 86_400.0


@pytest.fixture
def zone() -> SmallZone:
    """Alice made a volume yesterday, failed to attach it today, and now takes a snapshot."""
    made = SmallZone()
    failure = Failure(code="Conflict", message="it is in use", object="vm/vm", number=431)
    made.add(_job("old", "createVolume", NOW_S - DAY_S))
    made.add(_job("bad", "attachVolume", NOW_S - 60, JobStatus.FAILED, failure))
    made.add(_job("now", "createSnapshot", NOW_S - 1, phase=Phase.RUNNING))
    return made


def _job(
    id: str,
    command: str,
    created_s: float,
    status: JobStatus = JobStatus.SUCCEEDED,
    failure: Failure | None = None,
    phase: Phase = Phase.ENDED,
) -> Job:
    return Job(
        id=id,
        created_s=created_s,
        command=command,
        account_id="alice",
        domain_id="sales",
        user_id="u-alice",
        instance_kind="volume",
        instance_id="vol",
        status=status if phase is Phase.ENDED else JobStatus.IN_PROGRESS,
        phase=phase,
        failure=failure,
    )


def _listed(zone: SmallZone, command: ListEvents, caller: Caller = ALICE) -> list[EventView]:
    answer = QUERIES[ListEvents](zone.context(caller), command)
    return cast("list[EventView]", answer["event"])


def _ids(zone: SmallZone, command: ListEvents, caller: Caller = ALICE) -> list[str]:
    return [event.id for event in _listed(zone, command, caller)]


@pytest.mark.parametrize(
    ("command", "type"),
    [
        ("createVolume", "VOLUME.CREATE"),
        ("createSnapshotPolicy", "SNAPSHOTPOLICY.CREATE"),
        ("startVirtualMachine", "VM.START"),
        ("deployVirtualMachine", "VM.CREATE"),
        ("createVMSnapshot", "VMSNAPSHOT.CREATE"),
        ("enableStorageMaintenance", "MAINT.PREPARE.PS"),
        ("revertToVMSnapshot", "VMSNAPSHOT.REVERTTO"),
        ("registerIso", "ISO.CREATE"),
        ("updateStoragePool", "UPDATE.PS"),
        ("assignVirtualMachine", "VM.MOVE"),
        ("addAccountToProject", "PROJECT.ACCOUNT.ADD"),
        ("addResourceDetail", "CREATE_RESOURCE_DETAILS"),
        ("updateDiskOffering", "DISK.OFFERING.EDIT"),
        ("disableAccount", "ACCOUNT.DISABLE"),
        ("migrateSecondaryStorageData", "IMAGE.STORE.MIGRATE.DATA"),
    ],
)
def test_events_have_cloudstacks_names(command: str, type: str) -> None:
    """Noun and verb, or what CloudStack calls it."""
    assert command in COMMANDS
    assert event_type(command) == type


def test_an_event_says_what_was_done_and_how_it_ended(zone: SmallZone) -> None:
    """A failure is an error, with its reason."""
    old, bad, now = _listed(zone, ListEvents())
    assert (old.type, old.level, old.state) == ("VOLUME.CREATE", "INFO", "Completed")
    assert (bad.level, bad.description) == (
        "ERROR",
        "attachVolume of volume/vol: it is in use",
    )
    assert (now.level, now.state, now.resourceid) == ("INFO", "Started", "vol")
    assert old.account == "alice"


@pytest.mark.parametrize(
    ("command", "ids"),
    [
        (ListEvents(type="volume.attach"), ["bad"]),
        (ListEvents(level="ERROR"), ["bad"]),
        (ListEvents(state="Completed"), ["old", "bad"]),
        (ListEvents(id="old"), ["old"]),
        (ListEvents(resource_id="vol", resource_type="volume"), ["old", "bad", "now"]),
        (ListEvents(resource_id="other"), []),
        (ListEvents(start_date="2026-01-01"), []),
        (ListEvents(end_date="2025-12-31T12:00:00+0000"), ["old"]),
        (ListEvents(keyword="attach"), ["bad"]),
        (ListEvents(archived=True), []),
    ],
)
def test_events_are_found_by_what_they_are(
    zone: SmallZone, command: ListEvents, ids: list[str]
) -> None:
    """The time of this zone is the beginning of 2026."""
    assert _ids(zone, command) == ids


def test_events_are_their_owners_and_administrators(zone: SmallZone) -> None:
    """Others see none of them."""
    assert _ids(zone, ListEvents(), BOB) == []
    assert _ids(zone, ListEvents(list_all=True), ADMIN) == ["old", "bad", "now"]


def test_archived_events_are_listed_when_they_are_asked_for(zone: SmallZone) -> None:
    """Deleted ones never; what still goes on is neither."""
    zone.claim(ArchiveEvents(ids=("old", "now")))
    assert _ids(zone, ListEvents()) == ["bad", "now"]
    assert _ids(zone, ListEvents(archived=True)) == ["old"]
    zone.claim(DeleteEvents(start_date="2025-01-01"))
    assert _ids(zone, ListEvents()) == ["now"]
    assert _ids(zone, ListEvents(archived=True)) == []
    assert _ids(zone, ListEvents(id="old")) == []
    assert zone.inventory.find(Job, "old") is not None


def test_events_are_cleared_by_type_and_date(zone: SmallZone) -> None:
    """Only one's own."""
    zone.claim(DeleteEvents(type="VOLUME.CREATE"), BOB)
    assert _ids(zone, ListEvents()) == ["old", "bad", "now"]
    zone.claim(DeleteEvents(type="VOLUME.CREATE", end_date="2025-12-31T12:00:00+0000"))
    assert _ids(zone, ListEvents()) == ["bad", "now"]


REFUSED: list[tuple[Command, type[ForebayError], str]] = [
    (ArchiveEvents(), Invalid, ""),
    (DeleteEvents(), Invalid, ""),
    (ArchiveEvents(start_date="yesterday"), Invalid, ""),
    (DeleteEvents(end_date="soon"), Invalid, ""),
    (DeleteEvents(ids=("none",)), NotFound, "job/none"),
]


@pytest.mark.parametrize(("command", "kind", "object"), REFUSED)
def test_what_says_nothing_clears_nothing(
    zone: SmallZone, command: Command, kind: type[ForebayError], object: str
) -> None:
    """And what is not there cannot go."""
    with refusal(kind, 431, object):
        zone.check(command)


def test_foreign_events_are_not_cleared(zone: SmallZone) -> None:
    """They are as unknown as absent ones."""
    with refusal(NotFound, 431, "job/old"):
        zone.check(DeleteEvents(ids=("old",)), BOB)
