"""Copies that a host makes of running disks: of one moment, and to move over to.

They belong to the guest and go on when the control plane dies; the same operation joins them again.
"""

from core.driver import Progress
from core.driver_words import AttachedDisk
from core.model import errors
from sim.disk.content import Content
from sim.disk.disk import Disk, Room
from sim.driver.copy_job import CopyJob
from sim.flow.share import Link
from sim.guest import Guest, Slot
from sim.refusals import broke
from sim.world import Host, Place, Pool, Storage, Store, World


class HostCopy(CopyJob):
    """What both kinds have in common: the guest's slot, and room taken at the target."""

    __slots__ = ("guest", "key", "room", "slot", "world")

    def __init__(
        self, world: World, guest: Guest, slot: Slot, op: str, room: Room, key: str
    ) -> None:
        """Take room for all that is to be copied, under `key`. Raises NoCapacity."""
        world.catch_up(guest, slot)
        super().__init__(op, self.due_bytes(slot.disk.content))
        self.world = world
        self.guest = guest
        self.slot = slot
        self.room = room
        self.key = key
        room.take(key, self.size_bytes)

    def keeps(self) -> tuple[tuple[Room, str], ...]:
        """Room at the target."""
        return ((self.room, self.key),)

    def due_bytes(self, content: Content) -> int:
        """How much is to be copied."""
        return content.written_bytes

    def start(self, links: tuple[Link, ...]) -> None:
        """Let the bytes flow."""
        self.slot.copying = self
        self.guest.copies[self.op] = self
        self.transfer = self.world.network.start(links, self.size_bytes, on_end=self.finish)

    def finish(self) -> None:
        """End well, unless the connection broke or the target has become too full."""
        if self.ended:
            return
        error: errors.ForebayError | None = None
        if self.transfer is not None and self.transfer.cancelled:
            error = broke(f"vm/{self.guest.vm.vm_id}")
        else:
            error = self.room.overflow()
        self.end(error)

    def release(self) -> None:
        """Let go of the slot."""
        self.slot.copying = None
        self.guest.copies.pop(self.op, None)


class SnapshotCopy(HostCopy):
    """Fills a prepared place with the disk as it is when the copy begins."""

    __slots__ = ("content", "path", "place", "store")

    def __init__(
        self,
        world: World,
        guest: Guest,
        slot: Slot,
        op: str,
        target: tuple[Store, str, Place],
    ) -> None:
        """Raises NoCapacity, and Busy while another copy fills the place."""
        self.store, self.path, self.place = target
        if self.place.filling:
            raise errors.Busy(
                "another copy is filling that place",
                object=f"{self.store.room.name}/{self.path}",
                hint="wait for it to end",
            )
        super().__init__(world, guest, slot, op, self.store.room, self.path)
        self.content = slot.disk.content.fork()
        self.place.filling = True
        self.place.filled_by = ""

    def due_bytes(self, content: Content) -> int:
        """What the place's base does not have."""
        return self.store.difference_bytes(content, self.place.base)

    def release(self) -> None:
        """The place holds all or is torn; if it was removed meanwhile, nothing happens to it."""
        super().release()
        place = self.place
        place.filling = False
        if self.store.places.get(self.path) is not place:
            return
        place.torn = self.error is not None
        if place.torn:
            self.room.give(self.key)
            return
        place.content = self.content
        place.filled_by = self.op
        place.copied_bytes = self.size_bytes


class MirrorCopy(HostCopy):
    """Moves a guest to another disk.

    From the beginning each write goes to both sides and waits for both, so one pass is enough; what
    that costs the guest is not modelled. The guest is switched over by whoever waits for the copy;
    while nobody does, it goes on writing to both sides.
    """

    __slots__ = ("disk", "target")

    def __init__(
        self,
        world: World,
        guest: Guest,
        slot: Slot,
        op: str,
        target: tuple[AttachedDisk, Disk],
    ) -> None:
        """Raises NoCapacity."""
        self.target, self.disk = target
        super().__init__(world, guest, slot, op, self.disk.room, f"mirror {self.disk.name}")
        self.disk.open_by = guest.vm.vm_id

    def fills(self) -> tuple[Disk, ...]:
        """The target."""
        return (self.disk,)

    def finish(self) -> None:
        """Switch over if somebody waits; else be ready to."""
        broken = self.transfer is not None and self.transfer.cancelled
        self.ready = not self.waiters and not broken and not self.ended
        if not self.ready:
            super().finish()

    def release(self) -> None:
        """Go on on the target, or on the source and leave a target that is no copy."""
        super().release()
        world, disk = self.world, self.disk
        self.room.give(self.key)
        disk.open_by = ""
        if self.error is not None:
            disk.content.spoil(world.random)
            disk.settle(world.runtime.now())
            return
        source = self.slot.disk
        world.close_slot(self.guest, self.slot.attached.device_id)
        content = source.content.fork()
        content.resize(disk.size_bytes)
        world.pool_of(disk).spoil_if_due(content, world.random)
        disk.replace(content, world.runtime.now())
        world.open_slot(self.guest, self.target, disk)


def way(host: Host, source: Pool, target: Storage) -> tuple[Link, ...]:
    """Out of the pool, through the host's network card, into the target.

    What stays on the host does not pass the card: disks of its own pools, and replicas of its node.
    """
    stays = isinstance(target, Pool) and _is_near(host, source) and _is_near(host, target)
    return (source.read_link, *(() if stays else (host.link,)), target.write_link)


def _is_near(host: Host, pool: Pool) -> bool:
    """Whether the pool is the host's own; of LINSTOR, whether its node has a replica."""
    holding = pool.satellites[: pool.room.copies]
    return host.spec.name in (pool.host, *holding)


async def follow(world: World, job: CopyJob, progress: Progress) -> None:
    """Wait until the copy has ended; raises its error.

    When the last call that follows it is cancelled, the copy is given up, unless that is because
    the control plane dies.
    """
    deaths = world.deaths
    job.waiters += 1
    try:
        progress(0, job.size_bytes)
        if job.ready:
            job.finish()
        if job.transfer is not None and not job.ended:
            await world.follow(job.transfer, job.size_bytes, progress)
    finally:
        job.waiters -= 1
        if not job.ended and not job.waiters and world.deaths == deaths:
            hint = "call again to copy anew"
            error = errors.Cancelled("the copy was cancelled", object=job.op, hint=hint)
            world.give_up(job, error)
    if job.error is not None:
        raise job.error
    progress(job.size_bytes, job.size_bytes)
