"""Commands about policies of recurring snapshots."""

from typing import ClassVar

from core.model.commands.command import Command, Count, Id, Mode, Name, OwnedListCommand, Tags


class CreateSnapshotPolicy(Command, frozen=True, kw_only=True):
    """Have snapshots of a volume taken hourly, daily, weekly or monthly, and so many kept.

    intervaltype is HOURLY with the schedule MM, DAILY with MM:HH, WEEKLY with MM:HH:DD where day 1
    is Sunday, or MONTHLY with MM:HH:DD where days are 1 to 28. A second policy of the same interval
    replaces the first.
    """

    returns: ClassVar[str] = "snapshotpolicy"

    volume_id: Id
    interval_type: Name
    schedule: Name
    timezone: Name
    max_snaps: Count
    for_display: bool = True
    tags: Tags = ()
    zone_ids: tuple[Id, ...] = ()


class UpdateSnapshotPolicy(Command, frozen=True, kw_only=True):
    """Show or hide a policy; a hidden one takes no snapshots."""

    mode: ClassVar[Mode] = Mode.JOB
    returns: ClassVar[str] = "snapshotpolicy"

    id: Id
    for_display: bool | None = None


class DeleteSnapshotPolicies(Command, frozen=True, kw_only=True):
    """Delete policies; the snapshots that they have taken stay."""

    id: Id | None = None
    ids: tuple[Id, ...] = ()


class ListSnapshotPolicies(OwnedListCommand, frozen=True, kw_only=True):
    """List policies of recurring snapshots."""

    returns: ClassVar[str] = "snapshotpolicy"

    id: Id | None = None
    volume_id: Id | None = None
    for_display: bool | None = None
