"""Commands about capacity."""

from typing import Annotated, ClassVar

from msgspec import Meta

from core.model.commands.command import (
    Id,
    ListCommand,
    Name,
    Role,
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
