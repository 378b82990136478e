"""`python -m benchmarks [NAME...]` measures and prints tables; `--small` does so in seconds."""

import sys
from collections.abc import Callable

import click
from rich.console import Console

from benchmarks import (
    bench_copy,
    bench_durable,
    bench_runtime,
    bench_storm,
    bench_volumes,
    bench_wire,
)
from benchmarks.figures import Report, show

BENCHMARKS: dict[str, Callable[..., Report]] = {
    "runtime": bench_runtime.report,
    "storm": bench_storm.report,
    "wire": bench_wire.report,
    "durable": bench_durable.report,
    "volumes": bench_volumes.report,
    "copy": bench_copy.report,
}


@click.command()
@click.argument("names", nargs=-1, type=click.Choice(list(BENCHMARKS)))
@click.option("--small", is_flag=True, help="Small sizes: to see that it works, not to quote.")
def main(names: tuple[str, ...], *, small: bool) -> None:
    """Measure all benchmarks, or those named; each takes less than two minutes."""
    console = Console(width=None if sys.stdout.isatty() else 150)
    for name in names or BENCHMARKS:
        show(BENCHMARKS[name](small=small), console)


if __name__ == "__main__":
    main()
