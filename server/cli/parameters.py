"""Command-line options made from the commands' types, and back into wire parameters."""

from collections.abc import Iterator
from typing import Any, cast

import click
import msgspec
from msgspec import inspect

from core.model.commands.command import Command
from core.model.errors import Invalid
from server.cli.pairs import Pair, Parts, as_map

Object = dict[str, Any]


def options(kind: type[Command]) -> Iterator[click.Option]:
    """One option for each field, with its wire name, constraints and default."""
    info = inspect.type_info(kind)
    assert isinstance(info, inspect.StructType)
    for field in info.fields:
        yield _option(field)


def wire_parameters(kind: type[Command], given: Object) -> Object:
    """What was given on the command line as wire parameters. Raises Invalid with the path."""
    params: Object = {
        name: list(cast("tuple[object, ...]", value)) if isinstance(value, tuple) else value
        for name, value in given.items()
        if value is not None and value != ()
    }
    try:
        msgspec.convert(params, kind)
    except msgspec.ValidationError as error:
        raise Invalid(str(error), object="command line", hint="see --help") from None
    return params


def _option(field: inspect.Field) -> click.Option:
    name = field.encode_name
    plain, many = _plain(field.type)
    settings: Object = {"help": _help(field, plain), "required": field.required}
    if isinstance(plain, inspect.BoolType):
        return click.Option([f"--{name}/--no-{name}", name], default=None, **settings)
    if isinstance(plain, inspect.DictType):
        pair = Pair()
        settings |= {"metavar": pair.name, "callback": as_map}
        return click.Option([f"--{name}", name], type=pair, multiple=True, **settings)
    if isinstance(plain, inspect.StructType):
        parts = Parts(plain)
        settings["metavar"] = parts.name
        return click.Option([f"--{name}", name], type=parts, multiple=many, **settings)
    types: list[tuple[type[inspect.Type], click.ParamType[Any]]] = [
        (inspect.IntType, click.INT),
        (inspect.FloatType, click.FLOAT),
    ]
    kind = next(
        (click_type for known, click_type in types if isinstance(plain, known)), click.STRING
    )
    return click.Option([f"--{name}", name], type=kind, multiple=many, **settings)


def _plain(kind: inspect.Type) -> tuple[inspect.Type, bool]:
    """The type without None, its description or its tuple; and whether it was a tuple."""
    if isinstance(kind, inspect.Metadata):
        return _plain(kind.type)
    if isinstance(kind, inspect.UnionType):
        return _plain(next(one for one in kind.types if not isinstance(one, inspect.NoneType)))
    if isinstance(kind, inspect.VarTupleType | inspect.ListType):
        return _plain(kind.item_type)[0], True
    return kind, False


def _help(field: inspect.Field, plain: inspect.Type) -> str:
    words = [_description(field.type)]
    least, most = getattr(plain, "ge", None), getattr(plain, "le", None)
    if least is not None and most is not None:
        words.append(f"{least} to {most}")
    if field.default not in (None, (), msgspec.NODEFAULT):
        words.append(f"default {field.default}")
    if isinstance(plain, inspect.DictType) or _plain(field.type)[1]:
        words.append("may be repeated")
    return "; ".join(word for word in words if word)


def _description(kind: inspect.Type) -> str:
    if isinstance(kind, inspect.Metadata):
        schema = cast("Object", kind.extra_json_schema or {})  # pyright: ignore[reportUnknownMemberType]
        return str(schema.get("description", "")) or _description(kind.type)
    if isinstance(kind, inspect.UnionType):
        return next((text for text in map(_description, kind.types) if text), "")
    return ""
