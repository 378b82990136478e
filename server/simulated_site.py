"""The simulated site of a server: its world is kept in a file, as a real site keeps its disks."""

import os
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path
from random import Random
from typing import Final

import trio

from core.model import errors
from core.runtime import Runtime
from server import credentials
from server.config import SiteFile
from sim.saved.saved import load, save
from sim.site import SimulatedSite
from sim.world import World

WORLD: Final = "world.msgpack"
"""The file in the data directory."""


@asynccontextmanager
async def open_simulated_site(
    site: SiteFile, directory: Path, runtime: Runtime
) -> AsyncGenerator[SimulatedSite]:
    """The world that `directory` holds, or at the first start a new one.

    What a driver has answered is in the file before. Raises Integrity (damaged, or of another
    site), Unavailable (not readable, not writable, or lost).
    """
    chances = Random(site.seed)
    async with SimulatedSite.open(runtime, site.world, chances, site.faults) as simulated:
        file = WorldFile(simulated.world, directory / WORLD)
        if file.path.exists():
            file.load()
        elif credentials.read(directory) is not None:
            raise errors.Unavailable(
                "the simulated world is missing",
                object=f"file/{file.path}",
                hint="put the file back from a backup, or begin anew with another --data",
            )
        await file.save()
        simulated.keep(file.save)
        yield simulated


class WorldFile:
    """A world's file: always whole, and never older than an answered call.

    `writes` counts how often it was written.
    """

    def __init__(self, world: World, path: Path) -> None:
        self.path = path
        self.writes = 0
        self._world = world
        self._turn = trio.Lock()
        self._asked = 0
        self._saved = 0

    def load(self) -> None:
        """Fill the new world. Raises Integrity, Unavailable."""
        try:
            load(self.path.read_bytes(), self._world)
        except OSError as error:
            raise self._unavailable("read", error) from error
        except errors.Integrity as error:
            error.object = f"file/{self.path}"
            raise

    async def save(self) -> None:
        """Write the world as it is now or later; calls that come meanwhile share the next write.

        Raises Unavailable.
        """
        self._asked += 1
        number = self._asked
        async with self._turn:
            if self._saved >= number:
                return
            newest, data = self._asked, save(self._world)
            try:
                await trio.to_thread.run_sync(_replace, self.path, data)
            except OSError as error:
                raise self._unavailable("write", error) from error
            self._saved = newest
            self.writes += 1

    def _unavailable(self, what: str, error: OSError) -> errors.Unavailable:
        return errors.Unavailable(
            f"cannot {what} the simulated world: {error.strerror}",
            object=f"file/{self.path}",
            hint="make room, and let the user that runs the server read and write there",
        )


def _replace(path: Path, data: bytes) -> None:
    """Put a whole file in place of another, so that a crash leaves the one or the other."""
    temporary = path.with_suffix(".new")
    with temporary.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    temporary.replace(path)
