"""Commands about what can be called, and what clients ask before they begin."""

from typing import ClassVar

from core.model.commands.command import Command, Id, ListCommand, Mode, Name


class ListApis(Command, frozen=True, kw_only=True):
    """List the commands that the caller may call, with their parameters."""

    mode: ClassVar[Mode] = Mode.QUERY
    returns: ClassVar[str] = "api"

    name: Name | None = None


class ListCapabilities(Command, frozen=True, kw_only=True):
    """Show what this zone's control plane can do, as clients ask before they begin."""

    mode: ClassVar[Mode] = Mode.QUERY
    returns: ClassVar[str] = "capability"


class ListOsTypes(ListCommand, frozen=True, kw_only=True):
    """List operating systems by name; they are labels of templates, nothing depends on them."""

    returns: ClassVar[str] = "ostype"

    id: Id | None = None
    description: Name | None = None
