"""Zones come from the tzdata package, unknown ones are GMT."""

import os
import subprocess
import sys
import zoneinfo
from datetime import datetime, timedelta

import pytest

from core.model.time_zone import time_zone, zone_name


@pytest.mark.parametrize(
    ("asked", "stored"),
    [
        ("Europe/Berlin", "Europe/Berlin"),
        ("America/New_York", "America/New_York"),
        ("UTC", "UTC"),
        ("GMT", "GMT"),
        ("EST", "EST"),
        ("PST", "PST"),
        ("IST", "IST"),
        ("Mars/Olympus", "GMT"),
        ("", "GMT"),
        ("../../etc/passwd", "GMT"),
        ("GMT+2", "GMT+02:00"),
        ("GMT-3:30", "GMT-03:30"),
        ("GMT+0530", "GMT+05:30"),
        ("GMT+24", "GMT"),
    ],
)
def test_the_stored_id_says_what_the_zone_really_is(asked: str, stored: str) -> None:
    """A name that nobody knows is stored as GMT, an offset in its full form."""
    assert zone_name(asked) == stored
    assert zone_name(stored) == stored


def test_offsets_are_as_named() -> None:
    """A fixed offset is that many hours and minutes from GMT."""
    offset = time_zone("GMT-3:30").utcoffset(None)
    assert offset is not None
    assert offset.total_seconds() == -12600


def test_short_names_are_javas() -> None:
    """PST has California's summer time, as it has where CloudStack resolves it."""
    july = datetime(2026, 7, 1)  # noqa: DTZ001  (the zone says what it means)
    assert time_zone("PST").utcoffset(july) == timedelta(hours=-7)
    assert time_zone("IST").utcoffset(july) == timedelta(hours=5, minutes=30)


def test_the_machines_own_zones_are_not_needed() -> None:
    """Where the system has no zone at all, Berlin still has its summer time."""
    code = (
        "from datetime import datetime;"
        "from core.model.time_zone import time_zone;"
        "print(datetime(2026, 7, 1, tzinfo=time_zone('Europe/Berlin')).utcoffset())"
    )
    environment = {**os.environ, "PYTHONTZPATH": ""}
    shown = subprocess.run(
        [sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True
    )
    assert shown.stdout.strip() == "2:00:00"
    assert zoneinfo.TZPATH is not None
