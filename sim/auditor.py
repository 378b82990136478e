"""Finds acknowledged writes that a world has lost, whatever its control plane says."""

from typing import Final

import msgspec

from core.model import errors
from sim.disk.content import Blocks, Content, last_write
from sim.world import World

WRONG: Final = -1


class Held(msgspec.Struct, frozen=True, kw_only=True):
    """A complete disk on a pool: it has all its guest's writes up to `number`, and none after it.

    The number is WRONG when some are missing, torn or out of their time.
    """

    pool: str
    number: int


def lost_writes(world: World) -> list[str]:
    """One sentence for each disk that lacks a write that its guest was told is written.

    A disk counts as whole if one pool has it whole: after a move its old place may be behind.
    Guests that run are brought up to date first.
    """
    for host in world.hosts.values():
        for guest in host.guests.values():
            for slot in guest.slots.values():
                world.catch_up(guest, slot)
    found: list[str] = []
    for (vm_id, device_id), acknowledged in sorted(world.ledger.items()):
        reached = max((disk.number for disk in held(world, acknowledged.name)), default=None)
        if reached is None or reached < acknowledged.number:
            found.append(
                f"vm/{vm_id} was told of write {acknowledged.number} in slot {device_id}, "
                f"but disk {acknowledged.name} has {'none' if reached is None else reached}"
            )
    return found


def held(world: World, name: str) -> list[Held]:
    """What each pool holds under the name of that disk."""
    found: list[Held] = []
    for pool in world.pools.values():
        disk = pool.disks.get(name)
        if disk is not None:
            try:
                number = last_write(disk.content)
            except errors.Integrity:
                number = WRONG
            found.append(Held(pool=pool.spec.name, number=number))
    return found


def told(world: World, name: str) -> int:
    """The last write to that disk that a guest was told of, 0 if there is none."""
    numbers = (line.number for line in world.ledger.values() if line.name == name)
    return max(numbers, default=0)


def strange_blocks(content: Content, origin: Content) -> list[int]:
    """Blocks that are neither as in `origin`, which the disk was made of, nor as a guest left them.

    Of content that is known by its amount only, nothing is strange.
    """
    if not isinstance(content, Blocks) or not isinstance(origin, Blocks):
        return []
    due = dict(origin.visible())
    if content.slots:
        for number in range(max(1, content.last - content.slots + 1), content.last + 1):
            due[content.place(number)] = content.stamp(number)
    seen = dict(content.visible())
    return sorted(block for block in {*due, *seen} if due.get(block, 0) != seen.get(block, 0))
