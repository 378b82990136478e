"""The actor of a primary storage pool."""

from core.actors.actor import Actor
from core.actors.browsing import browse, recognized
from core.actors.fabric import Fabric
from core.driver import Progress, StorageDriver
from core.driver_words import DiskCheck, DiskInfo, Space, StoredObject
from core.model import errors
from core.plans.operation import (
    AdoptDisk,
    CheckDisk,
    Children,
    CreateDisk,
    Files,
    InspectFiles,
    ListChildren,
    ListDisks,
    ListObjects,
    ProbePool,
    ReleaseDisk,
    RemoveDisk,
    RemoveSnapshot,
    ReplaceDisk,
    ResizeDisk,
    RevertDisk,
    TakeSnapshot,
    VerifyCopy,
)
from core.runtime import Runtime


class PoolActor(Actor):
    """Lets the pool's StorageDriver do operations on disks."""

    def __init__(self, runtime: Runtime, key: str, fabric: Fabric) -> None:
        super().__init__(runtime, key, fabric)
        self._methods = {
            CreateDisk: self._create_disk,
            AdoptDisk: self._adopt_disk,
            ReleaseDisk: self._release_disk,
            RemoveDisk: self._remove_disk,
            ResizeDisk: self._resize_disk,
            VerifyCopy: self._verify_copy,
            CheckDisk: self._check_disk,
            ListDisks: self._list_disks,
            TakeSnapshot: self._take_snapshot,
            RemoveSnapshot: self._remove_snapshot,
            RevertDisk: self._revert_disk,
            ReplaceDisk: self._replace_disk,
            ProbePool: self._probe,
            ListChildren: self._list_children,
            ListObjects: self._list_objects,
            InspectFiles: self._inspect_files,
        }

    @property
    def _driver(self) -> StorageDriver:
        return self._fabric.storage(self._id)

    async def _create_disk(self, op: str, asked: CreateDisk, progress: Progress) -> DiskInfo:
        source = self._fabric.address(asked.source) if asked.source is not None else None
        disk, driver = asked.disk, self._driver
        made = await driver.create_disk(op, disk, source, progress)
        if disk.min_iops or disk.max_iops:
            await driver.set_qos(op, disk.name, min_iops=disk.min_iops, max_iops=disk.max_iops)
        return made

    async def _adopt_disk(self, op: str, asked: AdoptDisk, progress: Progress) -> DiskInfo:
        driver = self._driver
        found = await driver.inspect(asked.name) or await driver.inspect_file(asked.path)
        if asked.size_limit_bytes and found.size_bytes > asked.size_limit_bytes:
            raise errors.QuotaExceeded(
                f"it has {found.size_bytes} bytes, {asked.size_limit_bytes} are left of the limit",
                object=f"{self.key}/{asked.path}",
                hint="delete something, or raise the limit of primary storage",
            )
        return await driver.adopt_disk(op, asked.path, asked.name)

    async def _release_disk(self, op: str, asked: ReleaseDisk, progress: Progress) -> None:
        await self._driver.release_disk(op, asked.name, asked.path)

    async def _remove_disk(self, op: str, asked: RemoveDisk, progress: Progress) -> None:
        await self._driver.remove_disk(op, asked.name)

    async def _resize_disk(self, op: str, asked: ResizeDisk, progress: Progress) -> DiskInfo:
        driver = self._driver
        return await driver.resize_disk(op, asked.name, asked.size_bytes, shrink=asked.shrink)

    async def _verify_copy(self, op: str, asked: VerifyCopy, progress: Progress) -> None:
        source = self._fabric.address(asked.source)
        await self._driver.verify_copy(op, asked.name, source, progress)

    async def _check_disk(self, op: str, asked: CheckDisk, progress: Progress) -> DiskCheck:
        return await self._driver.check_disk(op, asked.name, asked.repair)

    async def _list_disks(
        self, op: str, asked: ListDisks, progress: Progress
    ) -> tuple[StoredObject, ...]:
        return await self._driver.list_objects("")

    async def _take_snapshot(self, op: str, asked: TakeSnapshot, progress: Progress) -> None:
        if asked.others:
            names = (asked.name, *asked.others)
            await self._driver.take_snapshots(op, names, asked.snapshot)
        else:
            await self._driver.take_snapshot(op, asked.name, asked.snapshot)

    async def _remove_snapshot(self, op: str, asked: RemoveSnapshot, progress: Progress) -> None:
        await self._driver.remove_snapshot(op, asked.name, asked.snapshot)

    async def _revert_disk(self, op: str, asked: RevertDisk, progress: Progress) -> DiskInfo:
        return await self._driver.revert_snapshot(op, asked.name, asked.snapshot)

    async def _replace_disk(self, op: str, asked: ReplaceDisk, progress: Progress) -> DiskInfo:
        source = self._fabric.address(asked.source)
        return await self._driver.replace_disk(op, asked.disk, source, progress)

    async def _probe(self, op: str, asked: ProbePool, progress: Progress) -> Space:
        space = await self._driver.probe()
        if asked.hosts and space.nodes and not set(asked.hosts) & set(space.nodes):
            raise errors.Conflict(
                f"none of the hosts {', '.join(asked.hosts)} is a node of the storage",
                object=self.key,
                hint=f"let nodes have the hosts' names; its nodes are {', '.join(space.nodes)}",
                number=530,
            )
        return space

    async def _list_children(self, op: str, asked: ListChildren, progress: Progress) -> Children:
        return Children(urls=await self._driver.children())

    async def _list_objects(
        self, op: str, asked: ListObjects, progress: Progress
    ) -> tuple[StoredObject, ...]:
        return await browse(self._driver, asked)

    async def _inspect_files(self, op: str, asked: InspectFiles, progress: Progress) -> Files:
        return Files(found=await recognized(self._driver, asked))
