"""What the demo shows: a line for each act with its time, progress bars, tables."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import trio
from rich.console import Console
from rich.progress import (
    BarColumn,
    DownloadColumn,
    Progress,
    TaskID,
    TextColumn,
    TransferSpeedColumn,
)
from rich.table import Table


class Screen:
    """Prints acts as they end, and remembers them for the closing table."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._acts: list[tuple[str, str, float, str]] = []

    def title(self, text: str) -> None:
        """Begin a part."""
        self._console.rule(f"[bold]{text}")

    def say(self, text: str) -> None:
        """A line."""
        self._console.print(text)

    @contextmanager
    def act(self, zone: str, what: str) -> Iterator["Act"]:
        """Time what happens inside and print it with the result that the act was given."""
        act = Act()
        began_s = trio.current_time()
        yield act
        took_s = trio.current_time() - began_s
        self._acts.append((zone, what, took_s, act.result))
        self._console.print(f"  [green]✓[/] {what}  [dim]{took_s:.2f} s[/]  {act.result}")

    @contextmanager
    def progress(self, what: str) -> Iterator["Bar"]:
        """A progress bar of bytes."""
        columns = (
            TextColumn("    {task.description}"),
            BarColumn(),
            DownloadColumn(binary_units=True),
            TransferSpeedColumn(),
        )
        with Progress(*columns, console=self._console, transient=False) as progress:
            yield Bar(progress, progress.add_task(what, total=None))

    def summary(self) -> None:
        """All acts in one table."""
        rows = [(zone, what, f"{took_s:.2f}", result) for zone, what, took_s, result in self._acts]
        self.table("What was done", ("zone", "act", "s", "result"), rows)

    def table(self, title: str, columns: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
        """A table."""
        table = Table(title=title, title_justify="left")
        for column in columns:
            table.add_column(column)
        for row in rows:
            table.add_row(*row)
        self._console.print(table)


class Act:
    """Something under way; `result` is shown when it has ended."""

    def __init__(self) -> None:
        self.result = ""


class Bar:
    """A progress bar."""

    def __init__(self, progress: Progress, task: TaskID) -> None:
        self._progress = progress
        self._task = task

    def show(self, done_bytes: int, total_bytes: int) -> None:
        """So many bytes are copied."""
        self._progress.update(self._task, completed=done_bytes, total=total_bytes or None)
