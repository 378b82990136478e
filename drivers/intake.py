"""Writes a stranger's bytes to a file of ours: counted, bounded, hashed, and then looked at."""

import hashlib
import os
import re
from collections.abc import Iterator
from typing import Protocol

import anyio
import msgspec
from anyio import to_thread

from core.decompression.compression import Compression
from core.decompression.decompressor import Decompressor, decompressor
from core.driver import Progress
from core.model import errors
from core.model.pool_types import DiskFormat
from drivers.download import Download
from drivers.failures import translated
from drivers.folder import Folder
from drivers.room import Growth

LEAST_S = 600.0
BURST_BYTES = 4 << 20
"""How much is decompressed and written before anybody looks whether the task is cancelled."""
LEAST_BYTES_PER_S = 1_000_000
OWN_ALGORITHM = "SHA-256"
ALGORITHMS = {
    "MD5": "md5",
    "SHA-1": "sha1",
    "SHA-224": "sha224",
    "SHA-256": "sha256",
    "SHA-384": "sha384",
    "SHA-512": "sha512",
}
CHECKSUM = re.compile(r"(?:\{([A-Z0-9-]+)\})?([0-9a-fA-F]{32,128})", re.ASCII)


class Checksum(msgspec.Struct, frozen=True, kw_only=True):
    """What an image's bytes must hash to."""

    algorithm: str
    digest: str

    def __str__(self) -> str:
        return f"{{{self.algorithm}}}{self.digest}"


class Bring(msgspec.Struct, frozen=True, kw_only=True):
    """What is to come, how it is compressed, and what is asked of it."""

    compression: Compression
    format: DiskFormat
    checksum: str
    size_limit_bytes: int


class Sum(Protocol):
    """A running checksum."""

    def update(self, data: bytes, /) -> None:
        """Take in more bytes."""
        ...

    def hexdigest(self) -> str:
        """The checksum of all bytes so far, in hex."""
        ...


class Bounds(msgspec.Struct, frozen=True, kw_only=True):
    """The most that may come: what the caller allows, and what the store has room for."""

    size_limit_bytes: int
    growth: Growth


def parse_checksum(text: str, subject: str) -> Checksum | None:
    """Read "{ALGORITHM}hex"; hex alone is MD5, as in CloudStack; "" is None. Raises Invalid."""
    if not text:
        return None
    found = CHECKSUM.fullmatch(text)
    algorithm = (found[1] or "MD5") if found else ""
    if not found or algorithm not in ALGORITHMS:
        hint = f'write "{{SHA-256}}" and the digest in hex; known: {", ".join(ALGORITHMS)}'
        raise errors.Invalid("the checksum cannot be read", object=subject, hint=hint)
    digest = found[2].lower()
    if len(digest) != 2 * hashlib.new(ALGORITHMS[algorithm], usedforsecurity=False).digest_size:
        hint = "check that the digest is complete"
        raise errors.Invalid("the checksum has a wrong length", object=subject, hint=hint)
    return Checksum(algorithm=algorithm, digest=digest)


class Intake:
    """Writes what comes, decompressed, to an open file; all methods block."""

    def __init__(
        self, descriptor: int, source: Decompressor, bounds: Bounds, sums: list[Sum], subject: str
    ) -> None:
        self._descriptor = descriptor
        self._source = source
        self._bounds = bounds
        self._sums = sums
        self._subject = subject
        self._pieces: Iterator[bytes] = iter(())
        self.sent_bytes = 0
        self._written_bytes = 0

    def come(self, chunk: bytes) -> bool:
        """Take the next chunk; answers whether `write_on` has to be called."""
        self.sent_bytes += len(chunk)
        _require_within(self.sent_bytes, self._bounds, self._subject)
        for running in self._sums:
            running.update(chunk)
        self._pieces = self._source.feed(chunk)
        return self.write_on()

    def write_on(self) -> bool:
        """Write a few pieces; answers whether there are more."""
        most_bytes = self._written_bytes + BURST_BYTES
        for piece in self._pieces:
            self._written_bytes += len(piece)
            _require_within(self._written_bytes, self._bounds, self._subject)
            self._bounds.growth.reach(self._written_bytes)
            _write(self._descriptor, piece, self._subject)
            self._bounds.growth.wrote(self._written_bytes)
            if self._written_bytes >= most_bytes:
                return True
        return False

    def finish(self) -> None:
        """Raise Invalid unless all of it has come."""
        self._source.finish()


