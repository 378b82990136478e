"""A scenario file as Structs: the site, its machines, what they do, and what is varied."""

import tomllib
from pathlib import Path
from typing import Annotated

import msgspec
from msgspec import Meta

from core.model import errors
from core.model.setting_table import SETTINGS
from core.model.settings import parse

Positive = Annotated[int, Meta(ge=1, le=1_000_000)]
Rate = Annotated[float, Meta(gt=0)]
TimeOfDay = Annotated[str, Meta(pattern="^([01][0-9]|2[0-3]):[0-5][0-9]$")]


class _Table(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A table of the file; unknown names are refused."""


class SiteTable(_Table, frozen=True, kw_only=True):
    """A regular site: clusters of equal hosts, each with its own pool; image stores for all."""

    hosts: Positive = 4
    clusters: Positive = 1
    stores: Positive = 1
    nic_bytes_per_s: Rate = 1.175e9
    pool_bytes_per_s: Rate = 2e9
    store_bytes_per_s: Rate = 1.25e9


class MachineTable(_Table, frozen=True, kw_only=True):
    """Machines: root disk sizes take turns; `written_gib` of each is written at the start.

    `trace` names a shipped trace or a file; its machines take turns. `first_hour` is where the day
    begins in a file of many days.
    """

    count: Positive
    trace: str = ""
    first_hour: Annotated[int, Meta(ge=0)] = 0
    root_gib: tuple[Positive, ...] = (20,)
    written_gib: Positive = 1


class SnapshotTable(_Table, frozen=True, kw_only=True):
    """All root disks are snapshotted at one time of day (UTC)."""

    at: TimeOfDay


class Scenario(_Table, frozen=True, kw_only=True):
    """The whole file. `vary` runs the scenario once for each value of one setting."""

    name: str
    machines: MachineTable
    snapshots: SnapshotTable
    seed: Annotated[int, Meta(ge=0)] = 1
    starts: str = "2026-01-01T00:00:00Z"
    hours: Annotated[float, Meta(gt=0, le=24 * 366)] = 24.0
    site: SiteTable = SiteTable()
    settings: dict[str, str] = {}
    vary: Annotated[dict[str, tuple[str, ...]], Meta(max_length=1)] = {}

    def variations(self) -> list[dict[str, str]]:
        """The settings of each run."""
        for name, values in self.vary.items():
            return [{**self.settings, name: value} for value in values]
        return [dict(self.settings)]


def load(path: Path) -> Scenario:
    """The scenario in a file. Raises NotFound, Invalid with the path of the field."""
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise errors.NotFound(
            f"cannot read the scenario: {error.strerror}",
            object=f"file/{path}",
            hint="name an existing file",
        ) from None
    try:
        scenario = msgspec.convert(tomllib.loads(text), Scenario)
    except (tomllib.TOMLDecodeError, msgspec.ValidationError) as error:
        raise errors.Invalid(
            f"not a scenario: {error}", object=f"file/{path}", hint="mend the file"
        ) from None
    for variation in scenario.variations():
        for name, value in variation.items():
            _require_setting(name, value, path)
    return scenario


def _require_setting(name: str, value: str, path: Path) -> None:
    setting = SETTINGS.get(name)
    if setting is None:
        raise errors.Invalid(
            f"no setting is called {name!r}",
            object=f"file/{path}",
            hint="listConfigurations names them",
        )
    parse(setting, value)
