"""Schedules: what is refused, and the next instant, also where the clocks change."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.model.errors import Invalid
from core.model.schedule import INTERVALS, Schedule, next_after, parse_schedule
from core.model.time_zone import time_zone
from tests.refusal import refusal

ZONES = (
    "GMT",
    "Europe/Berlin",
    "America/New_York",
    "Australia/Lord_Howe",
    "Asia/Kathmandu",
    "Pacific/Apia",
    "America/St_Johns",
    "GMT+05:30",
)
DAY_S = 86400.0
moments = st.floats(min_value=1.2e9, max_value=2.2e9).map(round).map(float)
zones = st.sampled_from(ZONES)
minutes = st.integers(0, 59)
hours = st.integers(0, 23)
schedules = st.one_of(
    st.builds(Schedule, interval=st.just("HOURLY"), minute=minutes),
    st.builds(Schedule, interval=st.just("DAILY"), minute=minutes, hour=hours),
    st.builds(
        Schedule, interval=st.just("WEEKLY"), minute=minutes, hour=hours, day=st.integers(1, 7)
    ),
    st.builds(
        Schedule, interval=st.just("MONTHLY"), minute=minutes, hour=hours, day=st.integers(1, 28)
    ),
)


def utc_s(text: str) -> float:
    """Seconds of a moment in UTC."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()


def following(interval: str, schedule: str, zone: str, after: str, count: int) -> list[str]:
    """The next instants, in UTC."""
    parsed = parse_schedule(interval, schedule)
    now_s, found = utc_s(after), list[str]()
    for _ in range(count):
        now_s = next_after(parsed, zone, now_s)
        found.append(datetime.fromtimestamp(now_s, UTC).strftime("%Y-%m-%d %H:%M"))
    return found


@pytest.mark.parametrize(
    ("interval", "schedule"),
    [
        ("HOURLY", "60"),
        ("HOURLY", "-1"),
        ("HOURLY", "1:2"),
        ("HOURLY", ""),
        ("HOURLY", "x"),
        ("HOURLY", "٣"),
        ("DAILY", "30"),
        ("DAILY", "30:24"),
        ("DAILY", "30:2:1"),
        ("DAILY", "30:"),
        ("WEEKLY", "30:2"),
        ("WEEKLY", "30:2:0"),
        ("WEEKLY", "30:2:8"),
        ("MONTHLY", "30:2:0"),
        ("MONTHLY", "30:2:29"),
        ("MONTHLY", "30:2:1:1"),
    ],
)
def test_bad_schedules_are_refused(interval: str, schedule: str) -> None:
    """Too few or too many parts, no numbers, or out of range."""
    with refusal(Invalid, 431, "snapshot_policy") as caught:
        parse_schedule(interval, schedule)
    assert INTERVALS[interval].form in caught.value.hint


def test_an_unknown_interval_is_refused() -> None:
    """There are four."""
    with refusal(Invalid, 431, "snapshot_policy"):
        parse_schedule("YEARLY", "0:0:1")


@pytest.mark.parametrize(
    ("interval", "schedule", "after", "expected"),
    [
        ("hourly", "15", "2026-01-01 10:15", "2026-01-01 11:15"),
        ("hourly", "15", "2026-01-01 10:14:59", "2026-01-01 10:15"),
        ("daily", "30:02", "2026-01-01 02:30", "2026-01-02 02:30"),
        ("weekly", "30:02:1", "2026-01-01 00:00", "2026-01-04 02:30"),
        ("weekly", "0:0:7", "2026-01-03 00:00", "2026-01-10 00:00"),
        ("monthly", "30:02:28", "2026-01-28 02:31", "2026-02-28 02:30"),
        ("monthly", "0:0:1", "2026-12-01 00:00", "2027-01-01 00:00"),
    ],
)
def test_the_next_instant_is_strictly_later(
    interval: str, schedule: str, after: str, expected: str
) -> None:
    """Day 1 of a week is Sunday; the very moment itself does not count."""
    assert following(interval, schedule, "GMT", after, 1) == [expected]


def test_a_time_that_spring_skips_is_an_hour_later_that_day() -> None:
    """Berlin has no 02:30 on 29 March 2026: it is taken at 03:30 summer time, 01:30 UTC."""
    assert following("DAILY", "30:02", "Europe/Berlin", "2026-03-28 00:00", 3) == [
        "2026-03-28 01:30",
        "2026-03-29 01:30",
        "2026-03-30 00:30",
    ]


def test_a_time_that_autumn_repeats_happens_once() -> None:
    """Berlin has two 02:30 on 25 October 2026: only the first counts."""
    assert following("DAILY", "30:02", "Europe/Berlin", "2026-10-24 00:00", 3) == [
        "2026-10-24 00:30",
        "2026-10-25 00:30",
        "2026-10-26 01:30",
    ]


def test_hourly_ones_happen_every_hour_on_both_days() -> None:
    """Through both changes of the clocks one hour follows the other."""
    for day in ("2026-03-28 22:00", "2026-10-24 22:00"):
        times = following("HOURLY", "30", "Europe/Berlin", day, 8)
        moments_s = [utc_s(text) for text in times]
        assert {b - a for a, b in pairwise(moments_s)} == {3600.0}


@given(schedules, zones, moments)
def test_it_is_later_and_shown_by_the_clock_of_the_zone(
    schedule: Schedule, zone: str, now_s: float
) -> None:
    """Strictly later; on the wall as written, unless the clocks were put forward over it."""
    at_s = next_after(schedule, zone, now_s)
    assert at_s > now_s
    local = datetime.fromtimestamp(at_s, UTC).astimezone(time_zone(zone))
    hour = local.hour if schedule.interval == "HOURLY" else schedule.hour
    if (local.hour, local.minute) == (hour, schedule.minute):
        return
    before = local - timedelta(hours=25)
    assert local.utcoffset() != before.replace(fold=0).utcoffset()


@given(schedules, zones, moments, st.floats(min_value=0.0, max_value=1.0))
def test_nothing_is_due_in_between(
    schedule: Schedule, zone: str, now_s: float, part: float
) -> None:
    """From any moment before the next instant, that one is still the next."""
    at_s = next_after(schedule, zone, now_s)
    between_s = min(now_s + (at_s - now_s) * part, at_s - 1e-3)
    assert next_after(schedule, zone, max(now_s, between_s)) == at_s


@given(zones, minutes, hours, moments)
def test_daily_ones_happen_once_a_day(zone: str, minute: int, hour: int, now_s: float) -> None:
    """One instant a local day, 22 to 26 hours apart, but where a zone skipped a whole day."""
    schedule = Schedule(interval="DAILY", minute=minute, hour=hour)
    first_s = next_after(schedule, zone, now_s)
    second_s = next_after(schedule, zone, first_s)
    assert 22 <= (second_s - first_s) / 3600 <= 26


@given(schedules, zones, moments)
def test_the_wait_is_bounded(schedule: Schedule, zone: str, now_s: float) -> None:
    """Never longer than its interval and a changed clock."""
    longest = {"HOURLY": 1.6 / 24, "DAILY": 1.1, "WEEKLY": 7.1, "MONTHLY": 31.1}
    wait_s = next_after(schedule, zone, now_s) - now_s
    assert 0 < wait_s <= longest[schedule.interval] * DAY_S