async def take_in(
    download: Download,
    folder: Folder,
    part: str,
    *,
    compression: Compression,
    bounds: Bounds,
    checksum: Checksum | None,
    progress: Progress,
) -> str:
    """Write all that comes, decompressed, to the new file `part`.

    Answers "{SHA-256}hex" of the bytes as they came; `checksum` is theirs too. Raises Invalid (more
    than the limit, or not so compressed), NoCapacity, Integrity (checksum), Deadline (slower than a
    megabyte a second), and what the download raises.
    """
    _require_within(download.total_bytes, bounds, folder.subject)
    if not compression:
        bounds.growth.reach(download.total_bytes)
    await to_thread.run_sync(folder.make, part)
    sums = [_new_sum(OWN_ALGORITHM)]
    if checksum and checksum.algorithm != OWN_ALGORITHM:
        sums.append(_new_sum(checksum.algorithm))
    descriptor = os.open(folder.location(part), os.O_WRONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
    timeout_s = LEAST_S + bounds.size_limit_bytes / LEAST_BYTES_PER_S
    source = decompressor(compression, folder.subject)
    intake = Intake(descriptor, source, bounds, sums, folder.subject)
    try:
        with anyio.fail_after(timeout_s):
            async for chunk in download.chunks:
                more = await to_thread.run_sync(intake.come, chunk)
                while more:
                    more = await to_thread.run_sync(intake.write_on)
                progress(intake.sent_bytes, max(intake.sent_bytes, download.total_bytes))
    except TimeoutError as error:
        message = f"it did not arrive within {timeout_s:g} s"
        hint = "fetch it from a faster server"
        raise errors.Deadline(message, object=folder.subject, hint=hint) from error
    finally:
        os.close(descriptor)
    _require_equal(sums[-1].hexdigest(), checksum, folder.subject)
    intake.finish()
    return f"{{{OWN_ALGORITHM}}}{sums[0].hexdigest()}"


def digest_of(descriptor: int, checksum: Checksum | None, subject: str) -> str:
    """The "{SHA-256}hex" of an open file; blocks. Raises Integrity when `checksum` differs."""
    with os.fdopen(os.dup(descriptor), "rb") as file, translated(subject):
        own = hashlib.file_digest(file, ALGORITHMS[OWN_ALGORITHM]).hexdigest()
        if checksum:
            file.seek(0)
            wanted = ALGORITHMS[checksum.algorithm]
            _require_equal(hashlib.file_digest(file, wanted).hexdigest(), checksum, subject)
    return f"{{{OWN_ALGORITHM}}}{own}"


def _new_sum(algorithm: str) -> Sum:
    return hashlib.new(ALGORITHMS[algorithm], usedforsecurity=False)


def _write(descriptor: int, chunk: bytes, subject: str) -> None:
    with translated(subject):
        view = memoryview(chunk)
        while view:
            view = view[os.write(descriptor, view) :]


def _require_within(size_bytes: int, bounds: Bounds, subject: str) -> None:
    if size_bytes > bounds.size_limit_bytes:
        message = f"the image is larger than {bounds.size_limit_bytes} bytes"
        hint = "use a smaller image, or let an administrator raise the limit"
        raise errors.Invalid(message, object=subject, hint=hint)


def _require_equal(digest: str, checksum: Checksum | None, subject: str) -> None:
    if checksum and digest != checksum.digest:
        message = f"its {checksum.algorithm} is {digest}, not {checksum.digest}"
        hint = "fetch it again, or correct the checksum"
        raise errors.Integrity(message, object=subject, hint=hint)
