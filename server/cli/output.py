"""What commands print: tables for people, JSON for programs, errors with a hint, exit codes."""

import json
import os
import sys
from collections.abc import Iterable, Sequence
from typing import Any, NoReturn, cast

import click

from core.model import errors
from core.model.errors import ForebayError

EXIT_CODES: tuple[tuple[type[ForebayError], int], ...] = (
    (errors.Invalid, 2),
    (errors.NotFound, 3),
    (errors.Denied, 4),
    (errors.Conflict, 5),
    (errors.NoCapacity, 6),
    (errors.QuotaExceeded, 6),
    (errors.Unavailable, 7),
    (errors.Busy, 7),
    (errors.Deadline, 9),
)
"""The exit code for each kind of error; 1 for all others."""
COLUMNS: tuple[str, ...] = (
    *("id", "jobid", "name", "state", "type", "cmd", "jobstatus", "size", "zonename", "storage"),
    *("vmname", "hypervisor", "scope", "clustername", "account", "created", "value"),
)
"""Columns that a table shows where rows have them, in this order."""

Object = dict[str, Any]
FORMATS = ("table", "json")


def chosen_format(asked: str | None) -> str:
    """A table on a terminal and JSON elsewhere, unless something else is asked for."""
    return asked or ("table" if sys.stdout.isatty() else "json")


def show(answer: object, form: str) -> None:
    """Print an answer alone on standard output."""
    if form == "json":
        click.echo(json.dumps(answer, indent=2, ensure_ascii=False))
    elif isinstance(answer, dict):
        _show_table(cast("Object", answer))
    else:
        click.echo(str(answer))


def fail(error: ForebayError, form: str | None = None) -> NoReturn:
    """Print the error on standard error and exit with its code."""
    if chosen_format(form) == "json":
        failure = error.failure()
        fields = {name: getattr(failure, name) for name in failure.__struct_fields__}
        click.echo(json.dumps(fields, ensure_ascii=False), err=True)
    else:
        click.echo(f"Error: {error}", err=True)
        if error.hint:
            click.echo(f"  {error.hint}", err=True)
    sys.exit(exit_code(error))


def exit_code(error: ForebayError) -> int:
    """The process's exit code for the error."""
    return next((code for kind, code in EXIT_CODES if isinstance(error, kind)), 1)


def _show_table(answer: Object) -> None:
    rows = [cast("list[Object]", value) for value in answer.values() if isinstance(value, list)]
    if rows and rows[0]:
        _print_rows(rows[0])
    elif rows or not answer:
        click.echo("none")
    else:
        single = [cast("Object", value) for value in answer.values() if isinstance(value, dict)]
        _print_fields(single[0] if len(single) == 1 else answer)


def _print_rows(rows: Sequence[Object]) -> None:
    columns = [name for name in COLUMNS if any(name in row for row in rows)]
    columns = columns or sorted({name for row in rows for name in row})
    cells = [[_text(row.get(name, "")) for name in columns] for row in rows]
    widths = [
        max(len(name), *(len(line[index]) for line in cells)) for index, name in enumerate(columns)
    ]
    for line in (columns, *cells):
        click.echo(_joined(line, widths))


def _joined(line: Iterable[str], widths: Sequence[int]) -> str:
    return "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip()


def _print_fields(fields: Object) -> None:
    width = max((len(name) for name in fields), default=0)
    for name, value in fields.items():
        click.echo(f"{name.ljust(width)}  {_text(value)}")


def _text(value: object) -> str:
    if isinstance(value, dict | list):
        return json.dumps(value, ensure_ascii=False)
    return os.fsdecode(str(value).encode("utf-8", "replace"))
