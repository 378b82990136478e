"""Commands about jobs and settings."""

from typing import ClassVar

from core.model.commands.command import (
    Command,
    Id,
    ListCommand,
    Mode,
    Name,
    OwnedListCommand,
    Role,
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


class ListConfigurations(ListCommand, frozen=True, kw_only=True):
    """List settings with their values in force, at a scope if one is named."""

    role: ClassVar[Role] = Role.ADMIN
    returns: ClassVar[str] = "configuration"

    name: Name | None = None
    category: Name | None = None
    zone_id: Id | None = None
    cluster_id: Id | None = None
    storage_id: Id | None = None
    account_id: Id | None = None
    domain_id: Id | None = None


class UpdateConfiguration(Command, frozen=True, kw_only=True):
    """Change a setting, globally or at one scope; in force at once."""

    role: ClassVar[Role] = Role.ADMIN
    returns: ClassVar[str] = "configuration"

    name: Name
    value: Text | None = None
    zone_id: Id | None = None
    cluster_id: Id | None = None
    storage_id: Id | None = None
    account_id: Id | None = None
    domain_id: Id | None = None
