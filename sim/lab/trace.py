"""Write rates of real machines, hour by hour: the shipped day, or a full trace by its path."""

import csv
import gzip
from collections.abc import Generator, Iterable
from contextlib import contextmanager
from importlib.resources import files
from pathlib import Path
from typing import IO

from core.model import errors

KILOBYTE = 1024
HOURS = 24
SHIPPED = {"gwa-t-12-rnd-2013-07-02": "gwa-t-12-rnd-2013-07-02.csv"}

# bytes per second in each hour of a day
Day = tuple[float, ...]


@contextmanager
def _opened(trace: str) -> Generator[IO[str]]:
    if trace in SHIPPED:
        with files("sim.lab").joinpath("data", SHIPPED[trace]).open(encoding="utf-8") as file:
            yield file
        return
    path = Path(trace)
    if not path.is_file():
        raise errors.NotFound(
            "no such trace",
            object=f"trace/{trace}",
            hint=f"give a path, or one of {', '.join(SHIPPED)}",
        )
    open_it = gzip.open if path.suffix == ".gz" else open
    with open_it(path, "rt", encoding="utf-8") as file:
        yield file


def read_day(trace: str, first_hour: int = 0) -> list[Day]:
    """Write rates (bytes/s) of each VM of the trace over 24 hours from `first_hour`.

    Two layouts are understood: a column for each hour (h00 to h23), or a row for each VM and hour
    with the columns vm, hour and write_kbps_mean; hours without a row there count as the VM mean.
    Raises NotFound, Invalid.
    """
    with _opened(trace) as file:
        rows = csv.DictReader(file)
        columns = rows.fieldnames or []
        if "h00" in columns:
            return [_wide(row) for row in rows]
        if {"vm", "hour", "write_kbps_mean"} <= set(columns):
            return _long(rows, first_hour)
    raise errors.Invalid(
        "the trace has neither columns h00 to h23 nor vm, hour and write_kbps_mean",
        object=f"trace/{trace}",
        hint="see the README beside the shipped traces",
    )


def _wide(row: dict[str, str]) -> Day:
    return tuple(float(row[f"h{hour:02d}"]) * KILOBYTE for hour in range(HOURS))


def _long(rows: Iterable[dict[str, str]], first_hour: int) -> list[Day]:
    rates: dict[str, dict[int, float]] = {}
    for row in rows:
        rates.setdefault(row["vm"], {})[int(row["hour"])] = float(row["write_kbps_mean"])
    return [_day(rates[vm], first_hour) for vm in sorted(rates, key=_vm_order)]


def _vm_order(vm: str) -> tuple[int, str]:
    return (int(vm), vm) if vm.isdigit() else (0, vm)


def _day(hours: dict[int, float], first_hour: int) -> Day:
    mean = sum(hours.values()) / len(hours)
    wanted = range(first_hour, first_hour + HOURS)
    return tuple(hours.get(hour, mean) * KILOBYTE for hour in wanted)
