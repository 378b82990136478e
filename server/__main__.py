"""The program `forebay`: its commands, each imported when it is used."""

from importlib import import_module
from importlib.util import find_spec

import click

from server.version import program_version

COMMANDS = {
    "serve": ("server.cli.serve:serve_command", "Serve a site until SIGTERM or Ctrl-C."),
    "call": ("server.cli.call:call", "Call a command; long work is waited for."),
    "watch": ("server.cli.watch:watch", "Print events as they happen."),
    "job": ("server.cli.job:job", "Look at jobs, wait for them, cancel them."),
    "scenario": ("sim.lab.cli:scenario", "Run and compare simulated scenarios."),
    "demo": ("server.demo.command:demo", "Watch a server work, be killed, and lose nothing."),
}
"""Where each command lives and what it does; one whose module is absent is not listed."""


class Program(click.Group):
    """Imports only the command that is used, so that each starts in little time."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The commands that are installed."""
        return [name for name, (place, _) in COMMANDS.items() if _is_there(place)]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command, freshly imported."""
        if cmd_name not in self.list_commands(ctx):
            return None
        module, _, name = COMMANDS[cmd_name][0].partition(":")
        command: click.Command = getattr(import_module(module), name)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List the commands without importing them."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, COMMANDS[name][1]) for name in self.list_commands(ctx)])


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
