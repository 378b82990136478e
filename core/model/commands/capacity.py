"""Commands about capacity, and alerts about too little of it."""

from typing import Annotated, ClassVar

from msgspec import Meta

from core.model.commands.command import (
    Command,
    Id,
    ListCommand,
    Name,
    Role,
    Text,
)


class ListCapacity(ListCommand, frozen=True, kw_only=True):
    """What there is, and how much of it is used, by zone and cluster.

    type: memory (0), primary storage used (2) and allocated (3), secondary (6), local (9).
    tag: only of pools with it. sortby=usage puts the fullest first. What is shown is always the
    latest.
    """

    role: ClassVar[Role] = Role.ADMIN
    returns: ClassVar[str] = "capacity"

    zone_id: Id | None = None
    pod_id: Id | None = None
    cluster_id: Id | None = None
    type: Annotated[int, Meta(ge=0, le=90)] | None = None
    fetch_latest: bool = False
    sort_by: Name | None = None
    tag: Name | None = None


class ListAlerts(ListCommand, frozen=True, kw_only=True):
    """List alerts about storage that is nearly full, but for archived ones."""

    role: ClassVar[Role] = Role.ADMIN
    returns: ClassVar[str] = "alert"

    id: Id | None = None
    name: Name | None = None
    type: Name | None = None


class ArchiveAlerts(Command, frozen=True, kw_only=True):
    """Take alerts out of the list."""

    role: ClassVar[Role] = Role.ADMIN

    ids: tuple[Id, ...] = ()
    type: Name | None = None
    start_date: Text | None = None
    end_date: Text | None = None


class DeleteAlerts(Command, frozen=True, kw_only=True):
    """Forget alerts."""

    role: ClassVar[Role] = Role.ADMIN

    ids: tuple[Id, ...] = ()
    type: Name | None = None
    start_date: Text | None = None
    end_date: Text | None = None
