"""Jobs as callers see them (semantics section 2.1)."""

import msgspec

from core.model.commands.command import Role
from core.model.errors import Failure
from core.model.ids import MANAGEMENT_SERVER_ID
from core.model.records import Job
from core.model.states import JobStatus
from core.views.history.told import told, waited_for
from core.views.view import View, date, text


class JobView(View, frozen=True, kw_only=True):
    """CloudStack's job, and what CloudStack does not tell: progress, place, reason, time left.

    jobstatus: 0 in progress, 1 succeeded, 2 failed, 3 cancelled. waits_for: in words, absent while
    it works. eta_s: seconds until the step's bytes are copied at the rate so far.
    """

    jobid: str
    cmd: str
    jobstatus: int
    jobprocstatus: int
    jobresultcode: int
    accountid: str
    userid: str
    managementserverid: str
    phase: str
    step: int
    steps: int
    created: str | None = None
    completed: str | None = None
    jobinstancetype: str | None = None
    jobinstanceid: str | None = None
    jobresulttype: str | None = None
    jobresult: object = None
    stepname: str | None = None
    done_bytes: int | None = None
    total_bytes: int | None = None
    queue_position: int | None = None
    waits_for: str | None = None
    eta_s: float | None = None
    cancelled: bool


class JobLive(msgspec.Struct, frozen=True, kw_only=True):
    """What only the running plane knows of a job."""

    steps: int = 0
    step_name: str = ""
    done_bytes: int = 0
    total_bytes: int = 0
    position: int = 0
    waits_for: str = ""
    eta_s: float | None = None


class JobFault(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The result of a failed job, with CloudStack's two fields first."""

    errorcode: int
    errortext: str
    type: str
    object: str = ""
    hint: str = ""
    retryable: bool = False


def job_fault(failure: Failure) -> JobFault:
    """The failure as a job's result."""
    return JobFault(
        errorcode=failure.number,
        errortext=failure.message,
        type=failure.code,
        object=failure.object,
        hint=failure.hint,
        retryable=failure.retryable,
    )


def job_view(job: Job, live: JobLive, result: object, role: Role) -> JobView:
    """The job as one of that role sees it; `result` is the view of its object on success."""
    ended = job.status is not JobStatus.IN_PROGRESS
    failure = told(job.failure, role) if ended and job.failure is not None else None
    return JobView(
        jobid=job.id,
        cmd=job.command,
        jobstatus=int(job.status),
        jobprocstatus=0,
        jobresultcode=failure.number if failure is not None else 0,
        jobresulttype="object" if ended else None,
        jobresult=job_fault(failure) if failure is not None else result,
        jobinstancetype=text(job.instance_kind),
        jobinstanceid=text(job.instance_id),
        accountid=job.account_id,
        userid=job.user_id,
        managementserverid=MANAGEMENT_SERVER_ID,
        created=date(job.created_s),
        completed=date(job.completed_s),
        phase=str(job.phase),
        step=job.step,
        steps=live.steps or job.step,
        stepname=text(live.step_name),
        done_bytes=live.done_bytes or None,
        total_bytes=live.total_bytes or None,
        queue_position=live.position or None,
        waits_for=text(waited_for(live.waits_for, role)),
        eta_s=live.eta_s,
        cancelled=job.cancel,
    )
