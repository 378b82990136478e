"""What Forebay asks of itself; nobody else may."""

from typing import ClassVar

from core.model.commands.command import Command, Id, Mode, Role


class ExpungeVolume(Command, frozen=True, kw_only=True):
    """Remove a destroyed volume for good: what garbage collection begins."""

    role: ClassVar[Role] = Role.ADMIN
    mode: ClassVar[Mode] = Mode.JOB
    returns: ClassVar[str] = "volume"

    id: Id
