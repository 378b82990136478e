"""`forebay job`: look at jobs, wait for them, cancel them."""

from pathlib import Path

import click

from core.model.errors import ForebayError
from server.cli.call import server_options
from server.cli.output import FORMATS, chosen_format, fail, show
from server.cli.post import Object, post
from server.cli.target import Target, find_target

_output = click.option(
    "-o", "--output", "form", type=click.Choice(FORMATS), help="Form of the answer."
)


@click.group()
@server_options
@click.pass_context
def job(
    ctx: click.Context, url: str | None, token: str | None, data: Path | None, ca: Path | None
) -> None:
    """Look at jobs, wait for them, cancel them."""
    ctx.obj = {"url": url, "token": token, "data": data, "ca": ca}


@job.command("list")
@_output
@click.pass_obj
def list_jobs(options: Object, form: str | None) -> None:
    """List jobs that are not yet expired."""
    _print(options, "listAsyncJobs", {}, form)


@job.command("show")
@click.argument("job_id")
@_output
@click.pass_obj
def show_job(options: Object, job_id: str, form: str | None) -> None:
    """Show one job."""
    _print(options, "queryAsyncJobResult", {"jobid": job_id}, form, part="job")


@job.command("cancel")
@click.argument("job_id")
@_output
@click.pass_obj
def cancel_job(options: Object, job_id: str, form: str | None) -> None:
    """Ask a job to stop; says what will become of it."""
    _print(options, "job.cancel", {"jobid": job_id}, form)


@job.command("wait")
@click.argument("job_id")
@click.option("--wait-s", "timeout_s", type=float, default=3600.0, help="How long at most.")
@_output
@click.pass_obj
def wait_job(options: Object, job_id: str, timeout_s: float, form: str | None) -> None:
    """Wait for the end of a job and print its result."""
    from server.cli.waiting import failure_of_job, wait  # noqa: PLC0415  (trio is slow to import)

    try:
        ended = wait(_target(options), job_id, timeout_s)
        failure = failure_of_job(ended)
        if failure is not None:
            raise failure
        show(ended.get("jobresult", ended), chosen_format(form))
    except ForebayError as error:
        fail(error, form)


def _print(options: Object, method: str, params: Object, form: str | None, part: str = "") -> None:
    try:
        answer: Object = post(_target(options), method, params)
        show(answer.get(part, answer), chosen_format(form))
    except ForebayError as error:
        fail(error, form)


def _target(options: Object) -> Target:
    return find_target(**options)
