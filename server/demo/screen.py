"""What the demo shows: a line for each act with its time, progress bars, a table at the end."""

from collections.abc import Generator
from contextlib import contextmanager
from typing import Final

import trio
from rich.console import Console
from rich.markup import escape
from rich.progress import (
    BarColumn,
    DownloadColumn,
    Progress,
    TaskID,
    TextColumn,
)
from rich.status import Status
from rich.table import Table

TIME_COLUMNS: Final = 8


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

    def fill(self) -> None:
        """Everything is copied."""
        total_bytes = self._progress.tasks[self._task].total
        self._progress.update(self._task, completed=total_bytes)


class Screen:
    """Prints acts as they end, and remembers how long they took in each zone."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._took_s: dict[str, dict[str, float]] = {}
        self._zones: dict[str, None] = {}
        self._status = Status("", console=console)

    def title(self, text: str) -> None:
        """Begin a part."""
        self._console.print()
        self._console.rule(f"[bold]{text}", align="left")

    def say(self, text: str) -> None:
        """A sentence or two."""
        self._console.print(text, highlight=False)

    @contextmanager
    def act(self, zone: str, what: str) -> Generator[Act]:
        """Time what happens inside and print it with the result that the act was given."""
        act = Act()
        began_s = trio.current_time()
        mark = "[red]✗[/]"
        self._status = self._console.status(what)
        self._status.start()
        try:
            yield act
            mark = "[green]✓[/]"
        finally:
            self._status.stop()
            took_s = trio.current_time() - began_s
            self._took_s.setdefault(what, {})[zone] = took_s
            self._zones[zone] = None
            self._print(mark, took_s, what, act.result)

    def _print(self, mark: str, took_s: float, what: str, result: str) -> None:
        line = Table.grid(padding=(0, 1))
        line.add_column()
        line.add_column(width=TIME_COLUMNS, justify="right")
        line.add_column()
        text = f"{what}: [bold]{escape(result)}[/]" if result else what
        line.add_row(mark, f"[dim]{took_s:.2f} s[/]", text)
        self._console.print(line)

    @contextmanager
    def progress(self, what: str) -> Generator[Bar]:
        """A progress bar of bytes, in place of the act's spinner: only one may move at a time."""
        self._status.stop()
        indent = " " * (TIME_COLUMNS + 3)
        columns = (
            TextColumn(f"{indent}{{task.description}}"),
            BarColumn(bar_width=20),
            DownloadColumn(binary_units=True),
        )
        with Progress(*columns, console=self._console) as progress:
            yield Bar(progress, progress.add_task(what, total=None))

    def summary(self) -> None:
        """How long each act took in each zone."""
        title = "The same acts in each zone, in seconds"
        table = Table(title=title, title_justify="left", title_style="bold")
        table.add_column("act")
        for zone in self._zones:
            table.add_column(zone, justify="right")
        for what, took_s in self._took_s.items():
            table.add_row(
                what, *(f"{took_s[zone]:.2f}" if zone in took_s else "" for zone in self._zones)
            )
        self._console.print()
        self._console.print(table)
