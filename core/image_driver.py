"""The protocol of a secondary image store; the rules that hold for it are those of driver.py."""

from typing import Protocol

from core.driver_words import (
    Address,
    ByteStream,
    ImageInfo,
    Progress,
    Space,
    StoredFile,
    StoredObject,
)
from core.model.pool_types import DiskFormat


class ImageDriver(Protocol):
    """A secondary image store. Paths are made by the control plane, parts joined by "/"."""

    async def probe(self) -> Space:
        """Room on the store. Raises Unavailable when it does not answer."""
        ...

    async def inspect(self, path: str) -> ImageInfo | None:
        """The image as it is, or None when there is no complete image at `path`."""
        ...

    async def fetch(
        self,
        op: str,
        path: str,
        url: str,
        *,
        format: DiskFormat,
        checksum: str,
        size_limit_bytes: int,
        progress: Progress,
    ) -> ImageInfo:
        """Bring in an image from a URL and inspect it before anything else touches it.

        One whose URL says so is decompressed on its way; `checksum` is of the bytes as they come.
        Raises Invalid (not that format, backing file, data file, size over the limit, address not
        allowed), Integrity (checksum), NotFound, NoCapacity, Unavailable.
        """
        ...

    async def receive(
        self,
        op: str,
        path: str,
        source: ByteStream,
        *,
        format: DiskFormat,
        checksum: str,
        size_limit_bytes: int,
        progress: Progress,
    ) -> ImageInfo:
        """Take in an image that somebody sends, as `fetch` does; one that is there is kept.

        Raises what `fetch` raises for what comes, and what `source` raises.
        """
        ...

    async def read(self, path: str) -> StoredFile:
        """The file of the image, as all or part of it can be downloaded. Raises NotFound."""
        ...

    async def prepare(
        self, op: str, path: str, *, format: DiskFormat, size_bytes: int, base: str = ""
    ) -> Address:
        """A place where a hypervisor may write the image; nothing is at `path` until `commit`.

        base: as in `store`.
        """
        ...

    async def commit(self, op: str, path: str) -> ImageInfo:
        """Make what was written at the prepared place the image at `path`, durably.

        Raises NotFound when nothing was prepared, Integrity when what is there is not an image.
        """
        ...

    async def store(
        self,
        op: str,
        path: str,
        source: Address,
        progress: Progress,
        *,
        base: str = "",
        as_is: bool = False,
    ) -> ImageInfo:
        """Copy a disk or snapshot of a pool, or an image of another store, here.

        base: the path of an image here; only what differs from it is copied and takes room
        (physical_bytes), and it must stay as long as this one. Who reads the image sees all of it.
        as_is: in the source's own format, where the store prefers another for disks.
        Raises NotFound (source or base), NoCapacity, Unsupported (the store keeps no differences).
        """
        ...

    async def verify_copy(self, op: str, path: str, source: Address, progress: Progress) -> None:
        """Compare the image's bytes with `source`, both with all that they are based on.

        Raises Integrity where they differ, NotFound (image or source).
        """
        ...

    async def package(self, op: str, path: str, archive: str, progress: Progress) -> ImageInfo:
        """Pack the files of the image at `path` into one OVA archive at `archive`.

        Raises NotFound, NoCapacity, Unsupported (its format is one file as it is).
        """
        ...

    async def unpack(
        self, op: str, path: str, number: int, target: str, progress: Progress
    ) -> ImageInfo:
        """Make a data disk of the OVA at `path`, the first is 1, an image of its own at `target`.

        Raises NotFound, NoCapacity, Unsupported (what is there is one disk).
        """
        ...

    async def remove(self, op: str, path: str) -> None:
        """Remove the image, or what was prepared for it; absent is success.

        Raises Busy while another image holds only what differs from it.
        """
        ...

    async def list_objects(self, path: str) -> tuple[StoredObject, ...]:
        """The entries of a folder ("" is the root), by path. Raises NotFound."""
        ...

    def address(self, path: str) -> Address:
        """How pools reach the image to copy it."""
        ...
