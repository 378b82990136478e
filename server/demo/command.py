"""The command: one story over a simulated zone, then over a real one, then a scenario."""

import sys
from pathlib import Path
from tempfile import TemporaryDirectory

import click
import trio
from rich.console import Console

from core.model.errors import ForebayError
from server.demo import real_zone, simulated_zone
from server.demo.process import ServerProcess
from server.demo.screen import Screen
from server.demo.story import Story
from server.failures import unwrapped
from sim.lab.report import show
from sim.lab.run import run_scenario
from sim.lab.scenario import load

SCENARIO = Path(__file__).parents[2] / "sim/lab/scenarios/snapshots-at-0230.toml"
ZONES = {"simulated": simulated_zone, "real": real_zone}
WRITE_S = 3.0


@click.command("demo")
@click.option(
    "--zone",
    "zones",
    type=click.Choice(list(ZONES)),
    multiple=True,
    default=tuple(ZONES),
    help="Tell the story over this zone only.",
)
@click.option("--scenario/--no-scenario", default=True, help="Run a scenario at the end.")
def demo(zones: tuple[str, ...], *, scenario: bool) -> None:
    """Watch Forebay run storage for a zone, be killed, and lose nothing."""
    console = Console()
    screen = Screen(console)
    try:
        for zone in zones:
            _tell(zone, screen)
        if scenario:
            screen.title("A day in the lab")
            show(run_scenario(load(SCENARIO), None), console)
    except ForebayError as error:
        console.print(f"[red]{error}[/]\n{error.hint}")
        sys.exit(1)
    screen.summary()


def _tell(name: str, screen: Screen) -> None:
    zone = ZONES[name]
    screen.title(f"A {name} zone")
    if not zone.is_possible():
        screen.say("QEMU is not installed: left out. `make test` as root installs it.")
        return
    with TemporaryDirectory(prefix="forebay-demo-") as folder, unwrapped():
        trio.run(_run, name, Path(folder), screen)


async def _run(name: str, folder: Path, screen: Screen) -> None:
    zone = ZONES[name]
    site = zone.prepare(folder)
    data = folder / "data"
    with ServerProcess(site, data) as server:
        story = Story(server, screen, name, write_s=WRITE_S)
        try:
            await story.tell()
            server.stop()
            with screen.act(name, "compare every written byte") as act:
                act.result = await zone.check(folder, story.vm_id, story.volume_id)
        finally:
            zone.clean_up(folder)
