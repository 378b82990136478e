"""What a benchmark hands back, and how it is printed: figures beside a peer's, with aims."""

from typing import NamedTuple

from rich.console import Console
from rich.table import Table


class Figure(NamedTuple):
    """One line: what was measured, what was seen, what of the peer in the same run, and the aim."""

    what: str
    seen: str
    peer: str = ""
    ratio: str = ""
    aim: str = ""


class Report(NamedTuple):
    """All figures of one benchmark. `peer` says what stands beside them, `notes` what to know."""

    title: str
    peer: str
    figures: tuple[Figure, ...]
    notes: tuple[str, ...] = ()


def show(report: Report, console: Console) -> None:
    """Print a report as a table."""
    table = Table(title=report.title, title_justify="left", caption_justify="left")
    table.add_column("measured")
    for heading in ("seen", report.peer or "peer", "ratio", "aim"):
        table.add_column(heading, justify="right")
    for figure in report.figures:
        table.add_row(*figure)
    console.print(table)
    for note in report.notes:
        console.print(f"  {note}", highlight=False)
    console.print()
