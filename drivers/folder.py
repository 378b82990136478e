"""Files below one root folder, reached part by part so that no symbolic link leads out of it."""

import errno
import os
import re
import stat
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

import anyio
from anyio import to_thread

from core.driver_words import Space, StoredObject
from core.model import errors
from drivers.failures import translated

CLEAN_UP_TIMEOUT_S = 10.0
TRIES = 5  # a folder that is made may be pruned at that moment

PART = ".part"
NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._@+-]{0,199}", re.ASCII)
PATH_PARTS_MAX = 16
SECTOR_BYTES = 512
DIRECTORY = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC


def require_name(name: str, subject: str) -> str:
    """`name` if it may name a file of ours, else Invalid."""
    if not NAME.fullmatch(name) or name.endswith(PART):
        hint = f'use letters, digits, "._@+-", at most 200, and not the ending "{PART}"'
        raise errors.Invalid(f"{name!r} cannot name a file", object=subject, hint=hint)
    return name


def require_path(path: str, subject: str) -> str:
    """`path` if it may be the path of a file of ours below a root, else Invalid."""
    parts = path.split("/")
    if len(parts) > PATH_PARTS_MAX:
        hint = f"use at most {PATH_PARTS_MAX} parts"
        raise errors.Invalid("the path is too deep", object=subject, hint=hint)
    for part in parts:
        require_name(part, subject)
    return path


async def drop(folder: "Folder", *paths: str) -> None:
    """Remove these files of `folder` even while the task is being cancelled; absent is success."""
    with anyio.move_on_after(CLEAN_UP_TIMEOUT_S, shield=True):
        await to_thread.run_sync(lambda: folder.remove(*paths), abandon_on_cancel=True)


