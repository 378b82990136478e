"""The actor of a primary storage pool."""

from core.actors.actor import Actor
from core.actors.fabric import Fabric
from core.driver import DiskCheck, DiskInfo, Progress, Space, StorageDriver, StoredObject
from core.plans.operation import (
    CheckDisk,
    CreateDisk,
    ListDisks,
    ProbePool,
    RemoveDisk,
    RemoveSnapshot,
    ResizeDisk,
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
            RemoveDisk: self._remove_disk,
            ResizeDisk: self._resize_disk,
            VerifyCopy: self._verify_copy,
            CheckDisk: self._check_disk,
            ListDisks: self._list_disks,
            TakeSnapshot: self._take_snapshot,
            RemoveSnapshot: self._remove_snapshot,
            ProbePool: self._probe,
        }

    @property
    def _driver(self) -> StorageDriver:
        return self._fabric.storage(self._id)

    async def _create_disk(self, op: str, asked: CreateDisk, progress: Progress) -> DiskInfo:
        source = self._fabric.address(asked.source) if asked.source is not None else None
        return await self._driver.create_disk(op, asked.disk, source, progress)

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
        await self._driver.take_snapshot(op, asked.name, asked.snapshot)

    async def _remove_snapshot(self, op: str, asked: RemoveSnapshot, progress: Progress) -> None:
        await self._driver.remove_snapshot(op, asked.name, asked.snapshot)

    async def _probe(self, op: str, asked: ProbePool, progress: Progress) -> Space:
        return await self._driver.probe()
