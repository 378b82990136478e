"""When recurring snapshots are due: intervals, CloudStack's schedules, and the next instant.

A schedule names wall-clock times of a zone. One that the clocks skip in spring happens as much
later as they were put forward (02:30 becomes 03:30). One that they repeat in autumn happens the
first time only, except that an hourly one happens every hour (docs/decisions/0020).
"""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, tzinfo

import msgspec

from core.model import errors
from core.model.time_zone import time_zone

DAY = timedelta(days=1)
SUNDAY_IS = 1
DAYS_A_WEEK = 7


class Interval(msgspec.Struct, frozen=True, kw_only=True):
    """One kind of policy.

    number: CloudStack's. form: how its schedule is written. days: the range of DD, none without.
    horizon: within so many days it is due once at least. setting: the most that are kept.
    """

    number: int
    form: str
    days: range
    horizon: int
    setting: str


INTERVALS: dict[str, Interval] = {
    "HOURLY": Interval(
        number=0, form="MM", days=range(0), horizon=1, setting="snapshot.max.hourly"
    ),
    "DAILY": Interval(
        number=1, form="MM:HH", days=range(0), horizon=2, setting="snapshot.max.daily"
    ),
    "WEEKLY": Interval(
        number=2, form="MM:HH:DD", days=range(1, 8), horizon=9, setting="snapshot.max.weekly"
    ),
    "MONTHLY": Interval(
        number=3, form="MM:HH:DD", days=range(1, 29), horizon=33, setting="snapshot.max.monthly"
    ),
}
HOURS = range(24)
MINUTES = range(60)


class Schedule(msgspec.Struct, frozen=True, kw_only=True):
    """A schedule as numbers; `day` is that of the week (1 is Sunday) or of the month."""

    interval: str
    minute: int
    hour: int = 0
    day: int = 0


def interval_named(name: str) -> Interval:
    """The interval of that name, in any case. Raises Invalid (431)."""
    found = INTERVALS.get(name.upper())
    if found is None:
        raise errors.Invalid(
            f"{name!r} is no interval",
            object="snapshot_policy",
            hint=f"one of {', '.join(INTERVALS)}",
        )
    return found


def parse_schedule(interval_name: str, text: str) -> Schedule:
    """The schedule that `text` means for the interval. Raises Invalid (431)."""
    interval = interval_named(interval_name)
    parts = text.split(":")
    wanted = interval.form.split(":")
    ranges = (MINUTES, HOURS, interval.days)
    numbers = [int(part) for part in parts if part.isascii() and part.isdigit()]
    fits = len(parts) == len(numbers) == len(wanted) and all(
        number in admitted for number, admitted in zip(numbers, ranges, strict=False)
    )
    if not fits:
        days = f", DD {interval.days[0]} to {interval.days[-1]}" if interval.days else ""
        raise errors.Invalid(
            f"{text!r} is no schedule of a policy that is {interval_name.upper()}",
            object="snapshot_policy",
            hint=f"write it as {interval.form}: MM 0 to 59, HH 0 to 23{days}",
        )
    minute, hour, day = (*numbers, 0, 0)[:3]
    return Schedule(interval=interval_name.upper(), minute=minute, hour=hour, day=day)


def next_after(schedule: Schedule, zone_name: str, now_s: float) -> float:
    """The first instant strictly after `now_s`, in seconds since the epoch, at which it is due."""
    zone = time_zone(zone_name)
    local = datetime.fromtimestamp(now_s, UTC).astimezone(zone).replace(tzinfo=None)
    return min(at_s for at_s in _instants(schedule, zone, local) if at_s > now_s)


def _instants(schedule: Schedule, zone: tzinfo, around: datetime) -> Iterator[float]:
    """The instants of all wall-clock times from a day before `around` to past the next one."""
    every_one = schedule.interval == "HOURLY"
    for wall in _walls(schedule, around):
        first = wall.replace(tzinfo=zone)
        yield first.timestamp()
        second = first.replace(fold=1)
        if every_one and second.utcoffset() != first.utcoffset() and not _is_skipped(second):
            yield second.timestamp()


def _is_skipped(at: datetime) -> bool:
    """Whether no clock ever shows that time."""
    there_and_back = at.astimezone(UTC).astimezone(at.tzinfo)
    return there_and_back.replace(tzinfo=None) != at.replace(tzinfo=None)


def _walls(schedule: Schedule, around: datetime) -> Iterator[datetime]:
    """Wall-clock times, naive, in order."""
    midnight = around.replace(hour=0, minute=0, second=0, microsecond=0)
    hours = HOURS if schedule.interval == "HOURLY" else (schedule.hour,)
    for offset in range(-1, INTERVALS[schedule.interval].horizon + 1):
        day = midnight + offset * DAY
        if _falls_on(schedule, day):
            yield from (day.replace(hour=hour, minute=schedule.minute) for hour in hours)


def _falls_on(schedule: Schedule, day: datetime) -> bool:
    if schedule.interval == "WEEKLY":
        return day.isoweekday() % DAYS_A_WEEK + SUNDAY_IS == schedule.day
    if schedule.interval == "MONTHLY":
        return day.day == schedule.day
    return True
