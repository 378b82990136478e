"""Commands about snapshots of whole virtual machines."""

from typing import ClassVar

from msgspec import field

from core.model.commands.command import Command, Id, Mode, Name, OwnedListCommand, Text


class CreateVMSnapshot(Command, frozen=True, kw_only=True):
    """Keep all disks of a machine as they are at one moment, and its memory if that is wanted."""

    mode: ClassVar[Mode] = Mode.JOB
    returns: ClassVar[str] = "vmsnapshot"

    virtual_machine_id: Id
    name: Name | None = None
    description: Text = ""
    snapshot_memory: bool = False
    quiesce_vm: bool = False


class DeleteVMSnapshot(Command, frozen=True, kw_only=True):
    """Delete a snapshot of a machine from all its disks."""

    mode: ClassVar[Mode] = Mode.JOB

    id: Id = field(name="vmsnapshotid")


class RevertToVMSnapshot(Command, frozen=True, kw_only=True):
    """Let a machine go on from one of its snapshots."""

    mode: ClassVar[Mode] = Mode.JOB
    returns: ClassVar[str] = "virtualmachine"

    id: Id = field(name="vmsnapshotid")


class CreateSnapshotFromVMSnapshot(Command, frozen=True, kw_only=True):
    """Back up one disk of a machine's snapshot as a volume snapshot."""

    mode: ClassVar[Mode] = Mode.JOB
    returns: ClassVar[str] = "snapshot"

    volume_id: Id
    vm_snapshot_id: Id
    name: Name | None = None


class ListVMSnapshot(OwnedListCommand, frozen=True, kw_only=True):
    """List snapshots of whole machines."""

    returns: ClassVar[str] = "vmSnapshot"

    id: Id | None = field(default=None, name="vmsnapshotid")
    ids: tuple[Id, ...] = field(default=(), name="vmsnapshotids")
    virtual_machine_id: Id | None = None
    name: Name | None = None
    state: Name | None = None
