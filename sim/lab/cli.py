"""`forebay scenario`: runs scenario files over the simulated site."""

import sys
from pathlib import Path

import click
import msgspec
from rich.console import Console

from core.model.errors import ForebayError
from sim.lab.report import show
from sim.lab.run import run_scenario
from sim.lab.scenario import load


@click.group("scenario")
def scenario() -> None:
    """Try settings and policies on a simulated site."""


@scenario.command("run")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--seed", type=int, help="Draw everything from this seed instead of the file's.")
@click.option("--json", "out", type=click.Path(path_type=Path), help="Write the report here, too.")
def run_command(file: Path, seed: int | None, out: Path | None) -> None:
    """Run a scenario file and print what it came to."""
    try:
        report = run_scenario(load(file), seed)
    except ForebayError as error:
        click.echo(f"{error}\n{error.hint}", err=True)
        sys.exit(2)
    show(report, Console())
    if out is not None:
        out.write_bytes(msgspec.json.format(msgspec.json.encode(report), indent=2) + b"\n")
