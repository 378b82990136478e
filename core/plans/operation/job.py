"""What a job can have done that no driver does: other jobs, mostly."""

import msgspec

from core.model.commands.command import Command, command_name
from core.plans.operation.address import Operation


class Errand(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A command for another job to carry out: its name, and itself as JSON.

    bytes: how much it copies, its share of the progress; 0 is little.
    """

    command: str
    request: msgspec.Raw
    bytes: int = 0


class RunJobs(Operation, frozen=True, kw_only=True, tag="run_jobs"):
    """Have other jobs done side by side, and wait for their ends; answers JobsDone.

    tolerant: it is enough that all have ended. Else the first failure is this one's too.
    detached: it is enough that all have begun. at_once: the most that are begun before one has
    ended; 0 is as many as one job may have.
    """

    errands: tuple[Errand, ...]
    at_once: int = 0
    tolerant: bool = False
    detached: bool = False


class CancelJobs(Operation, frozen=True, kw_only=True, tag="cancel_jobs"):
    """Cancel what RunJobs of the same step has begun, `count` jobs at most."""

    count: int


class AwaitReaders(Operation, frozen=True, kw_only=True, tag="await_readers"):
    """Wait until all jobs have ended that had begun by now with a plan that names one of the paths.

    The job that asks is not among them.
    """

    paths: tuple[str, ...]


class EndJob(Operation, frozen=True, kw_only=True, tag="end_job"):
    """Cancel a job and wait until it has ended, one way or the other."""

    job_id: str


class JobsDone(msgspec.Struct, frozen=True, kw_only=True):
    """How many of the jobs succeeded and failed, and why the first one did."""

    succeeded: int
    failed: int
    message: str = ""


def errand(command: Command, size_bytes: int = 0) -> Errand:
    """The command as an errand that copies so much."""
    return Errand(
        command=command_name(type(command)),
        request=msgspec.Raw(msgspec.json.encode(command)),
        bytes=size_bytes,
    )
