"""Keeps room in a folder for files that are being made, so that two are not given the same room."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from threading import Lock

from anyio import to_thread

from core.model import errors
from drivers.folder import Folder


class Room:
    """The free bytes of one folder, less those promised to files that are still growing.

    What such a file has already written counts twice while it grows: it errs to the safe side.
    Of a file that grows to an unknown length nothing is promised; it takes room as it grows.
    """

    def __init__(self, folder: Folder) -> None:
        self._folder = folder
        self._promised_bytes = 0
        self._grown_bytes = 0
        self._lock = Lock()

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
        with self._lock:
            self._promised_bytes += need_bytes
        try:
            yield
        finally:
            with self._lock:
                self._promised_bytes -= need_bytes
                self._grown_bytes += need_bytes

    @asynccontextmanager
    async def growing(self) -> AsyncGenerator["Growth"]:
        """Room for a file of unknown length; gone again if the block fails. Raises Unavailable."""
        before_bytes = self._taken_bytes()
        growth = Growth(self, before_bytes + await self.free_bytes())
        try:
            yield growth
        except BaseException:
            self.grow(-growth.size_bytes, growth.most_bytes)
            raise

    def grow(self, more_bytes: int, most_bytes: int) -> None:
        """Take so much more, or less. Raises NoCapacity when more than `most_bytes` were taken."""
        with self._lock:
            if more_bytes > 0 and self._taken_bytes() + more_bytes > most_bytes:
                raise errors.NoCapacity(
                    "the store is full",
                    object=self._folder.subject,
                    hint="remove images, enlarge the store, or use another",
                )
            self._grown_bytes += more_bytes

    def _taken_bytes(self) -> int:
        """What was taken since the beginning, whatever became of it."""
        return self._grown_bytes + self._promised_bytes


class Growth:
    """What a file may take of a room beside all others that are being made; for any thread."""

    def __init__(self, room: Room, most_bytes: int) -> None:
        self._room = room
        self.most_bytes = most_bytes
        self.size_bytes = 0

    def reach(self, size_bytes: int) -> None:
        """Have room for so much in all, if there is not yet. Raises NoCapacity."""
        if size_bytes > self.size_bytes:
            self._room.grow(size_bytes - self.size_bytes, self.most_bytes)
            self.size_bytes = size_bytes
