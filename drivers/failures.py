"""Foreign failures, of the system and of QEMU, as errors of the project's own tree."""

import errno
from collections.abc import Generator
from contextlib import contextmanager

from core.model import errors
from core.model.errors import ForebayError

Meaning = tuple[type[ForebayError], str]

FULL: Meaning = (errors.NoCapacity, "free some room there, or use another pool or image store")
OPEN: Meaning = (errors.Busy, "a VM or another copy has the disk open: wait, or detach it first")
ABSENT: Meaning = (errors.NotFound, "list the pool's or store's objects to see what is there")
SILENT: Meaning = (errors.Unavailable, "check the storage behind this path, then try again")
FORBIDDEN: Meaning = (errors.Unavailable, "give the control plane's user access to this path")
BAD_PATH: Meaning = (errors.Invalid, "use a plain path of folders and files, without links")
BAD_IMAGE: Meaning = (errors.Integrity, "the image is damaged: take another copy of it")
STOPPED: Meaning = (errors.Cancelled, "start it again if it is still wanted")
NO_MEMORY: Meaning = (errors.NoCapacity, "stop a VM of this host, or use another host")

BY_ERRNO: dict[int, Meaning] = {
    errno.ENOSPC: FULL,
    errno.EDQUOT: FULL,
    errno.EFBIG: FULL,
    errno.ENOENT: ABSENT,
    errno.ENOTDIR: BAD_PATH,
    errno.EISDIR: BAD_PATH,
    errno.ELOOP: BAD_PATH,
    errno.ENAMETOOLONG: BAD_PATH,
    errno.EACCES: FORBIDDEN,
    errno.EPERM: FORBIDDEN,
    errno.EROFS: FORBIDDEN,
    errno.EAGAIN: OPEN,
    errno.ENOMEM: NO_MEMORY,
}

BY_TEXT: tuple[tuple[str, Meaning], ...] = (
    ("No space left on device", FULL),
    ("Disk quota exceeded", FULL),
    ("File too large", FULL),
    ("Is another process using the image", OPEN),
    ('"write" lock', OPEN),
    ("in use by block job", OPEN),
    ("is in use", OPEN),
    ("already in use", OPEN),
    ("Conflicts with use by", OPEN),
    ("Permission conflict on node", OPEN),
    ("lock pid file", OPEN),
    ("cannot set up guest memory", NO_MEMORY),
    ("Cannot allocate memory", NO_MEMORY),
    ("No such file or directory", ABSENT),
    ("Permission denied", FORBIDDEN),
    ("Operation not permitted", FORBIDDEN),
    ("Image is not in", BAD_IMAGE),
    ("corrupt", BAD_IMAGE),
    ("Image is too small", BAD_IMAGE),
    ("Operation canceled", STOPPED),
    ("Input/output error", SILENT),
    ("Stale file handle", SILENT),
    ("Connection timed out", SILENT),
)


def from_os_error(error: OSError, subject: str) -> ForebayError:
    """What a system call's failure on `subject` means: Unavailable when not listed."""
    leaf, hint = BY_ERRNO.get(error.errno or 0, SILENT)
    return leaf(error.strerror or str(error), object=subject, hint=hint)


def from_text(text: str, subject: str) -> ForebayError:
    """What a complaint of QEMU or its tools on `subject` means: Internal when not listed."""
    for words, (leaf, hint) in BY_TEXT:
        if words in text:
            return leaf(text, object=subject, hint=hint)
    return errors.Internal(text, object=subject, hint="report it with this message")


@contextmanager
def translated(subject: str) -> Generator[None]:
    """Let failures of system calls on `subject` leave the block as the project's errors."""
    try:
        yield
    except OSError as error:
        raise from_os_error(error, subject) from error
