"""QEMU's image locks seen from outside: they say whether a disk is open in a guest or a copy.

QEMU marks each right that it uses, or denies to others, by a shared lock of the open file
description on one byte of the image; the bytes lie from 100 on (block/file-posix.c). Whoever can
lock them all exclusively is alone with the image.
"""

import errno
import fcntl
import os
import struct
from collections.abc import Generator
from contextlib import contextmanager

from core.model import errors

FIRST_BYTE = 100
LENGTH_BYTES = 200
FLOCK = struct.Struct("@hhqqi4x")


def _request(kind: int) -> bytes:
    return FLOCK.pack(kind, os.SEEK_SET, FIRST_BYTE, LENGTH_BYTES, 0)


def is_open(descriptor: int) -> bool:
    """Whether another process, or another open of this one, works on the image."""
    answer = fcntl.fcntl(descriptor, fcntl.F_OFD_GETLK, _request(fcntl.F_WRLCK))
    kind: int = FLOCK.unpack(answer)[0]
    return kind != fcntl.F_UNLCK


@contextmanager
def held(location: str, subject: str) -> Generator[int]:
    """The image opened for writing with everybody else locked out until the block ends.

    Raises Busy when someone has it open, and OSError as open does.
    """
    descriptor = os.open(location, os.O_RDWR | os.O_NOFOLLOW | os.O_CLOEXEC)
    try:
        try:
            fcntl.fcntl(descriptor, fcntl.F_OFD_SETLK, _request(fcntl.F_WRLCK))
        except OSError as error:
            if error.errno not in (errno.EAGAIN, errno.EACCES):
                raise
            hint = "a VM or another copy has the disk open: wait, or detach it first"
            raise errors.Busy("the disk is in use", object=subject, hint=hint) from error
        yield descriptor
    finally:
        os.close(descriptor)
