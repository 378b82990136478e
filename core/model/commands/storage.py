"""Commands about storage pools, image stores and capacity."""

from typing import Annotated, ClassVar

from msgspec import Meta

from core.model.commands.command import (
    Command,
    Count,
    Id,
    ListCommand,
    Mode,
    Name,
    Role,
    Text,
)
from core.model.commands.infrastructure import Url


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


class AddImageStore(Command, frozen=True, kw_only=True):
    """Add a secondary image store; it is probed at once."""

    role: ClassVar[Role] = Role.ADMIN
    mode: ClassVar[Mode] = Mode.JOB_WAIT
    returns: ClassVar[str] = "imagestore"

    provider: Name
    url: Url
    name: Name | None = None
    zone_id: Id | None = None


class ListImageStores(ListCommand, frozen=True, kw_only=True):
    """List image stores."""

    role: ClassVar[Role] = Role.ADMIN
    returns: ClassVar[str] = "imagestore"

    id: Id | None = None
    name: Name | None = None
    zone_id: Id | None = None
    provider: Name | None = None
    protocol: Name | None = None
    readonly: bool | None = None


class ListCapacity(ListCommand, frozen=True, kw_only=True):
    """Capacity of primary (3), local (9) and secondary (6) storage by zone and cluster."""

    role: ClassVar[Role] = Role.ADMIN
    returns: ClassVar[str] = "capacity"

    zone_id: Id | None = None
    pod_id: Id | None = None
    cluster_id: Id | None = None
    type: Annotated[int, Meta(ge=0, le=90)] | None = None
    fetch_latest: bool = False
