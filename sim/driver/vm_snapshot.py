"""Snapshots of a running guest as a whole, inside its disks, with its memory if that is wanted."""

from core.model import errors
from core.model.hypervisors import HYPERVISORS
from core.model.pool_types import DiskFormat
from sim.disk.disk import Disk
from sim.guest import Guest
from sim.world import Host, World

ROOT_SLOT = 0


def is_whole(guest: Guest, snapshot: str, *, memory: bool) -> bool:
    """Whether every disk has it already, and the root disk the memory if that is wanted."""
    disks = [slot.disk for slot in guest.slots.values()]
    remembered = not memory or any(snapshot in disk.memories for disk in disks)
    return bool(disks) and remembered and all(snapshot in disk.snapshots for disk in disks)


def require_possible(guest: Guest, subject: str) -> None:
    """Raise Busy while a disk is being copied, Unsupported where one holds no snapshots."""
    for device_id, slot in guest.slots.items():
        if slot.copying is not None:
            raise errors.Busy(
                f"a copy of disk {device_id} is running: {slot.copying.op}",
                object=subject,
                hint="wait for it, or cancel it",
            )
        if slot.disk.format is DiskFormat.RAW:
            raise errors.Unsupported(
                f"disk {device_id} is raw and holds no snapshots",
                object=subject,
                hint="stop the VM and let its storage take the snapshots",
            )


async def write_memory(world: World, host: Host, guest: Guest, disk: Disk) -> None:
    """KVM writes a machine's memory into its disk first; until then it stands still."""
    if not HYPERVISORS[host.spec.hypervisor].pauses or not world.rows:
        return
    for slot in guest.slots.values():
        world.catch_up(guest, slot)
    guest.paused += 1
    speed_bytes = min(world.pool_of(disk).spec.write_bytes_per_s, host.link.capacity_bytes)
    try:
        await world.runtime.sleep(guest.vm.memory_bytes / speed_bytes)
    finally:
        for slot in guest.slots.values():
            world.catch_up(guest, slot)
        guest.paused -= 1


def take(world: World, guest: Guest, snapshot: str, *, memory: bool) -> None:
    """Fix all disks at this moment. Raises NoCapacity when there is no room for the memory."""
    root = guest.slots[ROOT_SLOT].disk
    memory_bytes = guest.vm.memory_bytes if memory else 0
    room = root.room
    room.take(snapshot, memory_bytes)
    room.give(snapshot)
    for slot in guest.slots.values():
        world.catch_up(guest, slot)
        slot.disk.snapshots[snapshot] = slot.disk.content.fork()
    if memory:
        root.memories[snapshot] = memory_bytes
        root.settle(world.runtime.now())


def revert(world: World, guest: Guest, snapshot: str, subject: str) -> None:
    """Go on from there: what the guest was told of since is void. Raises NotFound."""
    if not any(snapshot in slot.disk.memories for slot in guest.slots.values()):
        raise errors.NotFound(
            "no such snapshot with the VM's memory",
            object=subject,
            hint="stop the VM to revert its disks alone",
        )
    for slot in guest.slots.values():
        world.catch_up(guest, slot)
        content = slot.disk.snapshots.get(snapshot)
        if content is None:
            continue
        world.void_told(slot.attached.name)
        slot.pending_bytes = 0.0
        slot.disk.hold(slot.disk.content.written_bytes)
        slot.disk.replace(content.fork(), world.runtime.now())
        slot.resized(content.size_bytes)


def remove(world: World, guest: Guest, snapshot: str) -> None:
    """Let the disks go on without it."""
    for slot in guest.slots.values():
        world.catch_up(guest, slot)
        slot.disk.drop(snapshot)
        slot.disk.settle(world.runtime.now())
