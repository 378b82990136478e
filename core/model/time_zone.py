"""Time zones by name, from the tzdata package alone, so that every machine computes alike."""

import re
from datetime import UTC, timedelta, timezone, tzinfo
from functools import lru_cache
from importlib.resources import files
from typing import Final
from zoneinfo import ZoneInfo

GMT: Final = "GMT"
_OFFSET: Final = re.compile(r"GMT([+-])(\d{1,2})(?::?([0-5]\d))?")
HOURS_MAX: Final = 23
_SHORT: Final = {
    "ACT": "Australia/Darwin",
    "AET": "Australia/Sydney",
    "AGT": "America/Argentina/Buenos_Aires",
    "ART": "Africa/Cairo",
    "AST": "America/Anchorage",
    "BET": "America/Sao_Paulo",
    "BST": "Asia/Dhaka",
    "CAT": "Africa/Harare",
    "CNT": "America/St_Johns",
    "CST": "America/Chicago",
    "CTT": "Asia/Shanghai",
    "EAT": "Africa/Addis_Ababa",
    "ECT": "Europe/Paris",
    "IET": "America/Indiana/Indianapolis",
    "IST": "Asia/Kolkata",
    "JST": "Asia/Tokyo",
    "MIT": "Pacific/Apia",
    "NET": "Asia/Yerevan",
    "NST": "Pacific/Auckland",
    "PLT": "Asia/Karachi",
    "PNT": "America/Phoenix",
    "PRT": "America/Puerto_Rico",
    "PST": "America/Los_Angeles",
    "SST": "Pacific/Guadalcanal",
    "VST": "Asia/Ho_Chi_Minh",
}
"""Short names that Java, and so CloudStack's users, knows beside those of the tzdata package."""


@lru_cache(maxsize=1)
def _names() -> frozenset[str]:
    return frozenset(files("tzdata").joinpath("zones").read_text("utf-8").split())


@lru_cache(maxsize=1024)
def _resolved(name: str) -> tuple[str, tzinfo]:
    full = _SHORT.get(name, name)
    if full in _names():
        with files("tzdata").joinpath("zoneinfo", *full.split("/")).open("rb") as source:
            return name, ZoneInfo.from_file(source, key=full)
    found = _OFFSET.fullmatch(name)
    if found is not None and int(found[2]) <= HOURS_MAX:
        offset = timedelta(hours=int(found[2]), minutes=int(found[3] or 0))
        shown = f"GMT{found[1]}{int(found[2]):02}:{found[3] or '00'}"
        return shown, timezone(offset if found[1] == "+" else -offset)
    return GMT, UTC


def zone_name(name: str) -> str:
    """The id under which the zone is stored: itself, or GMT where nobody knows that name.

    As in CloudStack, "GMT+2" and "GMT-03:30" are fixed offsets (semantics section 5.6).
    """
    return _resolved(name)[0]


def time_zone(name: str) -> tzinfo:
    """The zone of that name, GMT where nobody knows it."""
    return _resolved(name)[1]
