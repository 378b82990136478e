"""Commands about jobs."""

from typing import ClassVar

from core.model.commands.command import (
    Command,
    Id,
    Mode,
    OwnedListCommand,
    Text,
)


class QueryAsyncJobResult(Command, frozen=True, kw_only=True):
    """State, progress and result of a job."""

    mode: ClassVar[Mode] = Mode.QUERY
    returns: ClassVar[str] = "job"

    job_id: Id


class ListAsyncJobs(OwnedListCommand, frozen=True, kw_only=True):
    """List jobs that are not yet expired."""

    returns: ClassVar[str] = "asyncjobs"

    start_date: Text | None = None
