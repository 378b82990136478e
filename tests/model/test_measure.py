"""Rates are between two looks at the same guest."""

import pytest

from core.model.measure import VolumeMeasure, next_measure

Counters = tuple[int, int, int, int]
FIRST = next_measure(None, 100.0, 5, (1000, 2000, 10, 20))


def test_the_first_look_has_sizes_only() -> None:
    """A rate needs two."""
    assert (FIRST.physical_bytes, FIRST.read_bytes_per_s, FIRST.writes_per_s) == (5, None, None)


@pytest.mark.parametrize(
    ("counters", "rates"),
    [
        pytest.param((2000, 2000, 30, 30), (100.0, 0.0, 2.0, 1.0), id="went on"),
        pytest.param((500, 100, 10, 10), (50.0, 10.0, 1.0, 1.0), id="guest restarted"),
    ],
)
def test_rates_are_what_was_added_per_second(counters: Counters, rates: tuple[float, ...]) -> None:
    """A restarted guest counts from nothing."""
    second = next_measure(FIRST, 110.0, 6, counters)
    found = (
        second.read_bytes_per_s,
        second.write_bytes_per_s,
        second.reads_per_s,
        second.writes_per_s,
    )
    assert found == rates


@pytest.mark.parametrize("before", [FIRST, VolumeMeasure(at_s=90.0)])
def test_a_closed_disk_has_no_rates(before: VolumeMeasure) -> None:
    """Nor has one that was closed at the last look."""
    assert next_measure(before, 110.0, 6, None).reads_per_s is None
    assert next_measure(VolumeMeasure(at_s=90.0), 110.0, 6, (1, 1, 1, 1)).reads_per_s is None
