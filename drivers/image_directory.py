"""An image store in a directory, local or mounted: one file an image, complete or not there."""

import os
from collections.abc import AsyncGenerator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from urllib.parse import urlsplit

from anyio import to_thread

from core.decompression.compression import compression_of
from core.driver import Progress
from core.driver_words import Address, ByteStream, ImageInfo, Space, StoredFile, StoredObject
from core.model import errors
from core.model.pool_types import DiskFormat
from drivers import download, folder, intake, stored_file
from drivers.download import Download, Rules
from drivers.failures import translated
from drivers.folder import PART, Folder
from drivers.intake import Bounds, Bring, Checksum
from drivers.qemu import image, image_lock, qemu_img
from drivers.qemu.image import Image
from drivers.qemu.qcow2 import Origin
from drivers.room import Room
from drivers.turnstile import Turnstile

SUFFIXES = {DiskFormat.RAW: image.SUFFIXES[DiskFormat.RAW], DiskFormat.ISO: image.ISO_SUFFIX}
"""How the names of files end that do not say themselves what they are."""


class ImageDirectory:
    """Fills ImageDriver: a QCOW2 image is the file at its path, others end with their format.

    So the name tells the format, and the bytes that a guest wrote are never asked for it. An image
    is made under the ending `.part` and renamed when it is complete and durable.
    """

    def __init__(
        self, store_id: str, root: str, *, capacity_bytes: int = 0, rules: Rules | None = None
    ) -> None:
        """`capacity_bytes` limits what the files may take; `rules` says whence images may come."""
        self._subject = f"imagestore/{store_id}"
        self._folder = Folder(root, self._subject, capacity_bytes)
        self._room = Room(self._folder)
        self._rules = rules or Rules()
        self._turnstile = Turnstile()

    async def probe(self) -> Space:
        """Room on the store. Raises Unavailable."""
        return await to_thread.run_sync(self._folder.space, abandon_on_cancel=True)

    async def inspect(self, path: str) -> ImageInfo | None:
        """The image, read from its file's header, or None."""
        folder.require_path(path, self._subject)
        return await to_thread.run_sync(self._inspect, path, abandon_on_cancel=True)

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
        """Bring in an image; nothing but Python reads it until its header is accepted."""
        del op
        source = download.opened(url, self._rules, self._of(path))
        bring = Bring(
            compression=compression_of(urlsplit(url).path),
            format=format,
            checksum=checksum,
            size_limit_bytes=size_limit_bytes,
        )
        return await self._bring(path, source, bring, progress)

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
        """Take in what somebody sends; as careful as `fetch`."""
        del op
        bring = Bring(
            compression=source.compression,
            format=format,
            checksum=checksum,
            size_limit_bytes=size_limit_bytes,
        )
        return await self._bring(path, _sent(source), bring, progress)

    async def read(self, path: str) -> StoredFile:
        """The image's file, a mebibyte at a time."""
        found = await self._existing(path)
        return await stored_file.found(self._folder, self._file(path, found.format))

    async def _bring(
        self,
        path: str,
        opened: AbstractAsyncContextManager[Download],
        bring: Bring,
        progress: Progress,
    ) -> ImageInfo:
        file = self._file(path, bring.format)
        wanted = intake.parse_checksum(bring.checksum, self._of(path))
        async with self._turnstile.pass_through(path):
            existing = await self.inspect(path)
            if existing and bring.compression:
                return _with_checksum(existing, str(wanted or ""))
            if existing:
                return await self._with_digest(existing, wanted)
            part = file + PART
            async with self._room.growing() as growth:
                try:
                    async with opened as source:
                        digest = await intake.take_in(
                            source,
                            self._folder,
                            part,
                            compression=bring.compression,
                            bounds=Bounds(size_limit_bytes=bring.size_limit_bytes, growth=growth),
                            checksum=wanted,
                            progress=progress,
                        )
                    await self._accept(part, bring.format, bring.size_limit_bytes)
                    await to_thread.run_sync(self._folder.publish, part, file)
                finally:
                    await folder.drop(self._folder, part)
            return await self._existing(path, digest)

    async def prepare(
        self, op: str, path: str, *, format: DiskFormat, size_bytes: int, base: str = ""
    ) -> Address:
        """Make a blank image that a hypervisor may fill; one that it fills, or filled, is kept."""
        del op
        self._require_whole(base)
        part = self._file(path, format) + PART
        location = self._folder.location(part)
        async with self._turnstile.pass_through(path):
            if not await to_thread.run_sync(self._is_ready, part, format, size_bytes):
                await to_thread.run_sync(self._folder.make, part, size_bytes)
                if format is not DiskFormat.RAW:
                    subject = self._of(path)
                    await qemu_img.create(location, format, size_bytes, subject, telltale=True)
        return Address(protocol="file", location=location, format=format)

    async def commit(self, op: str, path: str) -> ImageInfo:
        """Make the prepared image the one at `path`. Raises Busy while it is still being filled."""
        del op
        folder.require_path(path, self._subject)
        async with self._turnstile.pass_through(path):
            file = await to_thread.run_sync(self._prepared, path)
            if file is None:
                return await self._existing(path)
            await to_thread.run_sync(self._require_filled, file)
            await to_thread.run_sync(self._folder.publish, file + PART, file)
            return await self._existing(path)

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
        """Copy a disk or snapshot here, as qcow2 unless the path ends with `.raw`."""
        del op
        self._require_whole(base)
        kind = source.format if as_is else _format(path)
        file = self._file(path, kind)
        part = file + PART
        async with self._turnstile.pass_through(path):
            existing = await self.inspect(path)
            if existing:
                return existing
            held = await to_thread.run_sync(image.look, source, abandon_on_cancel=True)
            need_bytes = await qemu_img.measure(source, kind, self._of(path))
            try:
                async with self._room.kept(need_bytes):
                    await to_thread.run_sync(self._folder.make, part)
                    location = self._folder.location(part)
                    await qemu_img.convert(source, location, kind, held.size_bytes, progress)
                await to_thread.run_sync(self._folder.publish, part, file)
            finally:
                await folder.drop(self._folder, part)
            return await self._existing(path)

    async def verify_copy(self, op: str, path: str, source: Address, progress: Progress) -> None:
        """Let qemu-img compare all bytes with `source`."""
        del op
        folder.require_path(path, self._subject)
        held = await self._existing(path)
        await to_thread.run_sync(image.look, source, abandon_on_cancel=True)
        second = qemu_img.file_name(source.location, self._of(path))
        driver = qemu_img.driver_of(source.format)
        first = self.address(path)
        if not await qemu_img.compare(first, second, driver, held.size_bytes, progress):
            message = f"the image differs from {source.location}"
            hint = "remove the copy and copy again"
            raise errors.Integrity(message, object=self._of(path), hint=hint)

    async def package(self, op: str, path: str, archive: str, progress: Progress) -> ImageInfo:
        """Raises Unsupported: an image here is one file as it is."""
        del op, progress
        folder.require_path(archive, self._subject)
        held = await self._existing(path)
        hint = "take it as it is"
        raise errors.Unsupported(f"{held.format} is one file", object=self._of(path), hint=hint)

    async def unpack(
        self, op: str, path: str, number: int, target: str, progress: Progress
    ) -> ImageInfo:
        """Raises Unsupported: an image here is one disk."""
        del number
        return await self.package(op, path, target, progress)

    async def remove(self, op: str, path: str) -> None:
        """Remove the image and what was prepared for it; absent is success."""
        del op
        folder.require_path(path, self._subject)
        async with self._turnstile.pass_through(path):
            files = self._files(path)
            parts = tuple(file + PART for file in files)
            await to_thread.run_sync(lambda: self._folder.remove(*files, *parts))

    async def list_objects(self, path: str) -> tuple[StoredObject, ...]:
        """The entries of a folder of the store; symbolic links are neither listed nor followed."""
        return await to_thread.run_sync(self._folder.entries, path, abandon_on_cancel=True)

    def address(self, path: str) -> Address:
        """The image's file; asks the file system which format it has."""
        found = next((file for file in self._files(path) if self._folder.exists(file)), path)
        location = self._folder.location(found)
        return Address(protocol="file", location=location, format=_format(found))

    def _require_whole(self, base: str) -> None:
        if base:
            raise errors.Unsupported(
                "a directory keeps no differences between images",
                object=self._of(base),
                hint="switch incremental snapshots off: kvm.incremental.snapshot=false",
            )

    def _of(self, path: str) -> str:
        return f"{self._subject}/{path}"

    def _file(self, path: str, format: DiskFormat) -> str:
        """The file of an image of that format. Raises Invalid, Unsupported."""
        folder.require_path(path, self._subject)
        image.require_image(format, self._of(path))
        said = _format(path)
        if said is format:
            return path
        if said is DiskFormat.QCOW2:
            return path + SUFFIXES[format]
        hint = f"name it without {SUFFIXES[said]}"
        raise errors.Invalid(f"{format} under a name of {said}", object=self._of(path), hint=hint)

    def _files(self, path: str) -> tuple[str, ...]:
        if _format(path) is not DiskFormat.QCOW2:
            return (path,)
        return (path, *(path + suffix for suffix in SUFFIXES.values()))

    def _inspect(self, path: str) -> ImageInfo | None:
        for file in self._files(path):
            descriptor = self._folder.open(file)
            if descriptor is None:
                continue
            try:
                held = image.inspect(descriptor, _format(file), self._of(path))
            finally:
                os.close(descriptor)
            return _info(path, held)
        return None

    async def _existing(self, path: str, checksum: str = "") -> ImageInfo:
        found = await self.inspect(path)
        if found is None:
            hint = "prepare or fetch it first"
            raise errors.NotFound("no such image", object=self._of(path), hint=hint)
        return _with_checksum(found, checksum)

    async def _with_digest(self, existing: ImageInfo, wanted: Checksum | None) -> ImageInfo:
        """The answer of an earlier fetch, made again from the file."""

        def read() -> str:
            descriptor = self._folder.open(self._file(existing.path, existing.format))
            if descriptor is None:
                return ""
            try:
                return intake.digest_of(descriptor, wanted, self._of(existing.path))
            finally:
                os.close(descriptor)

        digest = await to_thread.run_sync(read, abandon_on_cancel=True)
        return _with_checksum(existing, digest)

    async def _accept(self, part: str, format: DiskFormat, size_limit_bytes: int) -> None:
        """Let the fetched file pass our own reading, then QEMU's under tight limits."""
        held = await to_thread.run_sync(self._look_at_stranger, part, format)
        if held.size_bytes > size_limit_bytes:
            message = f"the disk in it has {held.size_bytes} bytes, over {size_limit_bytes}"
            hint = "use a smaller image, or let an administrator raise the limit"
            raise errors.Invalid(message, object=self._of(part), hint=hint)
        facts = await qemu_img.info(self._folder.location(part), format, self._of(part))
        if facts.size_bytes != held.size_bytes:
            hint = "convert it to a plain qcow2 image and bring it in again"
            raise errors.Invalid("its size is ambiguous", object=self._of(part), hint=hint)

    def _look_at_stranger(self, part: str, format: DiskFormat) -> Image:
        descriptor = self._folder.open(part)
        if descriptor is None:
            raise errors.NotFound("it vanished", object=self._of(part), hint="fetch it again")
        try:
            with translated(self._of(part)):
                return image.inspect(descriptor, format, self._of(part), Origin.STRANGE)
        finally:
            os.close(descriptor)

    def _is_ready(self, part: str, format: DiskFormat, size_bytes: int) -> bool:
        """Whether what is prepared is being filled, or is whole and as it is wanted."""
        descriptor = self._folder.open(part)
        if descriptor is None:
            return False
        try:
            if image_lock.is_open(descriptor):
                return True
            held = image.inspect(descriptor, format, self._of(part))
        except errors.Invalid:
            return False
        finally:
            os.close(descriptor)
        return held.size_bytes == size_bytes and not held.dirty

    def _prepared(self, path: str) -> str | None:
        files = self._files(path)
        return next((file for file in files if self._folder.exists(file + PART)), None)

    def _require_filled(self, file: str) -> None:
        location = self._folder.location(file + PART)
        with translated(self._of(file)), image_lock.held(location, self._of(file)) as descriptor:
            try:
                held = image.inspect(descriptor, _format(file), self._of(file))
            except errors.Invalid as error:
                raise self._spoilt(file, error.message) from error
            if held.dirty:
                raise self._spoilt(file, "it was not closed well")

    def _spoilt(self, file: str, message: str) -> errors.Integrity:
        hint = "prepare it and let it be written again"
        return errors.Integrity(message, object=self._of(file), hint=hint)


@asynccontextmanager
async def _sent(source: ByteStream) -> AsyncGenerator[Download]:
    try:
        yield Download(total_bytes=source.total_bytes, chunks=source.chunks)
    finally:
        await source.chunks.aclose()


def _format(file: str) -> DiskFormat:
    return next((kind for kind, end in SUFFIXES.items() if file.endswith(end)), DiskFormat.QCOW2)


def _info(path: str, held: Image) -> ImageInfo:
    return ImageInfo(
        path=path,
        size_bytes=held.size_bytes,
        physical_bytes=held.physical_bytes,
        format=held.format,
    )


def _with_checksum(found: ImageInfo, checksum: str) -> ImageInfo:
    return ImageInfo(
        path=found.path,
        size_bytes=found.size_bytes,
        physical_bytes=found.physical_bytes,
        format=found.format,
        checksum=checksum,
    )
