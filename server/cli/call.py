"""`forebay call COMMAND`: every command of the registry, with its fields as options."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, ParamSpec, TypeVar

import click

from core.model.commands.command import Command, Mode
from core.model.commands.registry import COMMANDS
from core.model.errors import ForebayError
from server.cli.output import FORMATS, chosen_format, fail, show
from server.cli.parameters import Object, options, wire_parameters
from server.cli.post import post
from server.cli.target import Target, find_target
from server.nearest import suggestion

P = ParamSpec("P")
R = TypeVar("R")
WAIT_S = 3600.0
READS = (Mode.QUERY, Mode.LOOK)


def server_options(function: Callable[P, R]) -> Callable[P, R]:
    """The options by which a command finds its server."""
    for option in (
        click.option("--ca", type=click.Path(path_type=Path), help="Certificate file to trust."),
        click.option(
            "--data", type=click.Path(path_type=Path), help="Data directory of a local server."
        ),
        click.option("--token", help="Token of the user."),
        click.option("--url", help="URL of the server."),
    ):
        function = option(function)
    return function


class CallGroup(click.Group):
    """Makes the subcommand for a command of the registry when it is asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """All commands of the registry."""
        return sorted(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The subcommand, its name in any case. Raises UsageError with what may be meant."""
        names = {name.lower(): name for name in COMMANDS}
        name = names.get(cmd_name.lower())
        if name is not None:
            return _subcommand(name, COMMANDS[name])
        meant = suggestion(cmd_name, COMMANDS) or "`forebay call --help` lists all"
        raise click.UsageError(f"there is no command {cmd_name}; {meant}", ctx)


@click.group(cls=CallGroup)
@server_options
@click.pass_context
def call(
    ctx: click.Context, url: str | None, token: str | None, data: Path | None, ca: Path | None
) -> None:
    """Call a command; long work is waited for."""
    ctx.obj = {"url": url, "token": token, "data": data, "ca": ca}


def _subcommand(name: str, kind: type[Command]) -> click.Command:
    def run(**given: Any) -> None:
        no_wait, timeout_s = given.pop("no_wait", False), given.pop("timeout_s", WAIT_S)
        form = given.pop("form")
        dry_run, key = given.pop("dry_run", False), given.pop("idempotency_key", None)
        meta = {"dry_run": dry_run or None, "key": key}
        context = click.get_current_context()
        try:
            target = find_target(**context.obj)
            params = wire_parameters(kind, given)
            meta = {field: value for field, value in meta.items() if value}
            if meta:
                params["meta"] = meta
            _run(target, name, kind, params, None if no_wait or dry_run else timeout_s, form)
        except ForebayError as error:
            fail(error, form)

    params: list[click.Parameter] = [*options(kind), *_own_options(kind)]
    return click.Command(name, callback=run, params=params, help=(kind.__doc__ or "").strip())


def _own_options(kind: type[Command]) -> list[click.Option]:
    """What may be said of the call itself: of reading only its form, of jobs how to wait."""
    waiting = [
        click.Option(["--no-wait", "no_wait"], is_flag=True, help="Print the job and return."),
        click.Option(
            ["--wait-s", "timeout_s"],
            type=float,
            default=WAIT_S,
            help="How long to wait for a job.",
        ),
    ]
    has_key = "key" in kind.__struct_fields__
    key = "--idempotency-key" if has_key else "--key"
    changing = [
        click.Option(["--dry-run", "dry_run"], is_flag=True, help="Print the plan; do nothing."),
        click.Option([key, "idempotency_key"], help="Idempotency key."),
    ]
    form = click.Option(
        ["-o", "--output", "form"], type=click.Choice(FORMATS), help="Form of the answer."
    )
    return [
        *(waiting if kind.mode is Mode.JOB else ()),
        *(changing if kind.mode not in READS else ()),
        form,
    ]


def _run(
    target: Target,
    name: str,
    kind: type[Command],
    params: Object,
    timeout_s: float | None,
    form: str | None,
) -> None:
    answer: Object = post(target, name, params, 3600.0 if kind.mode is Mode.JOB_WAIT else 60.0)
    job_id = answer.get("jobid")
    if kind.mode is Mode.JOB and job_id and timeout_s is not None:
        # Only waiting needs a websocket, and with it trio, whose import takes longer than a call.
        from server.cli.waiting import failure_of_job, wait  # noqa: PLC0415

        job = wait(target, str(job_id), timeout_s)
        failure = failure_of_job(job)
        if failure is not None:
            raise failure
        answer = job.get("jobresult", job)
    show(answer, chosen_format(form))
