"""Commands about volumes."""

from typing import ClassVar

from core.model.commands.command import (
    Command,
    Count,
    Gib,
    Id,
    Mode,
    Name,
    OwnedListCommand,
)


class CreateVolume(Command, frozen=True, kw_only=True):
    """Create a data volume from a snapshot, or as a record until it is first attached."""

    mode: ClassVar[Mode] = Mode.JOB
    returns: ClassVar[str] = "volume"

    name: Name | None = None
    zone_id: Id | None = None
    disk_offering_id: Id | None = None
    snapshot_id: Id | None = None
    size: Gib | None = None
    min_iops: Count | None = None
    max_iops: Count | None = None
    virtual_machine_id: Id | None = None
    account: Name | None = None
    domain_id: Id | None = None
    project_id: Id | None = None


class AttachVolume(Command, frozen=True, kw_only=True):
    """Attach a volume to a virtual machine; an Allocated volume is created near it first."""

    mode: ClassVar[Mode] = Mode.JOB
    returns: ClassVar[str] = "volume"

    id: Id
    virtual_machine_id: Id
    device_id: Count | None = None


class DetachVolume(Command, frozen=True, kw_only=True):
    """Detach a volume, named by its id or by virtual machine and device."""

    mode: ClassVar[Mode] = Mode.JOB
    returns: ClassVar[str] = "volume"

    id: Id | None = None
    device_id: Count | None = None
    virtual_machine_id: Id | None = None


class ResizeVolume(Command, frozen=True, kw_only=True):
    """Set the size of a volume, by size (GiB) or by a new disk offering."""

    mode: ClassVar[Mode] = Mode.JOB
    returns: ClassVar[str] = "volume"

    id: Id
    size: Gib | None = None
    disk_offering_id: Id | None = None
    shrink_ok: bool = False
    min_iops: Count | None = None
    max_iops: Count | None = None


class MigrateVolume(Command, frozen=True, kw_only=True):
    """Move a volume to another pool, live when its virtual machine runs and livemigrate is true."""

    mode: ClassVar[Mode] = Mode.JOB
    returns: ClassVar[str] = "volume"

    volume_id: Id
    storage_id: Id
    live_migrate: bool = False
    new_disk_offering_id: Id | None = None


class DeleteVolume(Command, frozen=True, kw_only=True):
    """Delete a detached volume at once and for good; its snapshots stay."""

    mode: ClassVar[Mode] = Mode.JOB_WAIT

    id: Id


class ListVolumes(OwnedListCommand, frozen=True, kw_only=True):
    """List volumes."""

    returns: ClassVar[str] = "volume"

    id: Id | None = None
    ids: tuple[Id, ...] = ()
    name: Name | None = None
    type: Name | None = None
    state: Name | None = None
    zone_id: Id | None = None
    pod_id: Id | None = None
    cluster_id: Id | None = None
    host_id: Id | None = None
    storage_id: Id | None = None
    virtual_machine_id: Id | None = None
    disk_offering_id: Id | None = None
