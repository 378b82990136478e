"""Commands about image stores."""

from typing import ClassVar

from core.model.commands.command import (
    Command,
    Id,
    ListCommand,
    Mode,
    Name,
    Role,
    Text,
    Url,
)


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


class ListImageStoreObjects(ListCommand, frozen=True, kw_only=True):
    """List what lies at a path of an image store, and whose it is; a file's path lists the file."""

    role: ClassVar[Role] = Role.ADMIN
    mode: ClassVar[Mode] = Mode.LOOK
    returns: ClassVar[str] = "datastoreobject"

    id: Id
    path: Text | None = None
