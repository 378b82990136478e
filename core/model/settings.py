"""The registry of settings: CloudStack's names, defaults, units and scopes, in force at once.

Source: semantics section 3. A value set at a narrower scope wins over a wider one; `scopes` lists
those that a setting admits besides global.
"""

from functools import lru_cache

from core.model import errors
from core.model.inventory import Inventory
from core.model.records import Pool, SettingValue
from core.model.setting import Setting, Value
from core.model.setting_table import SETTINGS

NUMBER_MAX = 2**53
"""Where a setting names no other limit: the largest whole number that JSON carries everywhere."""


TEXT_SHOWN = 40


def setting_id(name: str, scope: str, scope_id: str) -> str:
    """Id of the record that holds a changed value."""
    return f"{scope}/{scope_id}/{name}"


def parse(setting: Setting, text: str) -> Value:
    """The value that `text` means. Raises Invalid when type, range or choice don't fit."""
    kind = type(setting.default)
    try:
        value: Value = _BOOLEANS[text.lower()] if kind is bool else kind(text)
    except (KeyError, ValueError):
        raise errors.Invalid(
            f"{text!r} is no {_TYPE_NAMES[kind]}",
            object=f"setting/{setting.name}",
            hint=f"its default is {_written(setting.default)}",
        ) from None
    if isinstance(value, int | float) and kind is not bool:
        _require_range(setting, value, text)
    for chosen in text.split(",") if setting.several else (value,):
        _require_choice(setting, chosen)
    return value


def _written(value: Value) -> str:
    """As the value would be given."""
    return str(value).lower() if isinstance(value, bool) else str(value)


_BOOLEANS = {"true": True, "false": False}


_TYPE_NAMES: dict[type[Value], str] = {
    int: "whole number",
    float: "number",
    bool: "true or false",
    str: "text",
}


def _require_choice(setting: Setting, chosen: Value) -> None:
    if setting.choices and chosen not in setting.choices:
        raise errors.Invalid(
            f"{str(chosen)!r} is no choice",
            object=f"setting/{setting.name}",
            hint=f"{'some' if setting.several else 'one'} of {', '.join(setting.choices)}",
        )


def _require_range(setting: Setting, value: float, text: str) -> None:
    most = NUMBER_MAX if setting.most is None else setting.most
    too_small = setting.least is not None and value < setting.least
    if too_small or not value <= most:
        raise errors.Invalid(
            f"{text[:TEXT_SHOWN]} is out of range",
            object=f"setting/{setting.name}",
            hint=f"{setting.least} to {most} {setting.unit}".strip(),
        )


@lru_cache(maxsize=1024)
def _parsed(name: str, text: str) -> Value:
    return parse(SETTINGS[name], text)


class Settings:
    """Values in force: those changed, from the inventory, else the defaults."""

    def __init__(self, inventory: Inventory) -> None:
        self._inventory = inventory

    def value(self, name: str, *places: tuple[str, str]) -> Value:
        """The value at the narrowest of `places` ((scope, id), narrowest first) that has one."""
        if not self._inventory.has(SettingValue, "name", name):
            return SETTINGS[name].default
        for scope, scope_id in (*places, ("global", "")):
            changed = self._inventory.find(SettingValue, setting_id(name, scope, scope_id))
            if changed is not None:
                return _parsed(name, changed.value)
        return SETTINGS[name].default

    def number(self, name: str, *places: tuple[str, str]) -> float:
        """A numeric setting."""
        value = self.value(name, *places)
        assert isinstance(value, int | float)
        return value

    def whole(self, name: str, *places: tuple[str, str]) -> int:
        """A whole-number setting."""
        return int(self.number(name, *places))

    def flag(self, name: str, *places: tuple[str, str]) -> bool:
        """A true-or-false setting."""
        return bool(self.value(name, *places))

    def text(self, name: str, *places: tuple[str, str]) -> str:
        """A text setting."""
        return str(self.value(name, *places))


def pool_places(pool: Pool) -> tuple[tuple[str, str], ...]:
    """Where a pool's settings are looked up, narrowest first."""
    return (("pool", pool.id), ("cluster", pool.cluster_id), ("zone", pool.zone_id))