class Folder:
    """A root folder; every path given is relative to it, its parts joined by "/".

    All methods block, so async code calls them in a thread. They raise the errors that
    drivers.failures makes of the system's, about `subject`.
    """

    def __init__(self, root: str, subject: str, capacity_bytes: int = 0) -> None:
        """`capacity_bytes` is the room below the root; 0 means that of the file system."""
        self.root = root
        self.subject = subject
        self.capacity_bytes = capacity_bytes

    def location(self, path: str) -> str:
        """The absolute path."""
        return f"{self.root}/{path}"

    def space(self) -> Space:
        """Room below the root: of the file system, or of the capacity that was given."""
        with translated(self.subject):
            self._require_root()
            if self.capacity_bytes:
                return Space(capacity_bytes=self.capacity_bytes, used_bytes=self._used_bytes())
            system = os.statvfs(self.root)
        return Space(
            capacity_bytes=system.f_blocks * system.f_frsize,
            used_bytes=(system.f_blocks - system.f_bfree) * system.f_frsize,
        )

    def open(self, path: str) -> int | None:
        """A descriptor to read the regular file at `path`, or None when there is none."""
        flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
        with translated(self.subject):
            try:
                with self._parent(path) as (parent, name):
                    descriptor = os.open(name, flags, dir_fd=parent)
            except FileNotFoundError:
                self._require_root()
                return None
            if not stat.S_ISREG(os.fstat(descriptor).st_mode):
                os.close(descriptor)
                hint = "remove it: only images belong there"
                raise errors.Invalid(f"{path} is not a file", object=self.subject, hint=hint)
            return descriptor

    def exists(self, path: str) -> bool:
        """Whether a regular file is at `path`."""
        descriptor = self.open(path)
        if descriptor is not None:
            os.close(descriptor)
        return descriptor is not None

    def make(self, path: str, size_bytes: int = 0) -> None:
        """Make a file of zeroes, in place of any old one, and the folders that lead there."""
        with translated(self.subject):
            for chances in reversed(range(TRIES)):
                try:
                    self._make(path, size_bytes)
                except FileNotFoundError:
                    if not chances:
                        raise
                else:
                    return

    def remove(self, *paths: str) -> None:
        """Remove these files, and folders that they leave empty; absent is success."""
        with translated(self.subject):
            for path in paths:
                try:
                    with self._parent(path) as (parent, name):
                        _unlink(name, parent)
                except FileNotFoundError:
                    pass
                self._prune(path)

    def publish(self, part: str, path: str) -> None:
        """Make the file at `part` durable, then, in one step, the file at `path` beside it."""
        flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC
        with translated(self.subject), self._parent(part) as (parent, name):
            descriptor = os.open(name, flags, dir_fd=parent)
            try:
                os.fsync(descriptor)
            finally:
                os.close(descriptor)
            final = path.rpartition("/")[2]
            os.rename(name, final, src_dir_fd=parent, dst_dir_fd=parent)
            os.fsync(parent)

    def move(self, path: str, to: str) -> None:
        """Let the file at `path` be at `to`, durably; what is there is not to be lost.

        Raises NotFound, Conflict.
        """
        with (
            translated(self.subject),
            self._parent(path) as (old, name),
            self._parent(to) as (new, final),
        ):
            if self.exists(to):
                hint = "remove or rename it first"
                raise errors.Conflict(f"{to} is there", object=self.subject, hint=hint)
            os.rename(name, final, src_dir_fd=old, dst_dir_fd=new)
            os.fsync(new)
            os.fsync(old)

    def entries(self, path: str) -> tuple[StoredObject, ...]:
        """The files and folders in a folder ("" is the root), by path, without links and devices.

        Raises NotFound (no such folder) and Invalid (a path that climbs or crosses a link).
        """
        with translated(self.subject), self._folder(path) as descriptor:
            found = [_stored(entry, path) for entry in _scan(descriptor)]
        return tuple(sorted((entry for entry in found if entry), key=lambda entry: entry.path))

    def _require_root(self) -> None:
        if not Path(self.root).is_dir():
            hint = "mount or create the folder, then try again"
            raise errors.Unavailable(f"{self.root} is not there", object=self.subject, hint=hint)

    @contextmanager
    def _folder(self, path: str, *, make: bool = False) -> Generator[int]:
        descriptor = self._open_root()
        try:
            for part in path.split("/") if path else ():
                if part in ("", ".", "..") or "\0" in part:
                    hint = "use names of folders joined by single slashes"
                    raise errors.Invalid("not a plain path", object=self.subject, hint=hint)
                if make:
                    _make_folder(part, descriptor)
                deeper = os.open(part, DIRECTORY, dir_fd=descriptor)
                os.close(descriptor)
                descriptor = deeper
            yield descriptor
        finally:
            os.close(descriptor)

    def _open_root(self) -> int:
        self._require_root()
        return os.open(self.root, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)

    @contextmanager
    def _parent(self, path: str, *, make: bool = False) -> Generator[tuple[int, str]]:
        folder, _, name = path.rpartition("/")
        with self._folder(folder, make=make) as descriptor:
            yield descriptor, name

    def _make(self, path: str, size_bytes: int) -> None:
        with self._parent(path, make=True) as (parent, name):
            _unlink(name, parent)
            flags = os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
            descriptor = os.open(name, flags, 0o600, dir_fd=parent)
            try:
                os.truncate(descriptor, size_bytes)
            finally:
                os.close(descriptor)

    def _prune(self, path: str) -> None:
        """Remove the empty folders on the way to `path`, from the last one up."""
        while path := path.rpartition("/")[0]:
            try:
                with self._parent(path) as (parent, name):
                    os.rmdir(name, dir_fd=parent)
            except FileNotFoundError:
                continue
            except OSError as error:
                if error.errno != errno.ENOTEMPTY:
                    raise
                return

    def _used_bytes(self) -> int:
        used_bytes = 0
        for _, _, names, descriptor in os.fwalk(self.root, follow_symlinks=False):
            for name in names:
                try:
                    entry = os.stat(name, dir_fd=descriptor, follow_symlinks=False)
                except FileNotFoundError:
                    continue
                used_bytes += entry.st_blocks * SECTOR_BYTES
        return used_bytes


def _unlink(name: str, parent: int) -> None:
    try:
        os.unlink(name, dir_fd=parent)
    except FileNotFoundError:
        return
    os.fsync(parent)


def _make_folder(name: str, parent: int) -> None:
    try:
        os.mkdir(name, 0o700, dir_fd=parent)
    except FileExistsError:
        return
    os.fsync(parent)


def _scan(descriptor: int) -> list[os.DirEntry[str]]:
    with os.scandir(descriptor) as entries:
        return list(entries)


def _stored(entry: "os.DirEntry[str]", folder: str) -> StoredObject | None:
    try:
        status = entry.stat(follow_symlinks=False)
    except FileNotFoundError:
        return None
    directory = stat.S_ISDIR(status.st_mode)
    if not directory and not stat.S_ISREG(status.st_mode):
        return None
    return StoredObject(
        path=f"{folder}/{entry.name}" if folder else entry.name,
        size_bytes=0 if directory else status.st_size,
        modified_s=status.st_mtime,
        directory=directory,
    )
