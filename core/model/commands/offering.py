"""Commands about disk and service offerings."""

from typing import Annotated, ClassVar

from msgspec import Meta

from core.model.commands.command import (
    Command,
    Count,
    Gib,
    Id,
    ListCommand,
    Name,
    Role,
    Text,
)


class CreateDiskOffering(Command, frozen=True, kw_only=True):
    """Create a disk offering: a fixed disksize (GiB), or customized."""

    role: ClassVar[Role] = Role.ADMIN
    returns: ClassVar[str] = "diskoffering"

    name: Name
    display_text: Text | None = None
    disk_size: Gib | None = None
    customized: bool = False
    storage_type: Name = "shared"
    provisioning_type: Name = "thin"
    tags: Text | None = None
    min_iops: Count | None = None
    max_iops: Count | None = None
    customized_iops: bool | None = None


class ListDiskOfferings(ListCommand, frozen=True, kw_only=True):
    """List disk offerings."""

    returns: ClassVar[str] = "diskoffering"

    id: Id | None = None
    name: Name | None = None
    storage_type: Name | None = None


class CreateServiceOffering(Command, frozen=True, kw_only=True):
    """Create a service offering: processors, memory (MiB) and the kind of root disk."""

    role: ClassVar[Role] = Role.ADMIN
    returns: ClassVar[str] = "serviceoffering"

    name: Name
    display_text: Text | None = None
    cpu_number: Annotated[int, Meta(ge=1, le=4096)] = 1
    cpu_speed: Annotated[int, Meta(ge=1, le=1 << 20)] = 1000
    memory: Annotated[int, Meta(ge=1, le=1 << 31, description="MiB")] = 512
    storage_type: Name = "shared"
    tags: Text | None = None
    root_disk_size: Gib | None = None
    offer_ha: bool = False
    is_volatile: bool = False


class ListServiceOfferings(ListCommand, frozen=True, kw_only=True):
    """List service offerings."""

    returns: ClassVar[str] = "serviceoffering"

    id: Id | None = None
    name: Name | None = None
