"""Traces: the shipped day, and full ones by their path."""

import gzip
from pathlib import Path

import pytest

from core.model.errors import Invalid, NotFound
from sim.lab.trace import HOURS, KILOBYTE, read_day

SHIPPED = "gwa-t-12-rnd-2013-07-02"


def test_the_shipped_day_has_500_machines() -> None:
    """All hours of all machines are there and none is negative."""
    days = read_day(SHIPPED)
    assert len(days) == 500
    assert all(len(day) == HOURS and min(day) >= 0 for day in days)
    assert days[0][8] == 12.8 * KILOBYTE


def test_a_full_trace_is_read_by_its_path(tmp_path: Path) -> None:
    """Rows of VM and hour become days; a missing hour counts as the machine's mean."""
    path = tmp_path / "trace.csv.gz"
    rows = [f"1,{hour},0,0,{hour},0" for hour in range(30) if hour != 20]
    text = "vm,hour,read_kbps_mean,read_kbps_max,write_kbps_mean,write_kbps_max\n" + "\n".join(rows)
    path.write_bytes(gzip.compress(text.encode()))
    (day,) = read_day(str(path), first_hour=6)
    assert day[0] == 6 * KILOBYTE
    assert day[14] == pytest.approx(sum(h for h in range(30) if h != 20) / 29 * KILOBYTE)


def test_unknown_traces_are_refused(tmp_path: Path) -> None:
    """With the names of those that are shipped, or the columns that are missing."""
    with pytest.raises(NotFound) as refusal:
        read_day("nothing")
    assert SHIPPED in refusal.value.hint
    (tmp_path / "x.csv").write_text("a,b\n1,2\n")
    with pytest.raises(Invalid, match="columns"):
        read_day(str(tmp_path / "x.csv"))
