"""Options whose values have parts of their own: `name=value`, and `volume=ID,pool=ID`."""

import re
from typing import Any

import click
from msgspec import inspect

Object = dict[str, Any]


class Pair(click.ParamType[tuple[str, str]]):
    """One entry of a map: `name=value`."""

    name = "name=value"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[str, str]:
        """The name and the value."""
        name, equals, rest = str(value).partition("=")
        if not name or not equals:
            self.fail(f"{value!r} is not name=value", param, ctx)
        return name, rest


class Parts(click.ParamType[Object]):
    """One object of a list: its fields with commas between, which values may have too."""

    def __init__(self, kind: inspect.StructType) -> None:
        self._whole = {field.encode_name: _is_whole(field.type) for field in kind.fields}
        self._needed = [field.encode_name for field in kind.fields if field.required]
        self._between = re.compile(f",(?=(?:{'|'.join(self._whole)})=)")
        self.name = ",".join(f"{name}=..." for name in self._whole)

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> Object:
        """The fields by their names."""
        pairs = [part.partition("=") for part in self._between.split(str(value))]
        parts = {name: rest for name, _, rest in pairs}
        if not parts.keys() <= self._whole.keys() or not parts.keys() >= {*self._needed}:
            self.fail(f"{value!r} is not {self.name} with {' and '.join(self._needed)}", param, ctx)
        return {
            name: click.INT(text, param, ctx) if self._whole[name] else text
            for name, text in parts.items()
        }


def as_map(
    ctx: click.Context, param: click.Parameter, value: tuple[tuple[str, str], ...]
) -> dict[str, str] | None:
    """The map of all the pairs that were given."""
    del ctx, param
    return dict(value) or None


def _is_whole(kind: inspect.Type) -> bool:
    if isinstance(kind, inspect.Metadata):
        return _is_whole(kind.type)
    if isinstance(kind, inspect.UnionType):
        return any(_is_whole(each) for each in kind.types)
    return isinstance(kind, inspect.IntType)
