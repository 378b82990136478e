"""The drivers of the site by id, and addresses for what plans name."""

from collections.abc import Callable
from typing import TypeVar

from core.driver import HypervisorDriver, ImageDriver, Site, StorageDriver
from core.driver_words import Address, AttachedDisk, ByteStream
from core.model.inventory import Inventory
from core.model.records import Host, ImageStore, Pool
from core.plans.operation import DiskAt, PluggedDisk, Source

D = TypeVar("D")


class Fabric:
    """Makes each driver when it is first needed, and again after a crash or at a new URL.

    arrivals: what is being sent now, by the id of its upload's ticket.
    """

    def __init__(self, site: Site, inventory: Inventory) -> None:
        self._site = site
        self._inventory = inventory
        self._drivers: dict[str, tuple[str, object]] = {}
        self.arrivals: dict[str, ByteStream] = {}

    def _made(self, key: str, url: str, make: Callable[[str, str], D]) -> D:
        made_for, driver = self._drivers.get(key, ("", None))
        if driver is None or made_for != url:
            driver = make(key.partition("/")[2], url)
            self._drivers[key] = (url, driver)
        return driver  # type: ignore[return-value]

    def hypervisor(self, host_id: str) -> HypervisorDriver:
        """Driver of the host. Raises NotFound, Invalid (its URL)."""
        url = self._inventory.get(Host, host_id).url
        return self._made(f"host/{host_id}", url, self._site.hypervisor)

    def storage(self, pool_id: str) -> StorageDriver:
        """Driver of the pool. Raises NotFound, Invalid (its URL)."""
        url = self._inventory.get(Pool, pool_id).url
        return self._made(f"pool/{pool_id}", url, self._site.storage)

    def image_store(self, store_id: str) -> ImageDriver:
        """Driver of the image store. Raises NotFound, Invalid (its URL)."""
        url = self._inventory.get(ImageStore, store_id).url
        return self._made(f"image_store/{store_id}", url, self._site.image_store)

    def forget(self, key: str) -> None:
        """Make the driver of "<kind>/<id>" anew when it is next needed."""
        self._drivers.pop(key, None)

    def address(self, source: Source) -> Address:
        """Where the bytes are."""
        if isinstance(source, DiskAt):
            return self.storage(source.pool_id).address(source.name, source.snapshot)
        return self.image_store(source.store_id).address(source.path)

    def attached(self, disk: PluggedDisk) -> AttachedDisk:
        """The disk as a host sees it."""
        return AttachedDisk(
            device_id=disk.device_id,
            name=disk.name,
            address=self.storage(disk.pool_id).address(disk.name),
            size_bytes=disk.size_bytes,
        )
