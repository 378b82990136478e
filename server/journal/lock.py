"""The lock that lets only one server use a data directory."""

import fcntl
import os
from pathlib import Path
from types import TracebackType
from typing import Self

from core.model.errors import Conflict, Unavailable


class DirectoryLock:
    """Held from construction until `release` or the process's death; the file stays behind.

    Raises Conflict when another process holds it, Unavailable when the file cannot be made.
    """

    def __init__(self, directory: Path) -> None:
        path = directory / "lock"
        try:
            self._descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError as error:
            raise Unavailable(
                f"cannot open the lock of the data directory: {error.strerror}",
                object=f"file/{path}",
                hint="make the directory writable for the user that runs the server",
            ) from error
        try:
            fcntl.flock(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            holder = os.read(self._descriptor, 32).decode("ascii", "replace").strip()
            os.close(self._descriptor)
            raise Conflict(
                f"another server (process {holder or 'unknown'}) uses this data directory",
                object=f"directory/{directory}",
                hint="stop that server, or give this one a directory of its own with --data",
            ) from error
        os.ftruncate(self._descriptor, 0)
        os.pwrite(self._descriptor, f"{os.getpid()}\n".encode(), 0)

    def release(self) -> None:
        """Let another server in; a second call does nothing."""
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.release()
