"""Commands about primary storage pools."""

from typing import ClassVar

from core.model.commands.command import (
    Command,
    Count,
    Id,
    ListCommand,
    Mode,
    Name,
    Role,
    Text,
    Url,
)


class CreateStoragePool(Command, frozen=True, kw_only=True):
    """Add a primary storage pool; it is probed at once."""

    role: ClassVar[Role] = Role.ADMIN
    mode: ClassVar[Mode] = Mode.JOB_WAIT
    returns: ClassVar[str] = "storagepool"

    zone_id: Id
    name: Name
    url: Url
    scope: Name | None = None
    pod_id: Id | None = None
    cluster_id: Id | None = None
    host_id: Id | None = None
    hypervisor: Name | None = None
    tags: Text | None = None
    capacity_iops: Count | None = None
    provider: Name | None = None


class ListStoragePools(ListCommand, frozen=True, kw_only=True):
    """List primary storage pools."""

    role: ClassVar[Role] = Role.ADMIN
    returns: ClassVar[str] = "storagepool"

    id: Id | None = None
    name: Name | None = None
    zone_id: Id | None = None
    pod_id: Id | None = None
    cluster_id: Id | None = None
    scope: Name | None = None
    status: Name | None = None
