"""listCapacity."""

from typing import cast

import pytest
from msgspec.structs import replace

from core.model.commands.capacity import ListCapacity
from core.model.errors import Invalid
from core.model.records import ImageStore, Pool
from core.plans.context import GIB
from core.views.capacity import QUERIES, CapacityView, capacities
from tests.refusal import refusal
from tests.small_zone import ADMIN, ALICE, SmallZone

Row = tuple[int, str | None, int, int]


@pytest.fixture
def zone() -> SmallZone:
    """The small zone with a volume on nfs, one on local, and 30 GiB used on more."""
    made = SmallZone()
    made.volume(size_bytes=8 * GIB)
    made.volume("onhost", pool_id="local", size_bytes=5 * GIB)
    made.add(replace(made.inventory.get(Pool, "more"), used_bytes=30 * GIB))
    made.add(replace(made.inventory.get(ImageStore, "s1"), used_bytes=250 * GIB))
    return made


def _rows(zone: SmallZone, command: ListCapacity) -> list[CapacityView]:
    answer = QUERIES[ListCapacity](zone.context(ADMIN), command)
    return cast("list[CapacityView]", answer["capacity"])


def _told(zone: SmallZone, command: ListCapacity) -> list[Row]:
    """Type, cluster, and GiB in all and used of each row."""
    return [
        (row.type, row.clusterid, row.capacitytotal // GIB, row.capacityused // GIB)
        for row in _rows(zone, command)
    ]


def test_each_type_is_told_by_cluster_and_zone(zone: SmallZone) -> None:
    """Allocated of what may be, used of what there is; local and secondary storage apart."""
    zone.vm()
    assert _told(zone, ListCapacity()) == [
        (0, "c1", 16, 1),
        (0, "c2", 8, 0),
        (2, "c1", 200, 30),
        (2, "c2", 100, 0),
        (2, None, 200, 0),
        (3, "c1", 400, 8),
        (3, "c2", 200, 0),
        (3, None, 400, 0),
        (6, None, 1000, 250),
        (9, "c1", 100, 5),
    ]


@pytest.mark.parametrize(
    ("command", "rows"),
    [
        (ListCapacity(type=9), [(9, "c1", 100, 5)]),
        (ListCapacity(type=3, cluster_id="c2"), [(3, "c2", 200, 0)]),
        (ListCapacity(type=6, zone_id="z1"), [(6, None, 1000, 250)]),
        (ListCapacity(zone_id="z2"), []),
        (ListCapacity(keyword="secondary"), [(6, None, 1000, 250)]),
        (ListCapacity(tag="ssd"), [(2, "c1", 100, 30), (3, "c1", 200, 0)]),
        (ListCapacity(tag="none"), []),
    ],
)
def test_filters_leave_the_rest_out(
    zone: SmallZone, command: ListCapacity, rows: list[Row]
) -> None:
    """A tag counts only pools that have it."""
    assert _told(zone, command) == rows


def test_the_fullest_come_first(zone: SmallZone) -> None:
    """With the share that is used, in percent."""
    rows = _rows(zone, ListCapacity(sort_by="usage"))
    assert [(row.type, row.percentused) for row in rows][:4] == [
        (6, "25.00"),
        (2, "15.00"),
        (9, "5.00"),
        (3, "2.00"),
    ]


@pytest.mark.parametrize(
    "command",
    [ListCapacity(sort_by="name"), ListCapacity(sort_by="usage", cluster_id="c1")],
)
def test_other_orders_are_refused(zone: SmallZone, command: ListCapacity) -> None:
    """There is one order, and it compares places."""
    with refusal(Invalid, 431):
        _rows(zone, command)


@pytest.mark.parametrize(
    ("field", "place", "command"),
    [
        ("zone_id", "z1", ListCapacity(zone_id="z1")),
        ("cluster_id", "c1", ListCapacity(cluster_id="c1")),
    ],
)
def test_a_place_has_what_its_parts_have(
    zone: SmallZone, field: str, place: str, command: ListCapacity
) -> None:
    """One row for each type; only root administrators may know."""
    rows = capacities(zone.context(ADMIN), field, place)
    sums = {type: [0, 0] for type, *_ in _told(zone, command)}
    for type, _, total, used in _told(zone, command):
        sums[type][0] += total
        sums[type][1] += used
    assert len(sums) > 3
    assert sums == {row.type: [row.capacitytotal // GIB, row.capacityused // GIB] for row in rows}
    assert capacities(zone.context(ALICE), field, place) == ()


def test_a_place_without_anything_has_nothing(zone: SmallZone) -> None:
    """Not even rows of zero."""
    assert capacities(zone.context(ADMIN), "cluster_id", "none") == ()
