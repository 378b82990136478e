"""The inventory: indexes and sums are always those of a fresh fold over the records."""

from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.model.errors import NotFound
from core.model.events import AnyEvent, Put, Removed
from core.model.inventory import Inventory
from core.model.records import Host, Record, Snapshot, Volume
from core.model.states import SnapshotState, VolumeState

IDS = st.sampled_from(["a", "b", "c"])
PLACES = st.sampled_from(["", "p1", "p2"])
VOLUMES = st.builds(
    Volume,
    id=IDS,
    name=st.just("v"),
    account_id=st.sampled_from(["x", "y"]),
    domain_id=st.just("d"),
    zone_id=st.just("z"),
    type=st.just("DATADISK"),
    size_bytes=st.integers(1, 9),
    disk_offering_id=st.just("o"),
    pool_id=PLACES,
    target_pool_id=PLACES,
    vm_id=st.sampled_from(["", "vm"]),
    min_iops=st.integers(0, 3),
    state=st.sampled_from(list(VolumeState)),
)
SNAPSHOTS = st.builds(
    Snapshot,
    id=IDS,
    name=st.just("s"),
    account_id=st.sampled_from(["x", "y"]),
    domain_id=st.just("d"),
    zone_id=st.just("z"),
    volume_id=IDS,
    volume_name=st.just("v"),
    volume_type=st.just("DATADISK"),
    size_bytes=st.integers(1, 9),
    physical_bytes=st.integers(0, 9),
    state=st.sampled_from(list(SnapshotState)),
)
EVENTS = st.one_of(
    st.builds(Put, what=st.just("w"), record=st.one_of(VOLUMES, SNAPSHOTS)),
    st.builds(Removed, what=st.just("w"), kind=st.sampled_from(["volume", "snapshot"]), id=IDS),
)
QUESTIONS = [
    (kind, index, key)
    for kind in (Volume, Snapshot)
    for index, keys in {
        "account": "xy",
        "vm": ["vm"],
        "volume": "abc",
        "pool": ["p1", "p2"],
    }.items()
    for key in keys
]


def _folded(records: Iterator[Record]) -> Inventory:
    fresh = Inventory()
    for record in records:
        fresh.put(record)
    return fresh


def _answers(inventory: Inventory) -> dict[tuple[str, str, str], set[str]]:
    return {
        (kind.__name__, index, key): {record.id for record in inventory.having(kind, index, key)}
        for kind, index, key in QUESTIONS
    }


@given(st.lists(EVENTS, max_size=30))
def test_indexes_and_sums_are_those_of_a_fresh_fold(events: list[AnyEvent]) -> None:
    """Whatever happened before, only the records count."""
    inventory = Inventory()
    for event in events:
        inventory.apply(event)
    fresh = _folded(inventory.records())
    assert inventory.totals() == fresh.totals()
    assert _answers(inventory) == _answers(fresh)


@given(st.lists(EVENTS, max_size=10), st.lists(EVENTS, max_size=10))
def test_a_trial_leaves_no_trace(before: list[AnyEvent], tried: list[AnyEvent]) -> None:
    """Neither records nor indexes nor sums remember what was only tried, nor that it failed."""
    inventory = Inventory()
    for event in before:
        inventory.apply(event)
    known = {(type(record), record.id): record for record in inventory.records()}
    totals, answers = inventory.totals(), _answers(inventory)
    with pytest.raises(ZeroDivisionError), inventory.trial(tried):
        raise ZeroDivisionError
    assert {(type(record), record.id): record for record in inventory.records()} == known
    assert inventory.totals() == totals
    assert _answers(inventory) == answers


def test_a_missing_record_is_not_found() -> None:
    """The refusal names kind and id."""
    with pytest.raises(NotFound) as refusal:
        Inventory().get(Host, "nowhere")
    assert refusal.value.object == "host/nowhere"
    assert refusal.value.hint
