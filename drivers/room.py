"""Keeps room in a folder for files that are being made, so that two are not given the same room."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from threading import Lock

from anyio import to_thread

from core.model import errors
from drivers.folder import Folder


class Room:
    """The free bytes of one folder, less those given to files that are still being made.

    What such a file has already written counts twice while it is made, unless it says so: it errs
    to the safe side. `_given_bytes` is all that was ever given, less what was given back,
    `_making_bytes` what of it files in the making have yet to write.
    """

    def __init__(self, folder: Folder) -> None:
        self._folder = folder
        self._given_bytes = 0
        self._making_bytes = 0
        self._lock = Lock()

    async def free_bytes(self) -> int:
        """What can still be given. Raises Unavailable."""
        # A file that is finished while the folder is looked at must count on one side at least.
        making_bytes = self._making_bytes
        space = await to_thread.run_sync(self._folder.space, abandon_on_cancel=True)
        return max(0, space.capacity_bytes - space.used_bytes - making_bytes)

    @asynccontextmanager
    async def kept(self, need_bytes: int) -> AsyncGenerator[None]:
        """Have `need_bytes` for a file until the block ends. Raises NoCapacity, Unavailable."""
        async with self.growing() as growth:
            growth.reach(need_bytes)
            yield

    @asynccontextmanager
    async def growing(self) -> AsyncGenerator["Growth"]:
        """Room for a file of unknown length; given back if the block fails. Raises Unavailable."""
        given_bytes = self._given_bytes
        growth = Growth(self, given_bytes + await self.free_bytes())
        kept_bytes = 0
        try:
            yield growth
            kept_bytes = growth.size_bytes
        finally:
            self.written(growth.size_bytes - growth.written_bytes)
            with self._lock:
                self._given_bytes -= growth.size_bytes - kept_bytes

    def give(self, more_bytes: int, most_bytes: int) -> None:
        """Give so much more to a file. Raises NoCapacity when that passes `most_bytes` in all."""
        with self._lock:
            free_bytes = most_bytes - self._given_bytes
            if more_bytes > free_bytes:
                raise errors.NoCapacity(
                    f"{more_bytes} bytes are needed and {max(0, free_bytes)} are free",
                    object=self._folder.subject,
                    hint="remove something there, enlarge it, or use another",
                )
            self._given_bytes += more_bytes
            self._making_bytes += more_bytes

    def written(self, more_bytes: int) -> None:
        """So much more of what was given is in the folder now, or will never be."""
        with self._lock:
            self._making_bytes -= more_bytes


class Growth:
    """What a file may take of a room beside all others that are being made; for any thread."""

    def __init__(self, room: Room, most_bytes: int) -> None:
        self._room = room
        self._most_bytes = most_bytes
        self.size_bytes = self.written_bytes = 0

    def reach(self, size_bytes: int) -> None:
        """Have room for so much in all, if there is not yet. Raises NoCapacity."""
        if size_bytes > self.size_bytes:
            self._room.give(size_bytes - self.size_bytes, self._most_bytes)
            self.size_bytes = size_bytes

    def wrote(self, size_bytes: int) -> None:
        """So much of it in all is in the folder now, and counts as used there."""
        self._room.written(size_bytes - self.written_bytes)
        self.written_bytes = size_bytes
