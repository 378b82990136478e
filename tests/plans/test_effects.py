"""Effects become events: what a record is after them, and which are due when taking back."""

import msgspec
import pytest

from core.model.events import Put, Removed
from core.model.pool_types import DiskFormat
from core.model.records import Host, Vm, Volume
from core.model.states import ResourceState, VmState, VolumeState
from core.model.transitions import IllegalTransition
from core.plans.context import GIB
from core.plans.effects import changed, event_of, events_of, still_due
from core.plans.step import Add, Change, Drop, Effect, Replace, change
from core.plans.tagging import tagged
from tests.refusal import refusal
from tests.small_zone import NOW_S, SmallZone


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """What a driver might answer."""

    size_bytes: int
    format: DiskFormat


def _put(effect: Effect, zone: SmallZone, answer: msgspec.Struct | None = None) -> Put:
    event = event_of(effect, zone.inventory, "job-1", answer, NOW_S)
    assert isinstance(event, Put)
    return event


def test_a_change_sets_fields_and_counts_the_revision(zone: SmallZone) -> None:
    """All else stays; the event says it was updated, and by what."""
    volume = zone.volume(rev=4)
    event = _put(change(volume, name="new", size_bytes=2 * GIB), zone)
    expected = msgspec.structs.replace(volume, name="new", size_bytes=2 * GIB, rev=5)
    assert event.record == expected
    assert (event.what, event.cause) == ("Updated", "job-1")


def test_a_transition_names_the_event(zone: SmallZone) -> None:
    """Subscribers see CloudStack's name of it."""
    event = _put(change(zone.volume(), "ResizeRequested"), zone)
    assert event.what == "ResizeRequested"


@pytest.mark.parametrize(
    ("state", "event", "after", "job_id"),
    [
        (VolumeState.READY, "MigrationRequested", VolumeState.MIGRATING, "job-1"),
        (VolumeState.MIGRATING, "OperationFailed", VolumeState.READY, ""),
        (VolumeState.READY, "DestroyRequested", VolumeState.DESTROY, ""),
        (VolumeState.DESTROY, "ExpungingRequested", VolumeState.EXPUNGING, "job-1"),
    ],
)
def test_a_transitional_state_belongs_to_the_job(
    zone: SmallZone, state: VolumeState, event: str, after: VolumeState, job_id: str
) -> None:
    """A settled one to nobody."""
    volume = zone.volume(state=state, job_id="job-0")
    record = changed(volume, change(volume, event), "job-1")
    assert isinstance(record, Volume)
    assert (record.state, record.job_id) == (after, job_id)


def test_the_state_of_a_host_is_whether_it_may_be_used(zone: SmallZone) -> None:
    """Its table is about resource_state; whether it answers stays."""
    host = zone.inventory.get(Host, "h1")
    record = changed(host, change(host, "DisableRequested"), "job-1")
    assert record == msgspec.structs.replace(
        host, resource_state=ResourceState.DISABLED, rev=host.rev + 1
    )


def test_an_event_without_a_row_is_our_own_fault(zone: SmallZone) -> None:
    """The table does not admit it."""
    volume = zone.volume(state=VolumeState.EXPUNGED)
    with refusal(IllegalTransition, 530, "volume/vol"):
        changed(volume, change(volume, "ResizeRequested"), "job-1")


def test_fields_are_learnt_from_the_answer(zone: SmallZone) -> None:
    """The names may differ."""
    volume = zone.volume()
    learning = Change(
        kind="volume", id="vol", fields={"name": "n"}, learn={"target_size_bytes": "size_bytes"}
    )
    answer = Answer(size_bytes=77, format=DiskFormat.RAW)
    record = _put(learning, zone, answer).record
    expected = msgspec.structs.replace(volume, name="n", target_size_bytes=77, rev=2)
    assert record == expected


