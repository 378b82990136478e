"""A file of a folder as it is downloaded: any part of it, without reading what is before."""

import os
from collections.abc import AsyncGenerator

from anyio import to_thread

from core.driver_words import StoredFile
from core.model import errors
from drivers.download import CHUNK_BYTES
from drivers.failures import translated
from drivers.folder import Folder


async def found(folder: Folder, path: str) -> StoredFile:
    """The file at `path`; its version is its inode, length and last change. Raises NotFound."""
    status = await to_thread.run_sync(_look, folder, path)
    version = _version(status)

    async def chunks(start_bytes: int, length_bytes: int) -> AsyncGenerator[bytes, None]:
        descriptor = await to_thread.run_sync(_open, folder, path)
        try:
            if _version(os.fstat(descriptor)) != version:
                raise _gone(folder, path)
            done_bytes = start_bytes
            left_bytes = length_bytes
            with translated(folder.subject):
                while left_bytes > 0:
                    most_bytes = min(CHUNK_BYTES, left_bytes)
                    chunk = await to_thread.run_sync(os.pread, descriptor, most_bytes, done_bytes)
                    if not chunk:
                        raise _gone(folder, path)
                    done_bytes += len(chunk)
                    left_bytes -= len(chunk)
                    yield chunk
        finally:
            os.close(descriptor)

    return StoredFile(total_bytes=status.st_size, version=version, chunks=chunks)


def _look(folder: Folder, path: str) -> os.stat_result:
    descriptor = _open(folder, path)
    try:
        return os.fstat(descriptor)
    finally:
        os.close(descriptor)


def _open(folder: Folder, path: str) -> int:
    descriptor = folder.open(path)
    if descriptor is None:
        raise _gone(folder, path)
    return descriptor


def _version(status: os.stat_result) -> str:
    return f"{status.st_ino}-{status.st_size}-{status.st_mtime_ns}"


def _gone(folder: Folder, path: str) -> errors.NotFound:
    return errors.NotFound(
        "it was removed", object=f"{folder.subject}/{path}", hint="ask for a new link"
    )
