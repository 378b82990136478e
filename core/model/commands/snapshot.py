"""Commands about snapshots."""

from typing import ClassVar

from core.model.commands.command import Command, Id, Mode, Name, OwnedListCommand, Tags


class CreateSnapshot(Command, frozen=True, kw_only=True):
    """Take a snapshot of a volume and back it up to an image store."""

    mode: ClassVar[Mode] = Mode.JOB
    returns: ClassVar[str] = "snapshot"

    volume_id: Id
    policy_id: Id | None = None
    name: Name | None = None
    account: Name | None = None
    domain_id: Id | None = None
    quiesce_vm: bool = False
    location_type: Name | None = None
    async_backup: bool = False
    tags: Tags = ()
    zone_ids: tuple[Id, ...] = ()


class DeleteSnapshot(Command, frozen=True, kw_only=True):
    """Delete a snapshot from its pool and all image stores, or from those of one zone."""

    mode: ClassVar[Mode] = Mode.JOB

    id: Id
    zone_id: Id | None = None


class RevertSnapshot(Command, frozen=True, kw_only=True):
    """Let a volume be again as it was when the snapshot was taken."""

    mode: ClassVar[Mode] = Mode.JOB
    returns: ClassVar[str] = "snapshot"

    id: Id


class ArchiveSnapshot(Command, frozen=True, kw_only=True):
    """Move a snapshot that is only on primary storage to an image store."""

    mode: ClassVar[Mode] = Mode.JOB
    returns: ClassVar[str] = "snapshot"
    envelope: ClassVar[str] = "createsnapshotresponse"

    id: Id


class CopySnapshot(Command, frozen=True, kw_only=True):
    """Copy a snapshot to image stores of other zones."""

    mode: ClassVar[Mode] = Mode.JOB
    returns: ClassVar[str] = "snapshot"

    id: Id
    source_zone_id: Id | None = None
    dest_zone_id: Id | None = None
    dest_zone_ids: tuple[Id, ...] = ()


class ExtractSnapshot(Command, frozen=True, kw_only=True):
    """Answer a link under which a snapshot can be downloaded; VMware's is packed first."""

    mode: ClassVar[Mode] = Mode.JOB
    returns: ClassVar[str] = "snapshot"

    id: Id
    zone_id: Id


class ListSnapshots(OwnedListCommand, frozen=True, kw_only=True):
    """List snapshots: one row for each zone that has one, with showunique one for each."""

    returns: ClassVar[str] = "snapshot"

    id: Id | None = None
    ids: tuple[Id, ...] = ()
    name: Name | None = None
    volume_id: Id | None = None
    zone_id: Id | None = None
    snapshot_type: Name | None = None
    interval_type: Name | None = None
    location_type: Name | None = None
    image_store_id: Id | None = None
    storage_id: Id | None = None
    show_unique: bool = False
