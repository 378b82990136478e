"""Rates are between two looks at the same guest."""

import pytest

from core.model.measure import Counters, Sample, UsageHistory, VolumeMeasure, next_measure

FIRST = next_measure(None, 100.0, 5, Counters(1000, 2000, 10, 20))


def test_the_first_look_has_sizes_only() -> None:
    """A rate needs two."""
    assert (FIRST.physical_bytes, FIRST.read_bytes_per_s, FIRST.writes_per_s) == (5, None, None)


@pytest.mark.parametrize(
    ("counters", "rates"),
    [
        pytest.param(Counters(2000, 2000, 30, 30), (100.0, 0.0, 2.0, 1.0), id="went on"),
        pytest.param(Counters(500, 100, 10, 10), (50.0, 10.0, 1.0, 1.0), id="guest restarted"),
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
    assert (
        next_measure(VolumeMeasure(at_s=90.0), 110.0, 6, Counters(1, 1, 1, 1)).reads_per_s is None
    )


def test_a_sample_is_what_was_done_since_the_look_before() -> None:
    """The first look tells nothing; what has closed meanwhile begins anew."""
    history = UsageHistory()
    history.add(10.0, {"v": Counters(100, 100, 1, 1)}, 1000.0)
    history.add(20.0, {"v": Counters(150, 300, 2, 4)}, 1000.0)
    history.add(30.0, {}, 1000.0)
    history.add(40.0, {"v": Counters(200, 400, 3, 5)}, 1000.0)
    assert history.of("v", 0.0, 100.0) == [Sample(20.0, Counters(50, 200, 1, 3))]


def test_old_samples_are_forgotten() -> None:
    """Also those of volumes that nobody looks at any more."""
    history = UsageHistory()
    for at_s in (10.0, 20.0, 30.0):
        history.add(at_s, {"v": Counters(int(at_s), 0, 0, 0)}, 15.0)
    assert [sample.at_s for sample in history.of("v", 0.0, 100.0)] == [20.0, 30.0]
    assert history.of("v", 25.0, 100.0) == [Sample(30.0, Counters(10, 0, 0, 0))]
    history.add(100.0, {}, 15.0)
    assert history.of("v", 0.0, 1000.0) == []
