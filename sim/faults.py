"""Makes the fault rows of a scenario happen to a world, and draws such rows from a seed."""

from collections.abc import Mapping, Sequence
from random import Random
from typing import Final

from core.model import errors
from core.runtime import Nursery
from sim.flow.share import Link
from sim.gate import Gate
from sim.spec import TIMED, FaultKind, FaultSpec, SiteSpec
from sim.world import Host, Storage, World

STORAGE_ONLY: Final = frozenset({FaultKind.FULL, FaultKind.CORRUPT})


def begin(world: World, nursery: Nursery, faults: Sequence[FaultSpec]) -> None:
    """Let the faults happen from now on. Raises Invalid for one of a thing that is not there."""
    for fault in faults:
        thing = thing_at(world, fault.where)
        if isinstance(thing, Host) and fault.what in STORAGE_ONLY:
            raise errors.Invalid(
                f"a host cannot be {fault.what}", object=fault.where, hint="name a pool or store"
            )
    world.gate = Gate(faults, world.runtime, lambda where: spoil(world, where))
    for fault in faults:
        if fault.what in TIMED:
            nursery.start_soon(_happen, world, fault)


def thing_at(world: World, where: str) -> Host | Storage:
    """The host, pool or store that a row calls `where`. Raises Invalid."""
    kind, _, name = where.partition("/")
    things: dict[str, Mapping[str, Host | Storage]] = {
        "host": world.hosts,
        "pool": world.pools,
        "store": world.stores,
    }
    thing = things[kind].get(name) if kind in things else None
    if thing is None:
        hint = "write host/<name>, pool/<name> or store/<name>"
        raise errors.Invalid(f"the site has no {where}", object=where, hint=hint)
    return thing


def spoil(world: World, where: str) -> None:
    """Let the next copy that is made on a pool or store have wrong bytes."""
    thing = thing_at(world, where)
    if isinstance(thing, Storage):
        thing.spoils += 1


def draw(spec: SiteSpec, random: Random, *, count: int, within_s: float) -> tuple[FaultSpec, ...]:
    """So many faults of things of a site, all within `within_s` seconds of its start."""
    wheres = [f"host/{row.name}" for row in spec.hosts]
    wheres += [f"pool/{row.name}" for row in spec.pools]
    wheres += [f"store/{row.name}" for row in spec.stores]
    return tuple(_draw_one(random, random.choice(wheres), within_s) for _ in range(count))


def _draw_one(random: Random, where: str, within_s: float) -> FaultSpec:
    kinds = [
        kind for kind in FaultKind if kind not in STORAGE_ONLY or not where.startswith("host/")
    ]
    return FaultSpec(
        where=where,
        what=random.choice(kinds),
        at_s=random.uniform(0, within_s),
        for_s=random.uniform(1, within_s / 10),
        factor=random.uniform(0.01, 0.5),
        call=random.randint(1, 20),
    )


async def _happen(world: World, fault: FaultSpec) -> None:
    """Let one timed fault come, and go if it lasts."""
    await world.runtime.sleep(fault.at_s)
    thing = thing_at(world, fault.where)
    _set(world, thing, fault, begins=True)
    if fault.for_s > 0 and fault.what is not FaultKind.BREAK:
        await world.runtime.sleep(fault.for_s)
        _set(world, thing, fault, begins=False)


def _set(world: World, thing: Host | Storage, fault: FaultSpec, *, begins: bool) -> None:
    if fault.what is FaultKind.SLOW:
        factor = fault.factor if begins else 1 / fault.factor
        world.set_width(thing, thing.width * factor)
    elif fault.what is FaultKind.BREAK:
        for link in _links(thing):
            for transfer in list(link.transfers):
                world.network.cancel(transfer)
    elif fault.what is FaultKind.DOWN:
        _set_down(world, thing, begins=begins)
    elif isinstance(thing, Storage):
        row = thing.spec
        thing.room.capacity_bytes = thing.room.used_bytes if begins else row.capacity_bytes


def _set_down(world: World, thing: Host | Storage, *, begins: bool) -> None:
    if isinstance(thing, Storage):
        world.set_online(thing, online=not begins)
    elif begins:
        world.host_fails(thing)
    else:
        thing.up = True


def _links(thing: Host | Storage) -> tuple[Link, ...]:
    return (thing.link,) if isinstance(thing, Host) else (thing.read_link, thing.write_link)
