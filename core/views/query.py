"""Answers to the commands that only read."""

from collections.abc import Callable
from typing import Any

from core.model.commands.command import Command
from core.model.commands.job import ListAsyncJobs, QueryAsyncJobResult
from core.model.commands.registry import JOB_COMMANDS
from core.model.ids import MANAGEMENT_SERVER_ID
from core.model.inventory import Inventory, unknown
from core.model.records import (
    KINDS,
    Job,
)
from core.model.states import JobStatus
from core.plans.context import Context
from core.plans.moment import moment_s
from core.views.history.job import JobLive, JobView, job_view
from core.views.listing import Answer, Listing, listed
from core.views.table import LISTINGS, QUERIES, view_of

Live = Callable[[Job], JobLive]
IDLE = JobLive()


def query(context: Context, command: Command, live: Live) -> Answer:
    """The answer. Raises NotFound, Invalid."""
    kind = type(command)
    if kind in LISTINGS:
        count, page = listed(context, command, LISTINGS[kind])  # type: ignore[arg-type]
        return {"count": count, command.returns: page}
    return (
        QUERIES[kind](context, command) if kind in QUERIES else JOBS[kind](context, command, live)
    )


def job_answer(context: Context, job: Job, live: Live) -> JobView:
    """The job as the caller sees it, with its object once it has succeeded."""
    inventory = context.inventory
    result: object = None
    if job.status is JobStatus.SUCCEEDED:
        result = {"success": True}
        kind = KINDS.get(job.instance_kind)
        record = inventory.find(kind, job.instance_id) if kind is not None else None
        if record is not None and JOB_COMMANDS[job.command].returns != "success":
            key, view = view_of(inventory, record)
            result = {key: view}
    now = live(job) if job.status is JobStatus.IN_PROGRESS else IDLE
    return job_view(job, now, result, context.caller.role)


def find_job(context: Context, job_id: str) -> Job:
    """The job, if the caller may see it. Raises NotFound."""
    job = context.get(Job, job_id)
    if job.command not in JOB_COMMANDS:
        raise unknown(Job, job_id)
    return job


def _job(context: Context, command: QueryAsyncJobResult, live: Live) -> Answer:
    view = job_answer(context, find_job(context, command.job_id), live)
    return {"job": view}


def _is_ours(context: Context, job: Job, server_id: str) -> bool:
    return server_id == MANAGEMENT_SERVER_ID


def _jobs(context: Context, command: ListAsyncJobs, live: Live) -> Answer:
    since_s = moment_s(command.start_date, 0.0)

    def view(inventory: Inventory, job: Job) -> JobView:
        return job_answer(context, job, live)

    def is_left_out(job: Job) -> bool:
        return job.created_s < since_s or job.command not in JOB_COMMANDS

    tests = {"management_server_id": _is_ours}
    listing = Listing(Job, view, tests=tests, hidden=is_left_out)
    count, page = listed(context, command, listing)
    return {"count": count, command.returns: page}


JOBS: dict[type[Command], Callable[[Context, Any, Live], Answer]] = {
    QueryAsyncJobResult: _job,
    ListAsyncJobs: _jobs,
}
