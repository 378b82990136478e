"""What a setting is: its name, default, unit, range and scopes, all CloudStack's."""

import msgspec

Value = int | float | bool | str


class Setting(msgspec.Struct, frozen=True, kw_only=True):
    """One setting; the type of `default` is the type of its values, "" is no value.

    least, most: the range of a number. choices: all admitted texts, none named admits any; with
    `several`, any of them separated by commas.
    """

    name: str
    default: Value
    category: str
    description: str
    unit: str = ""
    scopes: tuple[str, ...] = ()
    least: float | None = None
    most: float | None = None
    choices: tuple[str, ...] = ()
    several: bool = False


def row(
    name: str,
    default: Value,
    unit: str,
    category: str,
    scopes: str,
    description: str,
    *,
    least: float | None = 0,
    most: float | None = None,
    choices: tuple[str, ...] = (),
    several: bool = False,
) -> Setting:
    """A row of a table of settings; `scopes` are separated by blanks."""
    return Setting(
        name=name,
        default=default,
        unit=unit,
        category=category,
        scopes=tuple(scopes.split()),
        description=description,
        least=least,
        most=most,
        choices=choices,
        several=several,
    )
