"""The program `forebay`: its commands, each imported when it is used."""

from importlib import import_module
from importlib.util import find_spec

import click

from server.version import program_version

COMMANDS = {
    "serve": "server.cli.serve:serve_command",
    "call": "server.cli.call:call",
    "watch": "server.cli.watch:watch",
    "job": "server.cli.job:job",
    "scenario": "sim.lab.cli:scenario",
}
"""Where each command lives; `scenario` is there when the lab is."""


class Program(click.Group):
    """Imports only the command that is used, so that each starts in little time."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The commands that are installed."""
        return [name for name, place in COMMANDS.items() if _is_there(place)]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command, freshly imported."""
        place = COMMANDS.get(cmd_name)
        if place is None or not _is_there(place):
            return None
        module, _, name = place.partition(":")
        command: click.Command = getattr(import_module(module), name)
        return command


def _is_there(place: str) -> bool:
    try:
        return find_spec(place.partition(":")[0]) is not None
    except ModuleNotFoundError:
        return False


@click.group(cls=Program, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(program_version(), prog_name="forebay")
def main() -> None:
    """Forebay: the storage control plane of a VM cloud."""


if __name__ == "__main__":
    main()
