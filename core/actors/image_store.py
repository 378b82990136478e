"""The actor of a secondary image store."""

from core.actors.actor import Actor
from core.actors.browsing import browse
from core.actors.fabric import Fabric
from core.driver import ImageDriver, Progress
from core.driver_words import ImageInfo, Space, StoredObject
from core.model import errors
from core.plans.operation import (
    FetchImage,
    ListObjects,
    PackImage,
    ProbeStore,
    RemoveImage,
    StoreImage,
    UnpackDisk,
    VerifyImage,
)
from core.runtime import Runtime


class ImageStoreActor(Actor):
    """Lets the store's ImageDriver do operations on images."""

    def __init__(self, runtime: Runtime, key: str, fabric: Fabric) -> None:
        super().__init__(runtime, key, fabric)
        self._methods = {
            FetchImage: self._fetch,
            StoreImage: self._store,
            VerifyImage: self._verify,
            PackImage: self._pack,
            UnpackDisk: self._unpack,
            RemoveImage: self._remove,
            ProbeStore: self._probe,
            ListObjects: self._list_objects,
        }

    @property
    def _driver(self) -> ImageDriver:
        return self._fabric.image_store(self._id)

    async def _fetch(self, op: str, asked: FetchImage, progress: Progress) -> ImageInfo:
        if asked.upload_id:
            return await self._receive(op, asked, progress)
        return await self._driver.fetch(
            op,
            asked.path,
            asked.url,
            format=asked.format,
            checksum=asked.checksum,
            size_limit_bytes=asked.size_limit_bytes,
            progress=progress,
        )

    async def _receive(self, op: str, asked: FetchImage, progress: Progress) -> ImageInfo:
        source = self._fabric.arrivals.pop(asked.upload_id, None)
        if source is None:
            raise errors.Integrity(
                "the connection that sent it is gone",
                object=self.key,
                hint="ask for new upload parameters and send it again",
            )
        return await self._driver.receive(
            op,
            asked.path,
            source,
            format=asked.format,
            checksum=asked.checksum,
            size_limit_bytes=asked.size_limit_bytes,
            progress=progress,
        )

    async def _store(self, op: str, asked: StoreImage, progress: Progress) -> ImageInfo:
        source = self._fabric.address(asked.source)
        return await self._driver.store(
            op, asked.path, source, progress, base=asked.base, as_is=asked.as_is
        )

    async def _verify(self, op: str, asked: VerifyImage, progress: Progress) -> None:
        source = self._fabric.address(asked.source)
        await self._driver.verify_copy(op, asked.path, source, progress)

    async def _pack(self, op: str, asked: PackImage, progress: Progress) -> ImageInfo:
        return await self._driver.package(op, asked.path, asked.archive, progress)

    async def _unpack(self, op: str, asked: UnpackDisk, progress: Progress) -> ImageInfo:
        return await self._driver.unpack(op, asked.path, asked.number, asked.target, progress)

    async def _remove(self, op: str, asked: RemoveImage, progress: Progress) -> None:
        await self._driver.remove(op, asked.path)

    async def _probe(self, op: str, asked: ProbeStore, progress: Progress) -> Space:
        return await self._driver.probe()

    async def _list_objects(
        self, op: str, asked: ListObjects, progress: Progress
    ) -> tuple[StoredObject, ...]:
        return await browse(self._driver, asked)
