"""Commands about capacity."""

from typing import Annotated, ClassVar

from msgspec import Meta

from core.model.commands.command import (
    Id,
    ListCommand,
    Role,
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
