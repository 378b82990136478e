"""A simulated primary pool: NFS, local or RBD-like, as its type's row says."""

from msgspec import structs

from core.driver import Progress
from core.driver_words import Address, DiskCheck, DiskInfo, DiskSpec, Space, StoredObject
from core.model import errors
from core.model.pool_types import DiskFormat, PoolType
from sim.disk.content import Content
from sim.disk.disk import Disk
from sim.disk.listing import entries
from sim.disk.source import Source, find_source
from sim.driver.disk_rules import (
    require_alone,
    require_closed,
    require_free,
    require_larger,
    require_possible,
    require_same,
)
from sim.gate import Gate, gated
from sim.world import SCHEME, Pool, World, require_online


class SimulatedPool:
    """Fills StorageDriver. `pool_id` is what the control plane calls it."""

    def __init__(self, world: World, pool: Pool, pool_id: str) -> None:
        self._world = world
        self._pool = pool
        self._subject = f"pool/{pool_id}"
        self.where = f"pool/{pool.spec.name}"

    @property
    def gate(self) -> Gate | None:
        """What makes calls fail, if anything does."""
        return self._world.gate

    @gated
    async def probe(self) -> Space:
        """Room on the pool, with all that guests have written by now."""
        await self._begin("probe")
        for disk in self._pool.disks.values():
            _catch_up(disk)
        space = self._pool.room.space()
        nodes, replicas = self._pool.satellites, self._pool.room.copies
        return structs.replace(space, nodes=nodes, replicas=replicas)

    @gated
    async def inspect(self, name: str) -> DiskInfo | None:
        """The disk, or None."""
        await self._begin("inspect")
        disk = self._pool.disks.get(name)
        if disk is None:
            return None
        _catch_up(disk)
        return disk.info()

    @gated
    async def create_disk(
        self, op: str, disk: DiskSpec, source: Address | None, progress: Progress
    ) -> DiskInfo:
        """Make a thin disk, blank or a full copy of `source` grown to its size."""
        del op
        await self._begin("create_disk")
        pool = self._pool
        await self._turn(disk.name)
        existing = pool.disks.get(disk.name)
        if existing is not None:
            _catch_up(existing)
            return require_same(existing, disk, self._of(disk.name))
        require_possible(self._pool, disk, self._of(disk.name))
        if source is None:
            pool.room.give(disk.name)
            return self._publish(disk, self._world.blank(disk.size_bytes))
        found = find_source(self._world, source)
        require_larger(disk, found.content, self._of(disk.name))
        return self._publish(disk, await self._copied(disk, found, progress))

    @gated
    async def inspect_file(self, path: str) -> DiskInfo:
        """The disk of that name: here paths are names."""
        await self._begin("inspect")
        disk = self._existing(path)
        require_alone(disk, self._of(path))
        return structs.replace(disk.info(), name="")

    @gated
    async def adopt_disk(self, op: str, path: str, name: str) -> DiskInfo:
        """Let the disk have another name."""
        del op
        await self._begin("inspect")
        if path != name and path in self._pool.disks:
            require_alone(self._pool.disks[path], self._of(path))
            self._rename(path, name)
        return self._existing(name).info()

    @gated
    async def release_disk(self, op: str, name: str, path: str) -> None:
        """Let the disk have its old name again."""
        del op
        await self._begin("inspect")
        if path != name and name in self._pool.disks:
            self._rename(name, path)

    def _rename(self, old: str, new: str) -> None:
        disks = self._pool.disks
        require_closed(disks[old], self._of(old))
        require_free(new in disks, self._of(new))
        disk = disks[new] = disks.pop(old)
        disk.name = new
        self._world.rename_told(old, new)

    @gated
    async def remove_disk(self, op: str, name: str) -> None:
        """Remove the disk, its snapshots, and what an interrupted call left."""
        del op
        await self._begin("remove_disk")
        await self._turn(name)
        pool = self._pool
        disk = pool.disks.get(name)
        if disk is not None:
            require_closed(disk, self._of(disk.name))
            disk.vanish()
            del pool.disks[name]
        pool.room.give(name)

    @gated
    async def resize_disk(self, op: str, name: str, size_bytes: int, *, shrink: bool) -> DiskInfo:
        """Set the size of a disk that no guest has open."""
        del op
        await self._begin("resize_disk")
        disk = self._existing(name)
        if size_bytes != disk.size_bytes:
            require_closed(disk, self._of(disk.name))
            if size_bytes <= 0 or (size_bytes < disk.size_bytes and not shrink):
                raise errors.Invalid(
                    f"{size_bytes} bytes are fewer than the disk's {disk.size_bytes}",
                    object=self._of(name),
                    hint="allow it to shrink, which cuts off its end",
                )
            if size_bytes < disk.size_bytes:
                self._world.void_told(name)
            disk.content.resize(size_bytes)
            disk.settle(self._world.runtime.now())
        return disk.info()

    @gated
    async def set_qos(self, op: str, name: str, *, min_iops: int, max_iops: int) -> None:
        """Keep rates of a disk, where the storage is of a kind that does."""
        del op
        await self._begin("set_qos")
        disk = self._existing(name)
        if not self._pool.row.rates:
            raise errors.Unsupported(
                f"{self._pool.type} keeps no rates",
                object=self._of(name),
                hint="let the hypervisor keep them: the iops rates of a disk offering",
            )
        if max_iops and min_iops > max_iops:
            raise errors.Invalid(
                f"{min_iops} operations per second are more than {max_iops}",
                object=self._of(name),
                hint="give miniops at most maxiops",
            )
        disk.rates = (min_iops, max_iops)

    @gated
    async def verify_copy(self, op: str, name: str, source: Address, progress: Progress) -> None:
        """Read both sides to their ends and compare them."""
        del op
        await self._begin("verify_copy")
        disk = self._existing(name)
        _catch_up(disk)
        found = find_source(self._world, source)
        content = disk.content.fork()
        path = tuple(dict.fromkeys((self._pool.read_link, found.link)))
        disk.readers += 1
        try:
            with found:
                size_bytes = max(content.written_bytes, found.content.written_bytes)
                await self._world.copy(path, size_bytes, progress, self._of(name))
        finally:
            disk.readers -= 1
        if not content.same_as(found.content):
            raise errors.Integrity(
                f"the disk differs from {source.location}",
                object=self._of(name),
                hint="remove the copy and copy again",
            )

    @gated
    async def check_disk(self, op: str, name: str, repair: str) -> DiskCheck:
        """A simulated disk's structure is always sound."""
        del op
        await self._begin("inspect")
        disk = self._existing(name)
        if disk.format is DiskFormat.RAW:
            raise errors.Unsupported(
                f"a {disk.format} disk cannot be checked",
                object=self._of(name),
                hint="only QCOW2 disks have a structure to check",
            )
        require_closed(disk, self._of(disk.name))
        found = {"check-errors": "0", "format": "qcow2", "image-end-offset": str(disk.taken_bytes)}
        repaired = {**found, "leaks-fixed": "0"} if repair else {}
        return DiskCheck(found=found, repaired=repaired)

    @gated
    async def take_snapshot(self, op: str, name: str, snapshot: str) -> None:
        """Fix the disk's content as it is at this moment."""
        del op
        await self._begin("take_snapshot")
        self._take(name, snapshot)

    @gated
    async def take_snapshots(self, op: str, names: tuple[str, ...], snapshot: str) -> None:
        """Fix the content of all of them at this moment, or of none."""
        del op
        await self._begin("take_snapshot")
        for name in names:
            self._require_takes(self._existing(name))
        for name in names:
            self._take(name, snapshot)

    def _take(self, name: str, snapshot: str) -> None:
        disk = self._existing(name)
        if snapshot not in disk.snapshots:
            self._require_takes(disk)
            _catch_up(disk)
            disk.snapshots[snapshot] = disk.content.fork()

    def _require_takes(self, disk: Disk) -> None:
        """Raise Busy, Unsupported where a snapshot of the disk cannot be taken now."""
        if not self._pool.row.storage_snapshots:
            require_closed(disk, self._of(disk.name))
            if disk.format is DiskFormat.RAW:
                raise errors.Unsupported(
                    "a raw disk here holds no snapshots",
                    object=self._of(disk.name),
                    hint="copy the disk to a QCOW2 disk and use that one",
                )

    @gated
    async def revert_snapshot(self, op: str, name: str, snapshot: str) -> DiskInfo:
        """Let the disk be as the snapshot; what its guest was told of since is void."""
        del op
        await self._begin("revert_snapshot")
        disk = self._existing(name)
        content = disk.snapshots.get(snapshot)
        if content is None:
            hint = "inspect the disk to see its snapshots"
            raise errors.NotFound("no such snapshot", object=self._of(name), hint=hint)
        require_closed(disk, self._of(disk.name))
        self._world.void_told(name)
        disk.hold(disk.content.written_bytes)
        disk.replace(content.fork(), self._world.runtime.now())
        return disk.info()

    @gated
    async def replace_disk(
        self, op: str, disk: DiskSpec, source: Address, progress: Progress
    ) -> DiskInfo:
        """Copy the source beside the disk, then let the copy take its place."""
        del op
        await self._begin("replace_disk")
        await self._turn(disk.name)
        existing = self._existing(disk.name)
        require_closed(existing, self._of(existing.name))
        found = find_source(self._world, source)
        require_larger(disk, found.content, self._of(disk.name))
        existing.readers += 1
        try:
            content = await self._copied(disk, found, progress)
        finally:
            existing.readers -= 1
        self._world.void_told(disk.name)
        for snapshot in list(existing.snapshots):
            existing.drop(snapshot)
        existing.replace(content, self._world.runtime.now())
        return existing.info()

    @gated
    async def remove_snapshot(self, op: str, name: str, snapshot: str) -> None:
        """Remove a snapshot; absent is success."""
        del op
        await self._begin("remove_snapshot")
        disk = self._pool.disks.get(name)
        if disk is None or snapshot not in disk.snapshots:
            return
        if not self._pool.row.storage_snapshots:
            require_closed(disk, self._of(disk.name))
        disk.drop(snapshot)
        disk.settle(self._world.runtime.now())

    @gated
    async def children(self) -> tuple[str, ...]:
        """The datastores that the site puts into this cluster."""
        await self._begin("children")
        if self._pool.type is not PoolType.DATASTORE_CLUSTER:
            raise errors.Unsupported(
                f"a {self._pool.type} pool is no datastore cluster",
                object=self._subject,
                hint="only pools of type DatastoreCluster have datastores",
            )
        cluster = self._pool.spec.name
        members = [pool for pool in self._world.pools.values() if pool.parent == cluster]
        return tuple(
            f"{pool.row.schemes[0]}://{pool.spec.name}/datacenter/{pool.spec.name}"
            for pool in members
        )

    @gated
    async def list_objects(self, path: str) -> tuple[StoredObject, ...]:
        """The disks of the pool; it has no folders."""
        await self._begin("list_objects")
        found = {
            name: (disk.taken_bytes, disk.modified_s) for name, disk in self._pool.disks.items()
        }
        return entries(found, path, self._subject)

    def address(self, name: str, snapshot: str = "") -> Address:
        """The disk's address; before there is one, its format is the pool's first."""
        disk = self._pool.disks.get(name)
        return Address(
            protocol=SCHEME,
            location=f"{SCHEME}://pool/{self._pool.spec.name}/{name}",
            format=disk.format if disk is not None else self._pool.row.formats[0],
            snapshot=snapshot,
        )

    async def _begin(self, action: str) -> None:
        """Take the time of one action. Raises Unavailable."""
        require_online(self._pool)
        world = self._world
        await world.runtime.sleep(self._pool.spec.latency_s + world.duration_s(action))
        require_online(self._pool)

    async def _turn(self, name: str) -> None:
        """Wait until nobody makes a disk of that name."""
        making = self._pool.making
        while name in making:
            await making[name].wait()

    def _of(self, name: str) -> str:
        return f"{self._subject}/{name}"

    def _existing(self, name: str) -> Disk:
        disk = self._pool.disks.get(name)
        if disk is None:
            hint = "list the pool's objects to see what is there"
            raise errors.NotFound("no such disk", object=self._of(name), hint=hint)
        return disk

    async def _copied(self, disk: DiskSpec, source: Source, progress: Progress) -> Content:
        """The content of the source, once all its bytes are here."""
        world, pool, name = self._world, self._pool, disk.name
        content = source.content.fork()
        pool.room.take(name, content.written_bytes)
        pool.making[name] = event = world.runtime.event()
        deaths = world.deaths
        try:
            with source:
                path = (source.link, pool.write_link)
                await world.copy(path, content.written_bytes, progress, self._of(name))
            pool.room.require_not_full()
            pool.room.give(name)
            content.resize(disk.size_bytes)
            pool.spoil_if_due(content, world.random)
            return content
        finally:
            if world.deaths == deaths:
                pool.room.give(name)
            del pool.making[name]
            event.set()

    def _publish(self, disk: DiskSpec, content: Content) -> DiskInfo:
        pool = self._pool
        made = Disk(disk.name, disk.format, content, pool.room, self._world.runtime.now())
        pool.disks[disk.name] = made
        return made.info()


def _catch_up(disk: Disk) -> None:
    """Let the disk hold what a guest that has it open has written by now."""
    if disk.look is not None:
        disk.look()
