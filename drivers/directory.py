"""A storage pool in a directory, local or on a shared mount point: one image file a disk."""

import os

from anyio import to_thread

from core.driver import Progress
from core.driver_words import Address, DiskCheck, DiskInfo, DiskSpec, Space, StoredObject
from core.model import errors
from core.model.pool_types import DiskFormat
from drivers import folder
from drivers.failures import translated
from drivers.folder import PART, Folder
from drivers.qemu import image, image_lock, qemu_img, qemu_nbd
from drivers.qemu.image import SUFFIXES, Image
from drivers.room import Room
from drivers.turnstile import Turnstile


class DirectoryPool:
    """Fills StorageDriver: disk `name` is the file `<root>/<name>.qcow2` or `<root>/<name>.raw`.

    A disk is made under the ending `.part` and renamed when it is complete and durable; what a
    killed control plane leaves under that ending is replaced by the next call for the same disk.
    """

    def __init__(self, pool_id: str, root: str, *, capacity_bytes: int = 0) -> None:
        """`capacity_bytes` limits what the files may take; 0 means the room of the file system."""
        self._subject = f"pool/{pool_id}"
        self._folder = Folder(root, self._subject, capacity_bytes)
        self._turnstile = Turnstile()
        self._room = Room(self._folder)
        self._formats: dict[str, DiskFormat] = {}

    async def probe(self) -> Space:
        """Room on the pool. Raises Unavailable."""
        return await to_thread.run_sync(self._folder.space, abandon_on_cancel=True)

    async def inspect(self, name: str) -> DiskInfo | None:
        """The disk, read from its file's header, or None."""
        folder.require_name(name, self._subject)
        return await to_thread.run_sync(self._inspect, name, abandon_on_cancel=True)

    async def create_disk(
        self, op: str, disk: DiskSpec, source: Address | None, progress: Progress
    ) -> DiskInfo:
        """Make a thin disk, blank or a full copy of `source` grown to its size."""
        del op
        folder.require_name(disk.name, self._subject)
        image.require_format(disk.format, self._subject)
        async with self._turnstile.pass_through(disk.name):
            existing = await self.inspect(disk.name)
            if existing:
                return self._require_same(existing, disk)
            part = _file(disk.name, disk.format) + PART
            try:
                if source is None:
                    await self._make_blank(disk, part)
                else:
                    await self._copy(disk, part, source, progress)
                await self._publish(part, _file(disk.name, disk.format))
            finally:
                await self._drop(part)
            return await self._existing(disk.name)

    async def inspect_file(self, path: str) -> DiskInfo:
        """What image the file holds, told by its first bytes and not by its name."""
        return await to_thread.run_sync(self._inspect_file, path, abandon_on_cancel=True)

    async def adopt_disk(self, op: str, path: str, name: str) -> DiskInfo:
        """Let the file have the name of a disk."""
        del op
        folder.require_name(name, self._subject)
        async with self._turnstile.pass_through(name):
            adopted = await self.inspect(name)
            if adopted is None or await to_thread.run_sync(self._folder.exists, path):
                found = await self.inspect_file(path)
                await to_thread.run_sync(self._rename, path, _file(name, found.format))
            return await self._existing(name)

    async def release_disk(self, op: str, name: str, path: str) -> None:
        """Let the disk's file have its old name again."""
        del op
        async with self._turnstile.pass_through(name):
            disk = await self.inspect(name)
            if disk is not None:
                await to_thread.run_sync(self._rename, _file(name, disk.format), path)
                self._formats.pop(name, None)

    async def remove_disk(self, op: str, name: str) -> None:
        """Remove the disk's file, and what an interrupted call left. Raises Busy (it is open)."""
        del op
        folder.require_name(name, self._subject)
        async with self._turnstile.pass_through(name):
            await to_thread.run_sync(self._remove, name)

    async def resize_disk(self, op: str, name: str, size_bytes: int, *, shrink: bool) -> DiskInfo:
        """Set the size of a disk that nobody has open."""
        del op
        async with self._turnstile.pass_through(name):
            disk = await self._existing(name)
            if size_bytes == disk.size_bytes:
                return disk
            if size_bytes <= 0 or (size_bytes < disk.size_bytes and not shrink):
                raise errors.Invalid(
                    f"{size_bytes} bytes are fewer than the disk's {disk.size_bytes}",
                    object=self._of(name),
                    hint="allow it to shrink, which cuts off its end",
                )
            address = self.address(name)
            await to_thread.run_sync(self._require_idle, address.location, name)
            await qemu_img.resize(
                address.location, address.format, size_bytes, self._of(name), shrink=shrink
            )
            return await self._existing(name)

    async def set_qos(self, op: str, name: str, *, min_iops: int, max_iops: int) -> None:
        """Refuse: files have no rates of their own."""
        del op, min_iops, max_iops
        await self._existing(name)
        raise errors.Unsupported(
            "a file keeps no rates",
            object=self._of(name),
            hint="let the hypervisor keep them: the iops rates of a disk offering",
        )

    async def verify_copy(self, op: str, name: str, source: Address, progress: Progress) -> None:
        """Compare all bytes with `source`; where the disk is longer it must go on with zeroes."""
        del op
        disk = await self._existing(name)
        await self._source(source)
        if source.snapshot:
            async with qemu_nbd.exported(source, self._of(name)) as url:
                same = await self._compare(disk, url, "raw", progress)
        else:
            second = qemu_img.file_name(source.location, self._of(name))
            driver = qemu_img.driver_of(source.format)
            same = await self._compare(disk, second, driver, progress)
        if not same:
            message = f"the disk differs from {source.location}"
            hint = "remove the copy and copy again"
            raise errors.Integrity(message, object=self._of(name), hint=hint)

    async def check_disk(self, op: str, name: str, repair: str) -> DiskCheck:
        """Check the disk's qcow2 file, then mend it if that is asked for."""
        del op
        async with self._turnstile.pass_through(name):
            disk = await self._existing(name)
            if disk.format is not DiskFormat.QCOW2:
                hint = "only QCOW2 disks have a structure to check"
                raise errors.Unsupported(
                    "a raw disk cannot be checked", object=self._of(name), hint=hint
                )
            location, subject = self.address(name).location, self._of(name)
            await to_thread.run_sync(self._require_idle, location, name)
            found = await qemu_img.check(location, subject)
            repaired = await qemu_img.check(location, subject, repair) if repair else {}
            return DiskCheck(found=found, repaired=repaired)

    async def take_snapshot(self, op: str, name: str, snapshot: str) -> None:
        """Fix the disk's content inside its qcow2 file. Raises Unsupported for a raw disk."""
        del op
        folder.require_name(snapshot, self._of(name))
        async with self._turnstile.pass_through(name):
            disk = await self._existing(name)
            if disk.format is not DiskFormat.QCOW2:
                hint = "copy the disk to a QCOW2 disk and use that one"
                raise errors.Unsupported(
                    "a raw disk holds no snapshots", object=self._of(name), hint=hint
                )
            if snapshot not in disk.snapshots:
                location = self.address(name).location
                await to_thread.run_sync(self._require_idle, location, name)
                await qemu_img.take_snapshot(location, snapshot, self._of(name))

    async def revert_snapshot(self, op: str, name: str, snapshot: str) -> DiskInfo:
        """Let the disk be as the snapshot inside its qcow2 file, size included."""
        del op
        folder.require_name(snapshot, self._of(name))
        async with self._turnstile.pass_through(name):
            disk = await self._existing(name)
            if snapshot not in disk.snapshots:
                hint = "inspect the disk to see its snapshots"
                raise errors.NotFound("no such snapshot", object=self._of(name), hint=hint)
            location = self.address(name).location
            await to_thread.run_sync(self._require_idle, location, name)
            await qemu_img.revert_snapshot(location, snapshot, self._of(name))
            return await self._existing(name)

    async def replace_disk(
        self, op: str, disk: DiskSpec, source: Address, progress: Progress
    ) -> DiskInfo:
        """Copy the source beside the disk's file, then rename the copy over it."""
        del op
        folder.require_name(disk.name, self._subject)
        image.require_format(disk.format, self._subject)
        async with self._turnstile.pass_through(disk.name):
            existing = await self._existing(disk.name)
            file = _file(disk.name, existing.format)
            location = self._folder.location(file)
            await to_thread.run_sync(self._require_idle, location, disk.name)
            made = DiskSpec(name=disk.name, size_bytes=disk.size_bytes, format=existing.format)
            try:
                await self._copy(made, file + PART, source, progress)
                await to_thread.run_sync(self._require_idle, location, disk.name)
                await self._publish(file + PART, file)
            finally:
                await self._drop(file + PART)
            return await self._existing(disk.name)

    async def take_snapshots(self, op: str, names: tuple[str, ...], snapshot: str) -> None:
        """One after the other: idle disks have the same content at any moment."""
        taken: list[str] = []
        try:
            for name in names:
                await self.take_snapshot(op, name, snapshot)
                taken.append(name)
        except errors.ForebayError:
            for name in taken:
                await self.remove_snapshot(op, name, snapshot)
            raise

    async def remove_snapshot(self, op: str, name: str, snapshot: str) -> None:
        """Remove a snapshot from the disk's file; absent is success."""
        del op
        async with self._turnstile.pass_through(name):
            disk = await self.inspect(name)
            if disk and snapshot in disk.snapshots:
                location = self.address(name).location
                await to_thread.run_sync(self._require_idle, location, name)
                await qemu_img.remove_snapshot(location, snapshot, self._of(name))

    async def children(self) -> tuple[str, ...]:
        """Refuse: a folder is one pool."""
        raise errors.Unsupported(
            "a folder is no datastore cluster",
            object=self._subject,
            hint="only pools of type DatastoreCluster have datastores",
        )

    async def list_objects(self, path: str) -> tuple[StoredObject, ...]:
        """The entries of a folder of the pool; symbolic links are neither listed nor followed."""
        return await to_thread.run_sync(self._folder.entries, path, abandon_on_cancel=True)

    def address(self, name: str, snapshot: str = "") -> Address:
        """The disk's file; asks the file system for its format only until that is known."""
        folder.require_name(name, self._subject)
        kind = self._formats.get(name) or self._format(name) or DiskFormat.QCOW2
        return Address(
            protocol="file",
            location=self._folder.location(_file(name, kind)),
            format=kind,
            snapshot=snapshot,
        )

    def _of(self, name: str) -> str:
        return f"{self._subject}/{name}"

    def _format(self, name: str) -> DiskFormat | None:
        return next((kind for kind in SUFFIXES if self._folder.exists(_file(name, kind))), None)

    def _inspect(self, name: str) -> DiskInfo | None:
        kind = self._format(name)
        descriptor = self._folder.open(_file(name, kind)) if kind else None
        if kind is None or descriptor is None:
            self._formats.pop(name, None)
            return None
        try:
            with translated(self._of(name)):
                held = image.inspect(descriptor, kind, self._of(name))
        finally:
            os.close(descriptor)
        self._formats[name] = kind
        return DiskInfo(
            name=name,
            size_bytes=held.size_bytes,
            format=kind,
            physical_bytes=held.physical_bytes,
            snapshots=held.snapshots,
        )

    def _inspect_file(self, path: str) -> DiskInfo:
        subject = self._of(path)
        descriptor = self._folder.open(path)
        if descriptor is None:
            hint = "list the pool's objects to see what is there"
            raise errors.NotFound("no such file", object=subject, hint=hint)
        try:
            with translated(subject):
                found = image.recognized(descriptor, subject)
        finally:
            os.close(descriptor)
        return DiskInfo(
            name="",
            size_bytes=found.size_bytes,
            format=found.format,
            physical_bytes=found.physical_bytes,
        )

    def _rename(self, path: str, to: str) -> None:
        """Raises Busy while it is open, Conflict when something else has the new name."""
        if path != to:
            location = self._folder.location(path)
            with translated(self._of(path)), image_lock.held(location, self._of(path)):
                self._folder.move(path, to)

    async def _existing(self, name: str) -> DiskInfo:
        disk = await self.inspect(name)
        if disk is None:
            hint = "list the pool's objects to see what is there"
            raise errors.NotFound("no such disk", object=self._of(name), hint=hint)
        return disk

    def _require_same(self, existing: DiskInfo, wanted: DiskSpec) -> DiskInfo:
        if (existing.size_bytes, existing.format) == (wanted.size_bytes, wanted.format):
            return existing
        message = f"a disk of {existing.size_bytes} bytes, {existing.format}, has that name"
        hint = "remove it, or use another name"
        raise errors.Conflict(message, object=self._of(wanted.name), hint=hint)

    async def _make_blank(self, disk: DiskSpec, part: str) -> None:
        if disk.size_bytes <= 0:
            hint = "ask for at least one sector"
            raise errors.Invalid("a disk needs a size", object=self._of(disk.name), hint=hint)
        if disk.format is DiskFormat.RAW:
            await to_thread.run_sync(self._folder.make, part, disk.size_bytes)
            return
        await self._drop(part)
        location = self._folder.location(part)
        await qemu_img.create(location, disk.format, disk.size_bytes, self._of(disk.name))

    async def _copy(self, disk: DiskSpec, part: str, source: Address, progress: Progress) -> None:
        held = await self._source(source)
        if held.size_bytes > disk.size_bytes:
            message = f"the source has {held.size_bytes} bytes, the disk only {disk.size_bytes}"
            hint = "make the disk at least as large as its source"
            raise errors.Invalid(message, object=self._of(disk.name), hint=hint)
        need_bytes = await qemu_img.measure(source, disk.format, self._of(disk.name))
        location = self._folder.location(part)
        async with self._room.kept(need_bytes):
            await self._drop(part)
            await qemu_img.convert(source, location, disk.format, held.size_bytes, progress)
        if held.size_bytes < disk.size_bytes:
            await qemu_img.resize(location, disk.format, disk.size_bytes, self._of(disk.name))

    async def _source(self, source: Address) -> Image:
        """Look at the source before QEMU does. Raises NotFound, Unsupported (not a file)."""
        return await to_thread.run_sync(image.look, source, abandon_on_cancel=True)

    async def _publish(self, part: str, path: str) -> None:
        await to_thread.run_sync(self._folder.publish, part, path)

    async def _drop(self, part: str) -> None:
        await folder.drop(self._folder, part)

    def _remove(self, name: str) -> None:
        paths = [_file(name, kind) for kind in SUFFIXES]
        with translated(self._of(name)):
            for path in paths:
                if self._folder.exists(path):
                    with image_lock.held(self._folder.location(path), self._of(name)):
                        self._folder.remove(path)
        self._folder.remove(*(path + PART for path in paths))
        self._formats.pop(name, None)

    def _require_idle(self, location: str, name: str) -> None:
        with translated(self._of(name)), image_lock.held(location, self._of(name)):
            return

    async def _compare(self, disk: DiskInfo, second: str, driver: str, progress: Progress) -> bool:
        first = self.address(disk.name)
        return await qemu_img.compare(first, second, driver, disk.size_bytes, progress)


def _file(name: str, format: DiskFormat) -> str:
    return name + SUFFIXES[format]
