"""Commands about what accounts, projects and domains may use, and do use."""

from typing import Annotated, ClassVar

from msgspec import Meta

from core.model.commands.command import Command, Id, ListCommand, Name, Role

ResourceType = Annotated[int, Meta(ge=0, le=16, description="CloudStack's number")]


class UpdateResourceLimit(Command, frozen=True, kw_only=True):
    """Set a limit; storage counts in GiB, -1 is no limit.

    tag: only what offerings with this tag give; resource.limit.storage.tags and
    resource.limit.host.tags say which tags have limits.
    """

    role: ClassVar[Role] = Role.DOMAIN_ADMIN
    returns: ClassVar[str] = "resourcelimit"

    resource_type: ResourceType
    max: Annotated[int, Meta(ge=-(1 << 53), le=1 << 53)] = -1
    account: Name | None = None
    domain_id: Id | None = None
    project_id: Id | None = None
    tag: Name | None = None


class ListResourceLimits(ListCommand, frozen=True, kw_only=True):
    """List the limits in force of an account, a project or a domain."""

    returns: ClassVar[str] = "resourcelimit"

    account: Name | None = None
    domain_id: Id | None = None
    project_id: Id | None = None
    resource_type: ResourceType | None = None
    resource_type_name: Name | None = None
    tag: Name | None = None
    list_all: bool = False
    is_recursive: bool = False


class UpdateResourceCount(ListCommand, frozen=True, kw_only=True):
    """Count again what a domain, or an account in it, uses."""

    role: ClassVar[Role] = Role.DOMAIN_ADMIN
    returns: ClassVar[str] = "resourcecount"

    domain_id: Id
    account: Name | None = None
    project_id: Id | None = None
    resource_type: ResourceType | None = None
    tag: Name | None = None
