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
    """Capacity of primary (3), local (9) and secondary (6) storage by zone and cluster."""

    role: ClassVar[Role] = Role.ADMIN
    returns: ClassVar[str] = "capacity"

    zone_id: Id | None = None
    pod_id: Id | None = None
    cluster_id: Id | None = None
    type: Annotated[int, Meta(ge=0, le=90)] | None = None
    fetch_latest: bool = False


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
