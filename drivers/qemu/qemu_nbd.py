"""Serves a snapshot inside a disk, read-only, over a private socket, so that it can be compared."""

import tempfile
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager

import anyio

from core.driver_words import Address
from core.model import errors
from drivers import process
from drivers.qemu import qemu_img

START_TIMEOUT_S = 10.0
START_POLL_S = 0.005


@asynccontextmanager
async def exported(source: Address, subject: str) -> AsyncGenerator[str]:
    """The URL under which `source.snapshot` can be read until the block ends.

    Raises NotFound and Busy (source), Unavailable when the export does not come up.
    """
    with tempfile.TemporaryDirectory(prefix="forebay-") as folder:
        socket = f"{folder}/nbd.sock"
        command = ["qemu-nbd", "--read-only", "--persistent", "--shared=0", "-k", socket]
        command += ["-l", f"snapshot.name={source.snapshot}"]
        command += ["-f", qemu_img.driver_of(source.format)]
        command.append(qemu_img.file_name(source.location, subject))
        async with process.running(command, subject=subject) as require_running:
            await _wait_until_up(socket, require_running, subject)
            yield f"nbd+unix:///?socket={socket}"


async def _wait_until_up(socket: str, require_running: Callable[[], None], subject: str) -> None:
    with anyio.move_on_after(START_TIMEOUT_S):
        while True:
            require_running()
            try:
                stream = await anyio.connect_unix(socket)
            except OSError:
                await anyio.sleep(START_POLL_S)
                continue
            await stream.aclose()
            return
    hint = "try again when the machine is less busy"
    raise errors.Unavailable("the snapshot could not be served", object=subject, hint=hint)
