"""Commands about settings."""

from typing import ClassVar

from core.model.commands.command import (
    Command,
    Id,
    ListCommand,
    Name,
    Role,
    Text,
)


class ListConfigurations(ListCommand, frozen=True, kw_only=True):
    """List settings with their values in force, at a scope if one is named."""

    role: ClassVar[Role] = Role.ADMIN
    returns: ClassVar[str] = "configuration"

    name: Name | None = None
    category: Name | None = None
    group: Name | None = None
    subgroup: Name | None = None
    parent: Name | None = None
    zone_id: Id | None = None
    cluster_id: Id | None = None
    storage_id: Id | None = None
    account_id: Id | None = None
    domain_id: Id | None = None
    image_store_uuid: Id | None = None


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
    image_store_uuid: Id | None = None


class ResetConfiguration(Command, frozen=True, kw_only=True):
    """Give a setting its default again, or at one scope the value that is in force around it."""

    role: ClassVar[Role] = Role.ADMIN
    returns: ClassVar[str] = "configuration"

    name: Name
    zone_id: Id | None = None
    cluster_id: Id | None = None
    storage_id: Id | None = None
    account_id: Id | None = None
    domain_id: Id | None = None
    image_store_id: Id | None = None
