"""Commands about image stores."""

from collections.abc import Mapping
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


class AddImageStore(Command, frozen=True, kw_only=True):
    """Add a secondary image store; it is probed at once.

    All stores have the same provider. Without zoneid the store serves all zones, which NFS cannot.
    """

    role: ClassVar[Role] = Role.ADMIN
    mode: ClassVar[Mode] = Mode.JOB_WAIT
    returns: ClassVar[str] = "imagestore"

    provider: Name
    url: Url
    name: Name | None = None
    zone_id: Id | None = None
    details: Mapping[Name, Text] | None = None


class UpdateImageStore(Command, frozen=True, kw_only=True):
    """Rename an image store, cordon it off from new objects, or set its capacity in bytes.

    A store that is read-only still serves and deletes what it holds. A capacity of 0 lets the
    store say itself how large it is.
    """

    role: ClassVar[Role] = Role.ADMIN
    returns: ClassVar[str] = "imagestore"
    envelope: ClassVar[str] = "updateImageStore"

    id: Id
    name: Name | None = None
    readonly: bool | None = None
    capacity_bytes: Count | None = None


class DeleteImageStore(Command, frozen=True, kw_only=True):
    """Forget an image store; it must not hold snapshots, volumes or users' templates."""

    role: ClassVar[Role] = Role.ADMIN

    id: Id


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


class DownloadImageStoreObject(Command, frozen=True, kw_only=True):
    """Answer a link under which a file of an image store can be downloaded."""

    role: ClassVar[Role] = Role.ADMIN
    mode: ClassVar[Mode] = Mode.JOB
    returns: ClassVar[str] = "template"

    id: Id
    path: Text | None = None


class MigrateSecondaryStorageData(Command, frozen=True, kw_only=True):
    """Move templates, snapshots and volumes from an image store to others of its zone.

    migrationtype "complete" empties the store, which is read-only from then on; "balance" moves
    just as much as makes the stores evenly full. Chains of snapshots move whole or not at all.
    """

    role: ClassVar[Role] = Role.ADMIN
    mode: ClassVar[Mode] = Mode.JOB
    returns: ClassVar[str] = "imagestore"

    src_pool: Id
    dest_pools: tuple[Id, ...]
    migration_type: Name = "complete"


class MigrateResourceToAnotherSecondaryStorage(Command, frozen=True, kw_only=True):
    """Move these templates and snapshots, each with its chain, to another image store."""

    role: ClassVar[Role] = Role.ADMIN
    mode: ClassVar[Mode] = Mode.JOB
    returns: ClassVar[str] = "imagestore"

    src_pool: Id
    dest_pool: Id
    templates: tuple[Id, ...] = ()
    snapshots: tuple[Id, ...] = ()
