"""Waits for a job over a websocket, with a progress line on a terminal."""

import sys
from collections.abc import Callable
from typing import Any

import click
import trio

from core.model.errors import Deadline, Failure, ForebayError, Internal, raised
from server.cli.target import Target
from server.client import Client, open_client
from server.failures import unwrapped

Object = dict[str, Any]
LOOK_S = 0.25
"""How often the progress line is renewed."""
RUNNING, DONE, FAILED, CANCELLED = range(4)


def wait(target: Target, job_id: str, timeout_s: float) -> Object:
    """The job as it ended. Raises Deadline when it has not by then; Ctrl-C leaves it running."""
    try:
        with unwrapped():
            return trio.run(_wait, target, job_id, timeout_s)
    except KeyboardInterrupt:
        click.echo(f"\nThe job goes on. See it again with: forebay job wait {job_id}", err=True)
        sys.exit(130)


def failure_of_job(job: Object) -> ForebayError | None:
    """Why the job failed; None when it has not."""
    status = job.get("jobstatus")
    if status not in (FAILED, CANCELLED):
        return None
    result: Object = job.get("jobresult") or {}
    code = "cancelled" if status == CANCELLED else str(result.get("code", ""))
    message = str(result.get("errortext", "")) or f"job {job.get('jobid')} has failed"
    number = int(result.get("errorcode") or 530)
    if not code:
        code = _CODES.get(number, Internal.code)
    return raised(
        Failure(
            code=code,
            message=message,
            number=number,
            object=f"job/{job.get('jobid')}",
            hint=str(job.get("hint", "")),
        )
    )


_CODES = {
    533: "capacity.insufficient",
    535: "quota.exceeded",
    534: "unavailable",
    531: "auth.denied",
}


async def _wait(target: Target, job_id: str, timeout_s: float) -> Object:
    end_s = trio.current_time() + timeout_s
    show = _line if sys.stderr.isatty() else _silent
    async with open_client(target.url, target.token, tls=target.tls) as client:
        job = await _look(client, job_id, end_s, show)
    if sys.stderr.isatty():
        click.echo(err=True)
    if job.get("jobstatus") == RUNNING:
        raise Deadline(
            f"the job is still running after {timeout_s:g} s",
            object=f"job/{job_id}",
            hint=f"forebay job wait {job_id}",
        )
    return job


async def _look(
    client: Client, job_id: str, end_s: float, show: Callable[[Object], None]
) -> Object:
    while True:
        left_s = max(0.0, end_s - trio.current_time())
        look_s = LOOK_S if show is _line else 60.0
        job = await client.wait_job(job_id, min(left_s, look_s))
        show(job)
        if job.get("jobstatus") != RUNNING or left_s <= 0:
            return job


def _line(job: Object) -> None:
    total = int(job.get("total_bytes") or 0)
    done = int(job.get("done_bytes") or 0)
    words = [str(job.get("cmd", "")), f"step {job.get('step', 0)}/{job.get('steps', 0)}"]
    words.append(str(job.get("stepname", "")))
    if total:
        filled = round(24 * min(1.0, done / total))
        words.append(f"[{'#' * filled}{'.' * (24 - filled)}] {done >> 20}/{total >> 20} MiB")
    if job.get("queue_position"):
        words.append(f"queue {job['queue_position']}, waits for {job.get('waits_for', '')}")
    if job.get("eta_s"):
        words.append(f"{float(job['eta_s']):.0f} s left")
    click.echo(f"\r\x1b[K{'  '.join(word for word in words if word)}", nl=False, err=True)


def _silent(_job: Object) -> None:
    pass