def test_plain_text_of_a_journaled_plan_becomes_a_state_again(zone: SmallZone) -> None:
    """A plan that was written down holds formats and states as text."""
    volume = zone.volume()
    record = changed(volume, change(volume, format="RAW"), "job-1")
    assert isinstance(record, Volume)
    assert record.format is DiskFormat.RAW
    with pytest.raises(ValueError, match="CUBE"):
        changed(volume, change(volume, format="CUBE"), "job-1")


def test_a_change_of_what_is_gone_has_happened(zone: SmallZone) -> None:
    """There is no event."""
    volume = zone.volume()
    zone.inventory.remove(Volume, "vol")
    assert event_of(change(volume, name="n"), zone.inventory, "job-1") is None


@pytest.mark.parametrize("kind", [Add, Replace])
def test_a_record_comes_or_takes_anothers_place(
    zone: SmallZone, kind: type[Add] | type[Replace]
) -> None:
    """The event tells which."""
    volume = zone.volume()
    again = _put(kind(record=msgspec.structs.replace(volume, name="again")), zone)
    assert (again.what, again.record.id) == ("Updated", "vol")
    zone.inventory.remove(Volume, "vol")
    assert _put(kind(record=volume), zone) == Put(what="Created", cause="job-1", record=volume)


def test_a_record_that_goes_tells_whose_it_was(zone: SmallZone) -> None:
    """So that its owner hears of it; what belongs to nobody tells none."""
    zone.volume(account_id="bob")
    gone = event_of(Drop(kind="volume", id="vol"), zone.inventory, "job-1")
    assert gone == Removed(what="Removed", cause="job-1", kind="volume", id="vol", account_id="bob")
    host = event_of(Drop(kind="host", id="h1"), zone.inventory, "job-1")
    assert isinstance(host, Removed)
    assert host.account_id == ""


def test_tags_go_before_the_thing_that_they_are_on(zone: SmallZone) -> None:
    """Whatever takes the thing away; tags of other things stay."""
    zone.volume()
    for key, of_id in (("a", "vol"), ("b", "vol"), ("a", "else")):
        zone.apply(tagged(zone.context(), "volume", of_id, zone.volume(), {key: "1"}))
    gone = list(events_of(Drop(kind="volume", id="vol"), zone.inventory, "job-1"))
    assert [(event.kind, event.id) for event in gone if isinstance(event, Removed)] == [
        ("tag", "volume/vol/a"),
        ("tag", "volume/vol/b"),
        ("volume", "vol"),
    ]
    assert {event.account_id for event in gone if isinstance(event, Removed)} == {"alice"}


def test_a_machines_end_and_a_volumes_detaching_are_dated(zone: SmallZone) -> None:
    """From these follows since when a volume lies idle."""
    vm = zone.vm(state=VmState.STOPPING)
    volume = zone.volume(vm_id="vm", device_id=1)
    detached = _put(change(volume, vm_id="", device_id=-1), zone).record
    assert isinstance(detached, Volume)
    assert detached.idle_s == NOW_S
    stopped = _put(change(vm, "OperationSucceeded", host_id=""), zone).record
    assert isinstance(stopped, Vm)
    assert stopped.stopped_s == NOW_S


def test_no_state_goes_back_twice(zone: SmallZone) -> None:
    """A transition is due while the table admits it, a change of fields always."""
    back = Change(kind="volume", id="vol", event="OperationFailed")
    assert not still_due(back, zone.inventory)
    zone.volume(state=VolumeState.MIGRATING)
    assert still_due(back, zone.inventory)
    zone.volume(state=VolumeState.UPLOADED)
    assert not still_due(back, zone.inventory)
    assert still_due(Change(kind="volume", id="vol", fields={"name": "n"}), zone.inventory)
    assert still_due(Drop(kind="volume", id="vol"), zone.inventory)
    host_back = Change(kind="host", id="h1", event="EnableRequested")
    assert not still_due(host_back, zone.inventory)
