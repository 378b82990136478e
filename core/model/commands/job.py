"""Commands about jobs, and the events that they are."""

from typing import ClassVar

from core.model.commands.command import (
    Command,
    Id,
    Mode,
    Name,
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
    management_server_id: Id | None = None


class ListEvents(OwnedListCommand, frozen=True, kw_only=True):
    """List what was done: an event for each command that changed something, until it expires."""

    returns: ClassVar[str] = "event"

    id: Id | None = None
    type: Name | None = None
    level: Name | None = None
    state: Name | None = None
    resource_id: Id | None = None
    resource_type: Name | None = None
    start_date: Text | None = None
    end_date: Text | None = None
    archived: bool = False


class ArchiveEvents(Command, frozen=True, kw_only=True):
    """Take events out of the list; archived=true lists them."""

    ids: tuple[Id, ...] = ()
    type: Name | None = None
    start_date: Text | None = None
    end_date: Text | None = None


class DeleteEvents(Command, frozen=True, kw_only=True):
    """Take events out of all lists."""

    ids: tuple[Id, ...] = ()
    type: Name | None = None
    start_date: Text | None = None
    end_date: Text | None = None
