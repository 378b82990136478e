"""A site as plain data: what there is, how fast it is, what it holds and what runs where.

A world outlives the control plane. When a plane dies, call `plane_dies` and then cancel its tasks:
copies that pools and image stores make die with it and leave partials, which take room but count as
no object; copies that a host makes of a running disk go on, and the same call joins them later.
"""

from collections.abc import Callable
from functools import partial
from random import Random
from typing import Final

from core.driver import Progress
from core.driver_words import Address, AttachedDisk, ImageInfo, VmSpec
from core.model import errors
from core.model.pool_types import POOLS, DiskFormat, PoolType
from core.runtime import Event, Nursery, Runtime
from sim.disk.content import NUMBER_BITS, Blocks, Bulk, Content
from sim.disk.disk import Disk, Room
from sim.disk.template import Template
from sim.driver.copy_job import CopyJob
from sim.flow.network import Network
from sim.flow.share import Link, Transfer
from sim.gate import Gate
from sim.guest import Guest, Slot, WritePattern
from sim.refusals import broke, died, no_place, no_satellite
from sim.spec import HostSpec, PoolSpec, SiteSpec, StoreSpec, TemplateSpec
from sim.timing import PROFILES

SCHEME: Final = "sim"
PROGRESS_PARTS: Final = 20


class Host:
    """A machine with one link. `incoming`: memory of VMs to come; `arrived`: by which moves."""

    __slots__ = ("arrived", "guests", "incoming", "link", "spec", "up", "width")

    def __init__(self, spec: HostSpec) -> None:
        self.spec = spec
        self.link = Link(f"host/{spec.name}", spec.nic_bytes_per_s)
        self.guests: dict[str, Guest] = {}
        self.incoming: dict[str, int] = {}
        self.arrived: dict[str, str] = {}
        self.up = True
        self.width = 1.0


class Place:
    """Where an image may be written that is at no path yet.

    `filled_by` names the operation that has filled it; `torn` says that one ended in the middle;
    `base` is the path of the image of which it will hold the changes.
    """

    __slots__ = ("base", "content", "copied_bytes", "filled_by", "filling", "format", "torn")

    def __init__(self, format: DiskFormat, content: Content, base: str = "") -> None:
        self.base = base
        self.format = format
        self.content = content
        self.filling = False
        self.filled_by = ""
        self.copied_bytes = 0
        self.torn = False


class Image:
    """A complete image of a store; one with a `base` there takes room for `taken_bytes` of it.

    archive: the name of the template of the site that it was fetched from.
    """

    __slots__ = ("archive", "base", "content", "format", "modified_s", "taken_bytes")

    def __init__(
        self, format: DiskFormat, content: Content, modified_s: float, base: str = ""
    ) -> None:
        self.format = format
        self.content = content
        self.modified_s = modified_s
        self.base = base
        self.archive = ""
        self.taken_bytes = content.written_bytes

    def info(self, path: str, checksum: str = "") -> ImageInfo:
        """The image as its store reports it."""
        return ImageInfo(
            path=path,
            size_bytes=self.content.size_bytes,
            physical_bytes=self.taken_bytes,
            format=self.format,
            checksum=checksum,
        )


class Storage:
    """What pools and image stores have in common: links, room, and copies that are being made.

    `width` is the part of its links' bandwidth that is there, `spoils` how many of the next copies
    made here will have wrong bytes.
    """

    __slots__ = ("making", "online", "read_link", "room", "spec", "spoils", "width", "write_link")

    def __init__(self, kind: str, spec: PoolSpec | StoreSpec) -> None:
        name = f"{kind}/{spec.name}"
        self.spec = spec
        self.room = Room(name, spec.capacity_bytes)
        self.read_link = Link(f"{name}/read", spec.read_bytes_per_s)
        self.write_link = Link(f"{name}/write", spec.write_bytes_per_s)
        self.making: dict[str, Event] = {}
        self.online = True
        self.width = 1.0
        self.spoils = 0

    def spoil_if_due(self, content: Content, random: Random) -> None:
        """Corrupt a new copy, if a fault has asked for that."""
        if self.spoils:
            self.spoils -= 1
            content.spoil(random)


class Pool(Storage):
    """A primary storage pool and its disks."""

    __slots__ = ("disks", "host", "parent", "row", "satellites", "type")

    def __init__(self, spec: PoolSpec) -> None:
        super().__init__("pool", spec)
        self.room.copies = spec.replicas
        self.type = PoolType(spec.type)
        self.row = POOLS[self.type]
        self.host = spec.host
        self.parent = spec.parent
        self.satellites = spec.satellites
        self.disks: dict[str, Disk] = {}


