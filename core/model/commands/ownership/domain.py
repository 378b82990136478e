"""Commands about domains."""

from typing import ClassVar, Literal

from core.model.commands.command import (
    Command,
    Id,
    ListCommand,
    Mode,
    Name,
    NetworkDomain,
    Role,
    ShowIcon,
    TagShown,
)


class CreateDomain(Command, frozen=True, kw_only=True):
    """Create a domain below another one."""

    role: ClassVar[Role] = Role.DOMAIN_ADMIN
    returns: ClassVar[str] = "domain"

    name: Name
    parent_domain_id: Id | None = None
    domain_id: Id | None = None
    network_domain: NetworkDomain | None = None


class UpdateDomain(Command, frozen=True, kw_only=True):
    """Give a domain another name, or its machines another suffix; only what is given changes."""

    role: ClassVar[Role] = Role.DOMAIN_ADMIN
    returns: ClassVar[str] = "domain"

    id: Id
    name: Name | None = None
    network_domain: NetworkDomain | None = None


class DeleteDomain(Command, frozen=True, kw_only=True):
    """Delete a domain; with cleanup together with its accounts and the domains below it."""

    role: ClassVar[Role] = Role.DOMAIN_ADMIN
    mode: ClassVar[Mode] = Mode.JOB

    id: Id
    cleanup: bool = False


class ListDomains(ListCommand, frozen=True, kw_only=True):
    """List domains that the caller may see, with what they use and may use."""

    returns: ClassVar[str] = "domain"

    id: Id | None = None
    details: tuple[Literal["all", "resource", "min"], ...] = ()
    name: Name | None = None
    level: int | None = None
    list_all: bool = False
    show_icon: ShowIcon = False
    tag: TagShown | None = None


class ListDomainChildren(ListCommand, frozen=True, kw_only=True):
    """List the domains right below one, or all of them."""

    returns: ClassVar[str] = "domain"

    id: Id | None = None
    name: Name | None = None
    is_recursive: bool = False
    list_all: bool = False
