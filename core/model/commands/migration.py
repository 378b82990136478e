"""Commands that move machines to other hosts, with or without their volumes."""

from typing import Annotated, ClassVar

import msgspec
from msgspec import Meta

from core.model.commands.command import Command, Id, ListCommand, Mode, Role


class MigrateVirtualMachine(Command, frozen=True, kw_only=True):
    """Move a running machine to another host, or the volumes of a stopped one to another pool."""

    role: ClassVar[Role] = Role.ADMIN
    mode: ClassVar[Mode] = Mode.JOB
    returns: ClassVar[str] = "virtualmachine"

    virtual_machine_id: Id
    host_id: Id | None = None
    storage_id: Id | None = None
    autoselect: bool = False


class VolumeTarget(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A volume and the pool that it is to be on."""

    volume: Id
    pool: Id


VolumeTargets = Annotated[tuple[VolumeTarget, ...], Meta(max_length=256)]


class MigrateVirtualMachineWithVolume(Command, frozen=True, kw_only=True):
    """Move a running machine to another host together with its volumes.

    Without a host, the volumes of a stopped machine go to the pools named.
    """

    role: ClassVar[Role] = Role.ADMIN
    mode: ClassVar[Mode] = Mode.JOB
    returns: ClassVar[str] = "virtualmachine"

    virtual_machine_id: Id
    host_id: Id | None = None
    migrate_to: VolumeTargets = ()
    autoselect: bool = False


class FindHostsForMigration(ListCommand, frozen=True, kw_only=True):
    """List the hosts that a running machine could move to, and whether its volumes must too."""

    role: ClassVar[Role] = Role.ADMIN
    returns: ClassVar[str] = "host"

    virtual_machine_id: Id
