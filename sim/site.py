"""A simulated site: a world, its faults, and the drivers that reach it."""

from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from random import Random
from typing import TypeVar
from urllib.parse import urlsplit

from core.driver import HypervisorDriver, ImageDriver, StorageDriver
from core.model import errors
from core.runtime import Runtime
from sim import faults
from sim.driver.hypervisor import SimulatedHost
from sim.driver.image_store import SimulatedStore
from sim.driver.storage import SimulatedPool
from sim.gate import Gate
from sim.spec import FaultSpec, SiteSpec
from sim.world import SCHEME, World

T = TypeVar("T")

STORE_SCHEMES = ("nfs", "file")
NAMES_SHOWN = 5


class SimulatedSite:
    """Fills Site: a URL's host part names a thing of the world.

    Hosts are `sim://<name>`; pools `<a scheme of their type>://<name>/...`, as `nfs://p1/export`;
    image stores `nfs://<name>/...`. Where the host part names nothing, as in `file:///mnt/p1` and
    `vmfs://vcenter/datacenter/p1`, the last part of the path is the name.
    """

    def __init__(self, world: World) -> None:
        self.world = world

    @classmethod
    @asynccontextmanager
    async def open(
        cls,
        runtime: Runtime,
        spec: SiteSpec,
        random: Random,
        fault_rows: Sequence[FaultSpec] = (),
    ) -> AsyncGenerator["SimulatedSite"]:
        """A new world that lives as long as the block: its transfers and faults end with it.

        Raises Invalid for faults of things that the site has not.
        """
        async with runtime.nursery() as nursery:
            world = World(spec, runtime, nursery, random)
            if fault_rows:
                faults.begin(world, nursery, fault_rows)
            try:
                yield cls(world)
            finally:
                nursery.cancel()

    def keep(self, changed: Callable[[], Awaitable[None]]) -> None:
        """Await `changed` after each call of a driver that changed the world, before it answers."""
        world = self.world
        if world.gate is None:
            world.gate = Gate((), world.runtime, lambda where: faults.spoil(world, where))
        world.gate.changed = changed

    def hypervisor(self, host_id: str, url: str) -> HypervisorDriver:
        """The driver of the host that the URL names."""
        host = _named(self.world.hosts, url, (SCHEME,), f"host/{host_id}")
        return SimulatedHost(self.world, host, host_id)

    def storage(self, pool_id: str, url: str) -> StorageDriver:
        """The driver of the pool that the URL names."""
        subject = f"pool/{pool_id}"
        pool = _named(self.world.pools, url, (), subject)
        if urlsplit(url).scheme not in pool.row.schemes:
            hint = f"its URL begins with {pool.row.schemes[0]}://"
            raise errors.Invalid(f"{url} is no {pool.type} pool", object=subject, hint=hint)
        return SimulatedPool(self.world, pool, pool_id)

    def image_store(self, store_id: str, url: str) -> ImageDriver:
        """The driver of the image store that the URL names."""
        store = _named(self.world.stores, url, STORE_SCHEMES, f"image_store/{store_id}")
        return SimulatedStore(self.world, store, store_id)


def _named(things: dict[str, T], url: str, schemes: tuple[str, ...], subject: str) -> T:
    """The thing that a URL names. Raises Invalid."""
    try:
        parts = urlsplit(url)
    except ValueError as error:
        hint = "write <scheme>://<name>"
        raise errors.Invalid("the URL cannot be read", object=subject, hint=hint) from error
    server = parts.netloc.rpartition("@")[2].partition(":")[0]
    name = server if server in things else parts.path.rstrip("/").rpartition("/")[2]
    if (schemes and parts.scheme not in schemes) or name not in things:
        names = ", ".join(list(things)[:NAMES_SHOWN])
        scheme = schemes[0] if schemes else parts.scheme
        hint = f"use {scheme}://<server>/<path> whose server or last part is one of: {names}"
        raise errors.Invalid(f"the site has nothing at {url}", object=subject, hint=hint)
    return things[name]
