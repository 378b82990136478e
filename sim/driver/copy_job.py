"""A copy that a host makes of a running disk; it outlives the control plane that asked for it."""

from core.model import errors
from sim.disk.disk import Disk, Room
from sim.flow.share import Transfer


class CopyJob:
    """One copy under way, named by its operation; `waiters` counts the calls that follow it.

    A copy that is `ready` has moved all its bytes and waits for somebody to finish it.
    """

    __slots__ = ("ended", "error", "op", "ready", "size_bytes", "transfer", "waiters")

    def __init__(self, op: str, size_bytes: int) -> None:
        self.op = op
        self.size_bytes = size_bytes
        self.transfer: Transfer | None = None
        self.waiters = 0
        self.ready = False
        self.ended = False
        self.error: errors.ForebayError | None = None

    def keeps(self) -> tuple[tuple[Room, str], ...]:
        """The room that it has taken while it is under way, and under which keys."""
        return ()

    def fills(self) -> tuple[Disk, ...]:
        """The disks that it fills."""
        return ()

    def finish(self) -> None:
        """Complete the copy if it can be completed now."""
        self.end()

    def end(self, error: errors.ForebayError | None = None) -> None:
        """Let go of the disk and the target, once; without an error the copy stands."""
        if not self.ended:
            self.ended = True
            self.error = error
            self.release()

    def release(self) -> None:
        """Publish what was copied, or leave everything as it was if there is an `error`."""
