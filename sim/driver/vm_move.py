"""A move of a running VM to another host, with those of its disks that shall lie elsewhere then.

It belongs to the guest and goes on when the control plane dies; the same operation joins it again.
"""

from typing import NamedTuple

from core.driver_words import AttachedDisk, VmSpec
from core.model import errors
from sim.disk.disk import Disk, Room
from sim.driver.copy_job import CopyJob
from sim.flow.share import Link
from sim.guest import Guest, Slot
from sim.refusals import broke
from sim.world import SCHEME, Host, World


class Carried(NamedTuple):
    """A disk that moves along: its slot, its copy as the guest will see it, and the copy."""

    slot: Slot
    target: AttachedDisk
    disk: Disk

    @property
    def key(self) -> str:
        """Under which the copy takes room."""
        return f"move {self.disk.name}"


class VmMove(CopyJob):
    """Memory and disks go over in one stream; then the guest runs there.

    Writes to a disk that moves along go to both sides from the beginning. What the guest changes in
    its memory meanwhile is not modelled. It ends by itself, whether somebody waits or not.
    """

    __slots__ = ("carried", "guest", "here", "there", "vm", "world")

    def __init__(
        self,
        world: World,
        op: str,
        vm: VmSpec,
        *,
        here: Host,
        there: Host,
        carried: tuple[Carried, ...],
    ) -> None:
        """Take room at all targets, and memory there. Raises NoCapacity."""
        self.world = world
        self.vm = vm
        self.guest = here.guests[vm.vm_id]
        self.here = here
        self.there = there
        self.carried = carried
        for one in carried:
            world.catch_up(self.guest, one.slot)
        sizes = [one.slot.disk.content.written_bytes for one in carried]
        super().__init__(op, vm.memory_bytes + sum(sizes))
        try:
            for one, size_bytes in zip(carried, sizes, strict=True):
                one.disk.room.take(one.key, size_bytes)
        except errors.NoCapacity:
            self._give_room()
            raise

    def keeps(self) -> tuple[tuple[Room, str], ...]:
        """Room at the targets."""
        return tuple((one.disk.room, one.key) for one in self.carried)

    def fills(self) -> tuple[Disk, ...]:
        """The disks that move along."""
        return tuple(one.disk for one in self.carried)

    def start(self) -> None:
        """Let the bytes flow: out of the pools, over both network cards, into the targets."""
        self.there.incoming[self.vm.vm_id] = self.vm.memory_bytes
        self.guest.copies[self.op] = self
        for slot in self.guest.slots.values():
            slot.copying = self
        for one in self.carried:
            one.disk.open_by = self.vm.vm_id
        pool_of = self.world.pool_of
        links: dict[str, Link] = {
            link.name: link
            for link in (
                *(pool_of(one.slot.disk).read_link for one in self.carried),
                self.here.link,
                self.there.link,
                *(pool_of(one.disk).write_link for one in self.carried),
            )
        }
        self.transfer = self.world.network.start(
            tuple(links.values()), self.size_bytes, on_end=self.finish
        )

    def finish(self) -> None:
        """End well, unless the connection broke, the other host died or a target is too full."""
        if self.ended:
            return
        error: errors.ForebayError | None = None
        if not self.there.up or (self.transfer is not None and self.transfer.cancelled):
            error = broke(f"vm/{self.vm.vm_id}")
        for one in self.carried:
            error = error or one.disk.room.overflow()
        self.end(error)

    def release(self) -> None:
        """Run there, or go on here and leave targets that are no copies."""
        self.there.incoming.pop(self.vm.vm_id, None)
        self.guest.copies.pop(self.op, None)
        self._give_room()
        for slot in self.guest.slots.values():
            slot.copying = None
        for one in self.carried:
            one.disk.open_by = ""
            if self.error is not None:
                one.disk.content.spoil(self.world.random)
                one.disk.settle(self.world.runtime.now())
        if self.error is None:
            self._switch()

    def _give_room(self) -> None:
        for room, key in self.keeps():
            room.give(key)

    def _switch(self) -> None:
        world = self.world
        disks = {number: slot.disk for number, slot in self.guest.slots.items()}
        for number in disks:
            world.close_slot(self.guest, number)
        for one in self.carried:
            content = one.slot.disk.content.fork()
            content.resize(one.disk.size_bytes)
            world.pool_of(one.disk).spoil_if_due(content, world.random)
            one.disk.replace(content, world.runtime.now())
            disks[one.target.device_id] = one.disk
        del self.here.guests[self.vm.vm_id]
        self.there.arrived[self.vm.vm_id] = self.op
        moved = self.there.guests[self.vm.vm_id] = Guest(self.vm)
        moved.iso = self.guest.iso
        for attached in self.vm.disks:
            world.open_slot(moved, attached, disks[attached.device_id])


def runs(host: Host, vm: VmSpec) -> bool:
    """Whether the VM runs there, with its disks where they shall be."""
    guest = host.guests.get(vm.vm_id)
    return guest is not None and {
        (number, slot.attached.address.location) for number, slot in guest.slots.items()
    } == {(disk.device_id, disk.address.location) for disk in vm.disks}


def require_answer(there: Host) -> None:
    """Raise Conflict, not Unavailable: what became of the VM is not in doubt."""
    if not there.up:
        raise errors.Conflict(
            "the other host does not answer",
            object=f"{SCHEME}://{there.spec.name}",
            hint="name a host that is Up",
        )
