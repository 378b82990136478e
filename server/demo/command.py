"""The command: one story over a simulated zone, then over a real one, then a scenario."""

import shutil
import sys
from pathlib import Path
from tempfile import mkdtemp

import click
import trio
from rich.console import Console
from rich.markup import escape

from core.model.errors import Deadline, ForebayError
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
STORY_S = 180.0
INTERRUPTED = 130
LAB = (
    "500 machines for one virtual day, all snapshotted at 02:30. How many snapshots at a time "
    "should a host take? The same control plane tries three answers."
)
CLOSING = (
    "Nothing was lost. To run a zone yourself: `forebay serve --data DIRECTORY`, and beside it "
    "`forebay call --data DIRECTORY listStoragePools`. README.md tells more."
)


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
            screen.say(LAB)
            show(run_scenario(load(SCENARIO), None), console)
    except ForebayError as error:
        console.print(f"[red]{escape(str(error))}[/]\n{escape(error.hint)}", soft_wrap=True)
        sys.exit(1)
    except KeyboardInterrupt:
        screen.say("Stopped.")
        sys.exit(INTERRUPTED)
    screen.summary()
    screen.say(CLOSING)


def _tell(name: str, screen: Screen) -> None:
    zone = ZONES[name]
    screen.title(f"A {name} zone")
    screen.say(zone.ABOUT)
    if not zone.is_possible():
        screen.say("QEMU is not installed: left out. `make test` as root installs it.")
        return
    folder = Path(mkdtemp(prefix="forebay-demo-"))
    keeps = False
    try:
        with unwrapped():
            trio.run(_run, name, folder, screen)
    except ForebayError:
        keeps = True
        screen.say(f"The zone's files, and its server's log, are kept in {folder}.")
        raise
    finally:
        if not keeps:
            shutil.rmtree(folder)


async def _run(name: str, folder: Path, screen: Screen) -> None:
    zone = ZONES[name]
    site = zone.prepare(folder)
    data = folder / "data"
    with ServerProcess(site, data) as server:
        story = Story(server, screen, name, write_s=WRITE_S)
        try:
            with trio.fail_after(STORY_S):
                await story.tell()
            server.stop()
            with screen.act(name, "compare every written byte") as act:
                act.result = await zone.check(folder, story.vm_id, story.volume_id)
        except trio.TooSlowError:
            hint = "see the server's log"
            raise Deadline("the story took too long", object=f"zone/{name}", hint=hint) from None
        finally:
            zone.clean_up(folder)
