"""Where a copy reads from: a disk that nobody writes to, a snapshot, or an image."""

from types import TracebackType

from core.driver_words import Address
from core.model import errors
from sim.disk.content import Content
from sim.disk.disk import Disk
from sim.flow.share import Link
from sim.refusals import no_place
from sim.world import World, address_parts, require_online


class Source:
    """Content to be read over `link`; while its block runs, no guest can open its disk."""

    __slots__ = ("content", "disk", "link")

    def __init__(self, content: Content, link: Link, disk: Disk | None) -> None:
        self.content = content
        self.link = link
        self.disk = disk

    def __enter__(self) -> None:
        if self.disk is not None:
            self.disk.readers += 1

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self.disk is not None:
            self.disk.readers -= 1


def find_source(world: World, address: Address) -> Source:
    """What is at an address.

    Raises NotFound, Unavailable, and Busy for a disk that a guest has open, unless it is a snapshot
    on storage that fixes content by itself.
    """
    kind, name, path = address_parts(address)
    if kind == "store":
        store = world.stores.get(name)
        image = store.images.get(path) if store is not None else None
        if store is None or image is None:
            raise no_place(address)
        require_online(store)
        return Source(image.content, store.read_link, None)
    disk = world.find_disk(address)
    pool = world.pool_of(disk)
    fixed = bool(address.snapshot) and pool.row.storage_snapshots
    if disk.open_by and not fixed:
        raise errors.Busy(
            f"the disk is open in {disk.open_by}",
            object=address.location,
            hint="detach it or stop the VM, or let its host copy it",
        )
    content: Content | None = disk.content
    if address.snapshot:
        content = disk.snapshots.get(address.snapshot)
    if content is None:
        raise no_place(address)
    return Source(content, pool.read_link, None if fixed else disk)
