"""Commands about snapshots."""

from typing import ClassVar

from core.model.commands.command import Command, Id, Mode, Name, OwnedListCommand


class CreateSnapshot(Command, frozen=True, kw_only=True):
    """Take a snapshot of a volume and back it up to an image store."""

    mode: ClassVar[Mode] = Mode.JOB
    returns: ClassVar[str] = "snapshot"

    volume_id: Id
    name: Name | None = None
    account: Name | None = None
    domain_id: Id | None = None
    quiesce_vm: bool = False
    location_type: Name | None = None


class DeleteSnapshot(Command, frozen=True, kw_only=True):
    """Delete a snapshot from the image store and from primary storage."""

    mode: ClassVar[Mode] = Mode.JOB

    id: Id


class ListSnapshots(OwnedListCommand, frozen=True, kw_only=True):
    """List snapshots."""

    returns: ClassVar[str] = "snapshot"

    id: Id | None = None
    ids: tuple[Id, ...] = ()
    name: Name | None = None
    volume_id: Id | None = None
    zone_id: Id | None = None
    snapshot_type: Name | None = None
    interval_type: Name | None = None
