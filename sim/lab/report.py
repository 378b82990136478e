"""What a scenario came to, as a table for people and as JSON for programs."""

import msgspec
from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table

from sim.lab.measure import Measures


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """One run: its settings, its measures, and the digest of its journal.

    events: how many the journal holds. wall_s: real seconds that the virtual time took.
    """

    settings: dict[str, str]
    measures: Measures
    events: int
    journal_digest: str
    virtual_s: float
    wall_s: float


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """All runs of a scenario."""

    scenario: str
    seed: int
    outcomes: tuple[Outcome, ...]

    @property
    def varied(self) -> str:
        """The setting that differs between the runs, "" when none does."""
        if len(self.outcomes) < 2:  # noqa: PLR2004  (one run varies nothing)
            return ""
        first = self.outcomes[0].settings
        for other in self.outcomes[1:]:
            for name, value in other.settings.items():
                if first.get(name) != value:
                    return name
        return ""


def show(report: Report, console: Console) -> None:
    """Print the report as a table; times are virtual, in seconds unless said otherwise."""
    varied = report.varied
    title = f"{report.scenario} (seed {report.seed})"
    table = Table(title=title, title_justify="left", box=SIMPLE_HEAD, padding=(0, 1, 0, 0))
    if varied:
        console.print(f"varied: {varied}; waits and makespan in virtual seconds")
    headings = ("jobs", "done", "expired", "failed", "p50", "p99", "makespan")
    table.add_column("value" if varied else "run")
    for heading in (*headings, "real s", "journal"):
        table.add_column(heading, justify="right")
    for outcome in report.outcomes:
        table.add_row(outcome.settings.get(varied, "1"), *_cells(outcome))
    console.print(table)


def _cells(outcome: Outcome) -> tuple[str, ...]:
    measures = outcome.measures
    return (
        str(measures.jobs),
        str(measures.succeeded),
        str(measures.expired),
        str(measures.failed + measures.unfinished),
        f"{measures.wait_p50_s:,.0f}",
        f"{measures.wait_p99_s:,.0f}",
        f"{measures.makespan_s:,.0f}",
        f"{outcome.wall_s:.2f}",
        outcome.journal_digest[:8],
    )