class Store(Storage):
    """An image store and its images."""

    __slots__ = ("images", "places")

    def __init__(self, spec: StoreSpec) -> None:
        super().__init__("store", spec)
        self.images: dict[str, Image] = {}
        self.places: dict[str, Place] = {}

    def difference_bytes(self, content: Content, base: str) -> int:
        """What the content takes beside the image `base`; without one, all of it."""
        return content.changed_bytes(self.images[base].content) if base else content.written_bytes


class Acknowledged:
    """What a guest was told is written: up to write `number` of the disk `name`."""

    __slots__ = ("name", "number")

    def __init__(self, name: str, number: int) -> None:
        self.name = name
        self.number = number


class World:
    """A simulated site. `nursery` carries its transfers: its block is the world's life.

    `ledger` tells, by VM and slot, what guests were told is written, also of those that run no
    more; `pattern_of` says what a VM writes to each of its disks (`spec.writes`, if it is not
    replaced); `deaths` counts how often the control plane died, `ids` the numbers that were given.
    """

    def __init__(self, spec: SiteSpec, runtime: Runtime, nursery: Nursery, random: Random) -> None:
        self.spec = spec
        self.runtime = runtime
        self.nursery = nursery
        self.random = random
        self.network = Network(runtime, nursery)
        self.rows = PROFILES[spec.timing]
        self.web_link = Link("web", spec.web_bytes_per_s)
        self.hosts = {row.name: Host(row) for row in spec.hosts}
        self.pools = {row.name: Pool(row) for row in spec.pools}
        self.stores = {row.name: Store(row) for row in spec.stores}
        self.templates: dict[str, Template] = {}
        self.ledger: dict[tuple[str, int], Acknowledged] = {}
        self.gate: Gate | None = None
        self.pattern_of: Callable[[VmSpec], WritePattern] = lambda _vm: spec.writes
        self.deaths = 0
        self.ids = 0
        for row in spec.templates:
            self.add_template(row)

    def add_template(self, spec: TemplateSpec) -> Template:
        """Publish an image at `sim://templates/<name>`."""
        content = self._written(spec.size_bytes, spec.written_bytes)
        others = [self._written(disk.size_bytes, disk.written_bytes) for disk in spec.data_disks]
        self.templates[spec.name] = template = Template(spec, content, tuple(others))
        return template

    def _written(self, size_bytes: int, written_bytes: int) -> Content:
        content = self.blank(size_bytes)
        self.fill(content, written_bytes)
        return content

    def blank(self, size_bytes: int) -> Content:
        """Nothing but zeroes."""
        if self.spec.exact:
            return Blocks(size_bytes, self.spec.block_bytes)
        return Bulk(size_bytes)

    def fill(self, content: Content, written_bytes: int, start_bytes: int = 0) -> None:
        """Write that many bytes from `start_bytes` on, unlike those of any other call."""
        serial = self.next_id()
        if isinstance(content, Blocks):
            first = start_bytes // content.block_bytes
            for block in range(first, -(-(start_bytes + written_bytes) // content.block_bytes)):
                content.write(block, serial << NUMBER_BITS | block)
        elif isinstance(content, Bulk):
            content.written = max(content.written, float(written_bytes))
            content.churned += written_bytes
            content.version = serial << NUMBER_BITS

    def next_id(self) -> int:
        """A number that was never given before, for who writes."""
        self.ids += 1
        return self.ids

    def find_disk(self, address: Address, host: Host | None = None) -> Disk:
        """The disk at an address, as seen from a host. Raises NotFound, Unavailable."""
        kind, name, rest = address_parts(address)
        pool = self.pools.get(name) if kind == "pool" else None
        if pool is None or (host is not None and pool.host not in ("", host.spec.name)):
            raise no_place(address)
        disk = pool.disks.get(rest)
        if disk is None:
            raise no_place(address)
        if host is not None and pool.satellites and host.spec.name not in pool.satellites:
            raise no_satellite(address, host.spec.name)
        require_online(pool)
        return disk

    def find_place(self, address: Address) -> tuple[Store, str, Place]:
        """The prepared place at an address: its store, path and itself. Raises NotFound."""
        kind, name, path = address_parts(address)
        store = self.stores.get(name) if kind == "store" else None
        place = store.places.get(path) if store is not None else None
        if store is None or place is None:
            raise no_place(address)
        require_online(store)
        return store, path, place

    def pool_of(self, disk: Disk) -> Pool:
        """The pool that keeps a disk."""
        return self.pools[disk.room.name.partition("/")[2]]

    def plane_dies(self) -> None:
        """Say, before its tasks are cancelled, that the control plane dies: nobody cleans up."""
        self.deaths += 1

    async def copy(
        self, path: tuple[Link, ...], size_bytes: int, progress: Progress, subject: str
    ) -> None:
        """Move bytes over links. Raises Unavailable when the connection breaks."""
        progress(0, size_bytes)
        if size_bytes > 0:
            transfer = self.network.start(path, size_bytes)
            try:
                await self.follow(transfer, size_bytes, progress)
                broken = transfer.cancelled
            finally:
                self.network.cancel(transfer)
            if broken:
                raise broke(subject)
        progress(size_bytes, size_bytes)

    async def follow(self, transfer: Transfer, size_bytes: int, progress: Progress) -> None:
        """Wait for the end of a transfer, and report now and then if the site is to do so."""
        done = transfer.done
        if not self.spec.report_progress:
            await done.wait()
            return
        while not done.is_set():
            rate_bytes = self.network.rate_bytes(transfer)
            pause_s = size_bytes / rate_bytes / PROGRESS_PARTS if rate_bytes else 0.0
            with self.runtime.scope(max(self.spec.progress_s, pause_s)):
                await done.wait()
            if not done.is_set():
                progress(self.network.done_bytes(transfer), size_bytes)

    def duration_s(self, action: str) -> float:
        """How long an action takes this time, beside the bytes that it moves."""
        row = self.rows.get(action)
        return row.draw(self.random) if row is not None else 0.0

    def catch_up(self, guest: Guest, slot: Slot) -> None:
        """Let a disk hold what its guest has written by now, and note what the guest knows."""
        now_s, attached = self.runtime.now(), slot.attached
        if guest.paused or guest.held:
            slot.at_s = now_s
        slot.catch_up(now_s)
        key, number = (guest.vm.vm_id, attached.device_id), slot.disk.content.last
        known = self.ledger.get(key)
        if known is None or known.name != attached.name:
            self.ledger[key] = Acknowledged(attached.name, number)
        else:
            known.number = number

    def rename_told(self, old: str, new: str) -> None:
        """A disk has another name; what guests know of its content holds still."""
        for told in self.ledger.values():
            if told.name == old:
                told.name = new

    def void_told(self, name: str) -> None:
        """Somebody has changed a disk behind its guests' backs: what they know holds no more."""
        for key in [key for key, told in self.ledger.items() if told.name == name]:
            del self.ledger[key]

    def open_slot(self, guest: Guest, attached: AttachedDisk, disk: Disk) -> None:
        """Give a disk to a guest, which begins to write to it."""
        disk.open_by = guest.vm.vm_id
        if isinstance(disk.content, Blocks):
            disk.content.begin_writing(self.next_id())
        slot = Slot(attached, disk, self.pattern_of(guest.vm), self.runtime.now())
        guest.plug(slot)
        disk.look = partial(self.catch_up, guest, slot)

    def close_slot(self, guest: Guest, device_id: int) -> None:
        """Take a disk from a guest, with all written that the guest was told is written."""
        slot = guest.slots[device_id]
        self.catch_up(guest, slot)
        del guest.slots[device_id]
        slot.disk.open_by = ""
        slot.disk.look = None

    def give_up(self, job: CopyJob, error: errors.ForebayError) -> None:
        """End a host's copy with an error, and its transfer."""
        job.end(error)
        if job.transfer is not None:
            self.network.cancel(job.transfer)

    def guest_dies(self, host: Host, vm_id: str) -> None:
        """End a guest at once; copies of its disks end with it."""
        guest = host.guests.pop(vm_id, None)
        if guest is None:
            return
        for job in list(guest.copies.values()):
            self.give_up(job, died(f"vm/{vm_id}"))
        for device_id in list(guest.slots):
            self.close_slot(guest, device_id)

    def host_fails(self, host: Host) -> None:
        """Switch a host off: it answers nothing and all its guests die."""
        host.up = False
        for vm_id in list(host.guests):
            self.guest_dies(host, vm_id)

    def set_online(self, storage: Storage, *, online: bool) -> None:
        """Connect or disconnect a pool or store: while it is away, copies there stand still."""
        storage.online = online
        self.set_width(storage, storage.width)

    def set_width(self, thing: Host | Storage, width: float) -> None:
        """Give the links of a thing that part of their bandwidth, from now on."""
        thing.width = width
        set_capacity = self.network.set_capacity
        if isinstance(thing, Host):
            set_capacity(thing.link, thing.spec.nic_bytes_per_s * width)
        else:
            there = width if thing.online else 0.0
            set_capacity(thing.read_link, thing.spec.read_bytes_per_s * there)
            set_capacity(thing.write_link, thing.spec.write_bytes_per_s * there)


def address_parts(address: Address) -> tuple[str, str, str]:
    """What kind of storage an address leads to, its name, and where there."""
    scheme, _, rest = address.location.partition("://")
    kind, _, rest = rest.partition("/")
    name, _, rest = rest.partition("/")
    return (kind, name, rest) if scheme == SCHEME else ("", "", "")


def require_online(storage: Storage) -> None:
    """Raises Unavailable while the storage does not answer."""
    if not storage.online:
        raise errors.Unavailable(
            "the storage does not answer",
            object=storage.room.name,
            hint="try again when it is back",
        )
