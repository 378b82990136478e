"""What Forebay asks of itself; nobody else may."""

from typing import ClassVar

from core.model.commands.command import Command, Id, Mode, Role, Text


class BackUpSnapshot(Command, frozen=True, kw_only=True):
    """Back up a snapshot that was taken with asyncbackup, and copy it to other zones."""

    mode: ClassVar[Mode] = Mode.JOB

    id: Id
    zone_ids: tuple[Id, ...] = ()


class AddLocalPool(Command, frozen=True, kw_only=True):
    """Make a pool of a folder that a host reports as its local storage."""

    role: ClassVar[Role] = Role.ADMIN
    mode: ClassVar[Mode] = Mode.JOB

    host_id: Id
    uuid: Id
    path: Text


class AdoptDatastores(Command, frozen=True, kw_only=True):
    """Make a datastore cluster's pools those that vCenter has put into it."""

    role: ClassVar[Role] = Role.ADMIN
    mode: ClassVar[Mode] = Mode.JOB
    id: Id


class TakeUpload(Command, frozen=True, kw_only=True):
    """Take in the bytes that come with an upload's ticket."""

    mode: ClassVar[Mode] = Mode.JOB

    id: Id


class RemoveLink(Command, frozen=True, kw_only=True):
    """Forget a link to download, and remove the copy that was made for it."""

    role: ClassVar[Role] = Role.ADMIN
    mode: ClassVar[Mode] = Mode.JOB

    id: Id


class SeedTemplate(Command, frozen=True, kw_only=True):
    """Copy a template to a pool, unless it is there."""

    role: ClassVar[Role] = Role.ADMIN
    mode: ClassVar[Mode] = Mode.JOB

    template_id: Id
    pool_id: Id


class UnpackTemplate(Command, frozen=True, kw_only=True):
    """Make templates of the data disks in a template's OVA, in its zone and others."""

    mode: ClassVar[Mode] = Mode.JOB

    id: Id
    zone_ids: tuple[Id, ...] = ()


class EvictTemplate(Command, frozen=True, kw_only=True):
    """Remove a copy of a template that nobody needs from its pool."""

    role: ClassVar[Role] = Role.ADMIN
    mode: ClassVar[Mode] = Mode.JOB

    id: Text


class ExpungeVolume(Command, frozen=True, kw_only=True):
    """Remove a destroyed volume for good: what garbage collection begins."""

    role: ClassVar[Role] = Role.ADMIN
    mode: ClassVar[Mode] = Mode.JOB
    returns: ClassVar[str] = "volume"

    id: Id


class EvacuateMachine(Command, frozen=True, kw_only=True):
    """Let a machine leave a host that prepares for maintenance."""

    role: ClassVar[Role] = Role.ADMIN
    mode: ClassVar[Mode] = Mode.JOB

    id: Id
    host_id: Id


class MoveImages(Command, frozen=True, kw_only=True):
    """Move an image, or a chain of them, to another image store; none is left behind."""

    role: ClassVar[Role] = Role.ADMIN
    mode: ClassVar[Mode] = Mode.JOB

    ref_ids: tuple[Id, ...]
    store_id: Id


class MoveLateImages(Command, frozen=True, kw_only=True):
    """Move what a complete migration has left on its source, or what has come there since."""

    role: ClassVar[Role] = Role.ADMIN
    mode: ClassVar[Mode] = Mode.JOB

    migration_id: Id
    dest_pools: tuple[Id, ...]
