"""Keeps room in a folder for files that are being made, so that two are not given the same room."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from anyio import to_thread

from core.model import errors
from drivers.folder import Folder


class Room:
    """The free bytes of one folder, less those promised to files that are still growing.

    What such a file has already written counts twice while it grows: it errs to the safe side.
    """

    def __init__(self, folder: Folder) -> None:
        self._folder = folder
        self._promised_bytes = 0

    async def free_bytes(self) -> int:
        """What can still be promised. Raises Unavailable."""
        space = await to_thread.run_sync(self._folder.space, abandon_on_cancel=True)
        return max(0, space.capacity_bytes - space.used_bytes - self._promised_bytes)

    @asynccontextmanager
    async def kept(self, need_bytes: int) -> AsyncGenerator[None]:
        """Promise `need_bytes` until the block ends. Raises NoCapacity, Unavailable."""
        free_bytes = await self.free_bytes()
        if need_bytes > free_bytes:
            message = f"{need_bytes} bytes are needed and {free_bytes} are free"
            hint = "remove something there, enlarge it, or use another"
            raise errors.NoCapacity(message, object=self._folder.subject, hint=hint)
        self._promised_bytes += need_bytes
        try:
            yield
        finally:
            self._promised_bytes -= need_bytes
