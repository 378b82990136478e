"""A simulated image store: fetches templates, takes in copies, and has places that hosts fill."""

from collections.abc import AsyncGenerator
from hashlib import sha256
from typing import Final

from core.decompression.compression import uncompressed
from core.driver import Progress
from core.driver_words import Address, ByteStream, ImageInfo, Space, StoredFile, StoredObject
from core.model import errors
from core.model.pool_types import DiskFormat
from sim.disk.content import Content
from sim.disk.image_file import file_bytes
from sim.disk.listing import entries
from sim.disk.source import find_source
from sim.disk.template import Template, parse_checksum, too_large
from sim.driver.intake import taken_in
from sim.flow.share import Link
from sim.gate import Gate, gated
from sim.world import SCHEME, Image, Place, Store, World, require_online

TEMPLATES: Final = f"{SCHEME}://templates/"
FETCHED: Final = frozenset(DiskFormat) - {DiskFormat.VMDK}
PACKED: Final = (DiskFormat.VMDK, DiskFormat.OVA)
CHUNK_BYTES: Final = 1 << 16
METADATA: Final = ".ova.meta"
METADATA_BYTES: Final = 4096
"""What vCenter's files lie beside: enough to pack them into an OVA when somebody asks for it."""


class SimulatedStore:
    """Fills ImageDriver. `store_id` is what the control plane calls it."""

    def __init__(self, world: World, store: Store, store_id: str) -> None:
        self._world = world
        self._store = store
        self._subject = f"image_store/{store_id}"
        self.where = f"store/{store.spec.name}"

    @property
    def gate(self) -> Gate | None:
        """What makes calls fail, if anything does."""
        return self._world.gate

    @gated
    async def probe(self) -> Space:
        """Room on the store."""
        await self._begin("probe")
        return self._store.room.space()

    @gated
    async def inspect(self, path: str) -> ImageInfo | None:
        """The image, or None."""
        await self._begin("inspect")
        image = self._store.images.get(path)
        return image.info(path) if image is not None else None

    @gated
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
        """Bring in one of the world's templates; it is looked at before it is at `path`."""
        del op
        subject = self._of(path)
        wanted = parse_checksum(checksum, subject)
        self._require_fetched(format, path)
        await self._begin("fetch")
        await self._turn(path)
        template = self._template(url)
        refusal = template.refusal(format, wanted, size_limit_bytes, subject)
        image = self._store.images.get(path)
        if image is None:
            early = too_large(template.spec.written_bytes, size_limit_bytes, subject)
            if early is not None:
                raise early
            links = (self._world.web_link, self._store.write_link)
            content = template.content.fork()
            await self._receive(path, links, content, progress, refusal)
            image = self._publish(path, format, content)
        elif refusal is not None:
            raise refusal
        return image.info(path, template.checksum)

    @gated
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
        """Take in what somebody sends; it is looked at before it is at `path`."""
        del op
        subject = self._of(path)
        wanted = parse_checksum(checksum, subject)
        self._require_fetched(format, path)
        await self._begin("fetch")
        await self._turn(path)
        image = self._store.images.get(path)
        if image is not None:
            return image.info(path)
        content, digest = await taken_in(
            self._world,
            source,
            format=format,
            checksum=wanted,
            limit_bytes=size_limit_bytes,
            subject=subject,
        )
        await self._turn(path)
        links = (self._world.web_link, self._store.write_link)
        await self._receive(path, links, content, progress)
        return self._publish(path, format, content).info(path, digest)

    @gated
    async def read(self, path: str) -> StoredFile:
        """The image's file; reading takes as long as the part that is read of what is written."""
        await self._begin("inspect")
        image = self._store.images.get(path)
        if image is None:
            hint = "store or fetch it first"
            raise errors.NotFound("no such image", object=self._of(path), hint=hint)
        held = file_bytes(image.content, qcow2=image.format is DiskFormat.QCOW2)
        taken_bytes = image.taken_bytes

        async def chunks(start_bytes: int, length_bytes: int) -> AsyncGenerator[bytes, None]:
            part = held[start_bytes : start_bytes + length_bytes]
            due_bytes = taken_bytes * len(part) // len(held)
            await self._world.copy((self._store.read_link,), due_bytes, _silent, self._subject)
            if self._store.images.get(path) is not image:
                hint = "ask for a new link"
                raise errors.NotFound("it was removed", object=self._of(path), hint=hint)
            for start in range(0, len(part), CHUNK_BYTES):
                yield part[start : start + CHUNK_BYTES]

        version = f"{image.modified_s!r} {sha256(held).hexdigest()}"
        return StoredFile(total_bytes=len(held), version=version, chunks=chunks)

    @gated
    async def prepare(
        self, op: str, path: str, *, format: DiskFormat, size_bytes: int, base: str = ""
    ) -> Address:
        """A blank place for any hypervisor's image; one that is or was being filled is kept."""
        del op
        await self._begin("prepare")
        self._require_base(base)
        store = self._store
        place = store.places.get(path)
        if place is None or place.torn:
            store.room.give(path)
            store.places[path] = Place(format, self._world.blank(size_bytes), base)
        return Address(protocol=SCHEME, location=self._location(path), format=format)

    @gated
    async def commit(self, op: str, path: str) -> ImageInfo:
        """Make the filled place the image at `path`. Raises Busy while it is being filled."""
        del op
        await self._begin("commit")
        store = self._store
        place = store.places.get(path)
        if place is None:
            image = store.images.get(path)
            if image is None:
                hint = "prepare or fetch it first"
                raise errors.NotFound("nothing was prepared", object=self._of(path), hint=hint)
            return image.info(path)
        if place.filling:
            hint = "wait for the host's copy to end"
            raise errors.Busy("it is still being filled", object=self._of(path), hint=hint)
        if place.torn:
            hint = "prepare it and let it be written again"
            raise errors.Integrity("it ends in the middle", object=self._of(path), hint=hint)
        del store.places[path]
        store.room.give(path)
        kept = _kept(place.format)
        return self._publish(path, kept, place.content, place.base).info(path)

    @gated
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
        """Copy a disk or snapshot here, in its own format; with a base only what differs.

        Files of VMware stay as they are, with what packing them into an OVA needs beside them.
        """
        del as_is
        del op
        await self._begin("store")
        await self._turn(path)
        image = self._store.images.get(path)
        if image is None:
            self._require_base(base)
            found = find_source(self._world, source)
            with found:
                content = found.content.fork()
                links = (found.link, self._store.write_link)
                await self._receive(path, links, content, progress, base=base)
            image = self._publish(path, _kept(source.format), content, base)
        return image.info(path)

    @gated
    async def verify_copy(self, op: str, path: str, source: Address, progress: Progress) -> None:
        """Read both sides to their ends and compare them."""
        del op
        await self._begin("verify_copy")
        image = self._store.images.get(path)
        if image is None:
            hint = "store or fetch it first"
            raise errors.NotFound("no such image", object=self._of(path), hint=hint)
        found = find_source(self._world, source)
        content = image.content.fork()
        with found:
            links = tuple(dict.fromkeys((self._store.read_link, found.link)))
            size_bytes = max(content.written_bytes, found.content.written_bytes)
            await self._world.copy(links, size_bytes, progress, self._of(path))
        if not content.same_as(found.content):
            raise errors.Integrity(
                f"the image differs from {source.location}",
                object=self._of(path),
                hint="remove the copy and copy again",
            )

    @gated
    async def package(self, op: str, path: str, archive: str, progress: Progress) -> ImageInfo:
        """Read the files of a VMware image, and write them again as one archive."""
        del op
        await self._begin("package")
        await self._turn(archive)
        packed = self._store.images.get(archive)
        if packed is None:
            image = self._store.images.get(path)
            if image is None:
                hint = "store or fetch it first"
                raise errors.NotFound("no such image", object=self._of(path), hint=hint)
            if image.format not in PACKED:
                hint = "take it as it is"
                raise errors.Unsupported(
                    f"{image.format} is one file", object=self._of(path), hint=hint
                )
            content = image.content.fork()
            links = (self._store.read_link, self._store.write_link)
            await self._receive(archive, links, content, progress)
            packed = self._publish(archive, DiskFormat.OVA, content)
        return packed.info(archive)

    @gated
    async def remove(self, op: str, path: str) -> None:
        """Remove the image and what was prepared for it; absent is success.

        A host that is filling it goes on, into nothing.
        """
        del op
        await self._begin("remove")
        await self._turn(path)
        store = self._store
        self._require_no_child(path)
        store.places.pop(path, None)
        store.room.give(path)
        image = store.images.pop(path, None)
        if image is not None:
            store.room.used_bytes -= image.taken_bytes

    @gated
    async def list_objects(self, path: str) -> tuple[StoredObject, ...]:
        """The entries of a folder of the store."""
        await self._begin("list_objects")
        images = self._store.images.items()
        found = {name: (image.taken_bytes, image.modified_s) for name, image in images}
        for name, image in images:
            if image.format is DiskFormat.VMDK:
                found[name + METADATA] = (METADATA_BYTES, image.modified_s)
        return entries(found, path, self._subject)

    def address(self, path: str) -> Address:
        """The image's address; before there is one, its format is QCOW2."""
        image = self._store.images.get(path)
        kind = image.format if image is not None else DiskFormat.QCOW2
        return Address(protocol=SCHEME, location=self._location(path), format=kind)

    async def _begin(self, action: str) -> None:
        require_online(self._store)
        world = self._world
        await world.runtime.sleep(self._store.spec.latency_s + world.duration_s(action))
        require_online(self._store)

    async def _turn(self, path: str) -> None:
        """Wait until nobody brings in an image to that path."""
        making = self._store.making
        while path in making:
            await making[path].wait()

    async def _receive(
        self,
        path: str,
        links: tuple[Link, ...],
        content: Content,
        progress: Progress,
        refusal: errors.ForebayError | None = None,
        base: str = "",
    ) -> None:
        """Bring content here, then raise `refusal` if there is one; a failure leaves nothing."""
        world, store = self._world, self._store
        size_bytes = store.difference_bytes(content, base)
        store.room.take(path, size_bytes)
        store.making[path] = event = world.runtime.event()
        deaths = world.deaths
        try:
            await world.copy(links, size_bytes, progress, self._of(path))
            store.room.require_not_full()
        finally:
            if world.deaths == deaths:
                store.room.give(path)
            del store.making[path]
            event.set()
        if refusal is not None:
            raise refusal

    def _publish(self, path: str, format: DiskFormat, content: Content, base: str = "") -> Image:
        store = self._store
        store.spoil_if_due(content, self._world.random)
        image = Image(format, content, self._world.runtime.now(), base)
        image.taken_bytes = store.difference_bytes(content, base)
        old = store.images.get(path)
        store.room.used_bytes += image.taken_bytes - (old.taken_bytes if old is not None else 0)
        store.images[path] = image
        return image

    def _location(self, path: str) -> str:
        return f"{SCHEME}://store/{self._store.spec.name}/{path}"

    def _of(self, path: str) -> str:
        return f"{self._subject}/{path}"

    def _require_base(self, base: str) -> None:
        if base and base not in self._store.images:
            hint = "store all of it, without a base"
            raise errors.NotFound("the base is not here", object=self._of(base), hint=hint)

    def _require_no_child(self, path: str) -> None:
        store = self._store
        bases = {name: image.base for name, image in store.images.items()}
        bases.update((name, place.base) for name, place in store.places.items())
        for name, base in bases.items():
            if base == path:
                raise errors.Busy(
                    f"{name} holds only what differs from it",
                    object=self._of(path),
                    hint="remove that one first",
                )

    def _require_fetched(self, format: DiskFormat, path: str) -> None:
        if format not in FETCHED:
            hint = "bring disks of VMware as OVA archives"
            raise errors.Unsupported(
                f"{format} images are not fetched", object=self._of(path), hint=hint
            )

    def _template(self, url: str) -> Template:
        if not url.startswith(TEMPLATES):
            raise errors.Invalid(
                "images may not be fetched from that address",
                object=self._subject,
                hint=f"a simulated site has only {TEMPLATES}<name>",
            )
        template = self._world.templates.get(uncompressed(url.removeprefix(TEMPLATES)))
        if template is None:
            hint = "check the address"
            raise errors.NotFound(f"nothing is at {url}", object=self._subject, hint=hint)
        return template


def _silent(_done_bytes: int, _total_bytes: int) -> None:
    """Nobody looks at how far a download is."""


def _kept(format: DiskFormat) -> DiskFormat:
    """How an image of that format is kept: an OVA's files lie there unpacked."""
    return DiskFormat.VMDK if format is DiskFormat.OVA else format
