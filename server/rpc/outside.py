"""Parameters of CloudStack's that are about what Forebay does not have: taken off, or refused."""

from collections.abc import Iterable, Mapping

from core.model.commands.command import command_name
from core.model.commands.outside.table import OUTSIDE
from core.model.errors import Unsupported


def outside_of(kind: type, names: Iterable[str]) -> tuple[str, ...]:
    """Those of the names that are such parameters of the command."""
    known = OUTSIDE.get(kind, {})
    return tuple(name for name in names if name in known)


def require_nothing(kind: type, asked: Mapping[str, object]) -> None:
    """Raise Unsupported when one of the values asks for what Forebay does not have."""
    for name, value in asked.items():
        row = OUTSIDE[kind][name]
        if not row.takes(value):
            raise Unsupported(
                f"{name} is not supported: {row.why}",
                object=f"method/{command_name(kind)}",
                hint=row.hint,
                number=431,
            )
