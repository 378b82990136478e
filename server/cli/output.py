"""What commands print: tables for people, JSON for programs, errors with a hint, exit codes."""

import json
import sys
from typing import Any, NoReturn, cast

import click

from core.model import errors
from core.model.errors import ForebayError
from server.cli.table import show_rows, text

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
        click.echo(f"Error: {text(error)}", err=True)
        if error.hint:
            click.echo(f"  {text(error.hint)}", err=True)
    sys.exit(exit_code(error))


def exit_code(error: ForebayError) -> int:
    """The process's exit code for the error."""
    return next((code for kind, code in EXIT_CODES if isinstance(error, kind)), 1)


def _show_table(answer: Object) -> None:
    lists = [
        (name, cast("list[Object]", value))
        for name, value in answer.items()
        if isinstance(value, list)
    ]
    if lists and lists[0][1]:
        show_rows(*lists[0])
    elif lists or not answer:
        click.echo("none")
    else:
        single = [cast("Object", value) for value in answer.values() if isinstance(value, dict)]
        _print_fields(single[0] if len(single) == 1 else answer)


def _print_fields(fields: Object) -> None:
    width = max((len(name) for name in fields), default=0)
    for name, value in fields.items():
        click.echo(f"{name.ljust(width)}  {text(value)}")
