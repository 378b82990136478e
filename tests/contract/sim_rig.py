"""The contract's rig with a simulated site, on the kernel's virtual time."""

from collections.abc import Awaitable, Callable
from pathlib import Path
from random import Random
from typing import cast

from core.driver import HypervisorDriver, ImageDriver, Progress, StorageDriver
from core.driver_words import Address, DiskInfo, DiskSpec
from core.model.pool_types import DiskFormat
from core.runtime import Runtime
from sim.disk.content import Blocks, last_write
from sim.disk.source import find_source
from sim.driver.hypervisor import SimulatedHost
from sim.driver.image_store import SimulatedStore
from sim.driver.storage import SimulatedPool
from sim.guest import WritePattern
from sim.site import SimulatedSite
from sim.spec import HostSpec, PoolSpec, SiteSpec, StoreSpec, TemplateSpec
from sim.virtual.run import run_kernel
from sim.world import Host, Pool, Storage, Store, World
from tests.contract.rig import (
    DISK_BYTES,
    MIB,
    ROOMY_BYTES,
    VM_MEMORY_BYTES,
    Download,
    DriverT,
    Rig,
    silent,
)

BLOCK_BYTES = 64 * 1024
COPY_BYTES_PER_S = 256.0 * 1024
WRITES_PER_S = 10
ROOT_BYTES = 2 * MIB
SEED = 7

SITE = SiteSpec(
    templates=(
        *(
            TemplateSpec(
                name=flaw.replace(" ", "-") or "good",
                size_bytes=DISK_BYTES,
                written_bytes=MIB,
                flaw=flaw,
            )
            for flaw in ("", "backing file", "garbage")
        ),
        TemplateSpec(name="disc", size_bytes=DISK_BYTES, written_bytes=MIB, format=DiskFormat.ISO),
    ),
    writes=WritePattern(hourly_bytes_per_s=(WRITES_PER_S * BLOCK_BYTES,)),
    block_bytes=BLOCK_BYTES,
    report_progress=True,
)


class SimRig:
    """Fills Rig with a world whose disks are known block by block."""

    _runtime: Runtime
    _world: World

    @property
    def runtime(self) -> Runtime:
        """The kernel."""
        return self._runtime

    @property
    def long_bytes(self) -> int:
        """Half a minute of copying, of virtual time."""
        return 8 * MIB

    def run(self, body: Callable[[], Awaitable[None]]) -> None:
        """Run the body on the kernel, over a new world."""

        async def main(runtime: Runtime) -> None:
            async with SimulatedSite.open(runtime, SITE, Random(SEED)) as site:
                self._runtime = runtime
                self._world = site.world
                await body()

        run_kernel(main)

    def pool(self, *, capacity_bytes: int = ROOMY_BYTES) -> StorageDriver:
        """A slow NFS pool."""
        name = f"p{len(self._world.pools)}"
        spec = PoolSpec(
            name=name,
            capacity_bytes=capacity_bytes,
            read_bytes_per_s=COPY_BYTES_PER_S,
            write_bytes_per_s=COPY_BYTES_PER_S,
        )
        self._world.pools[name] = pool = Pool(spec)
        return SimulatedPool(self._world, pool, name)

    def store(self, *, capacity_bytes: int = ROOMY_BYTES) -> ImageDriver:
        """A slow image store."""
        name = f"s{len(self._world.stores)}"
        spec = StoreSpec(
            name=name,
            capacity_bytes=capacity_bytes,
            read_bytes_per_s=COPY_BYTES_PER_S,
            write_bytes_per_s=COPY_BYTES_PER_S,
        )
        self._world.stores[name] = store = Store(spec)
        return SimulatedStore(self._world, store, name)

    def host(self, *, memory_bytes: int = 16 * VM_MEMORY_BYTES) -> HypervisorDriver:
        """A KVM host."""
        name = f"h{len(self._world.hosts)}"
        self._world.hosts[name] = host = Host(HostSpec(name=name, memory_bytes=memory_bytes))
        return SimulatedHost(self._world, host, name)

    def again(self, driver: DriverT) -> DriverT:
        """Another driver for the same thing of the world."""
        where = cast("SimulatedHost | SimulatedPool | SimulatedStore", driver).where
        name = where.partition("/")[2]
        new: HypervisorDriver | StorageDriver | ImageDriver
        if isinstance(driver, SimulatedHost):
            new = SimulatedHost(self._world, self._world.hosts[name], name)
        elif isinstance(driver, SimulatedPool):
            new = SimulatedPool(self._world, self._world.pools[name], name)
        else:
            new = SimulatedStore(self._world, self._world.stores[name], name)
        return cast("DriverT", new)

    def download(self, *, flaw: str = "") -> Download:
        """One of the world's templates."""
        name = flaw.replace(" ", "-") or "good"
        template = self._world.templates.get(name)
        prefix = "gopher" if flaw == "forbidden" else "sim"
        return Download(
            url=f"{prefix}://templates/{name}",
            checksum=template.checksum if template is not None else "",
            format=DiskFormat.QCOW2,
            size_bytes=DISK_BYTES,
        )

    def disc(self) -> Download:
        """One of the world's templates."""
        return Download(
            url="sim://templates/disc",
            checksum=self._world.templates["disc"].checksum,
            format=DiskFormat.ISO,
            size_bytes=DISK_BYTES,
        )

    async def fill(self, address: Address, written_bytes: int, *, start_bytes: int = 0) -> None:
        """Stamp blocks."""
        disk = self._world.find_disk(address)
        self._world.fill(disk.content, written_bytes, start_bytes)
        disk.settle(self._runtime.now())

    async def digest(self, address: Address) -> str:
        """A checksum of the stamps."""
        content = find_source(self._world, address).content
        assert isinstance(content, Blocks)
        return content.digest()

    async def leave_partial(self, driver: StorageDriver | ImageDriver, name: str) -> None:
        """Room that is taken by nothing that counts as an object."""
        things: dict[str, Storage] = {**self._world.pools, **self._world.stores}
        where = cast("SimulatedPool | SimulatedStore", driver).where
        things[where.partition("/")[2]].room.take(name, MIB)

    async def die_during(self, call: Callable[[Progress], Awaitable[object]]) -> None:
        """Let the world know of the death, then cancel the call."""
        with self._runtime.scope() as scope:

            def progress(_done_bytes: int, _total_bytes: int) -> None:
                self._world.plane_dies()
                scope.cancel()

            await call(progress)
        assert scope.cancelled

    async def boot_disk(self, pool: StorageDriver, name: str) -> DiskInfo:
        """Any disk will do: simulated guests write to all their disks."""
        disk = DiskSpec(name=name, size_bytes=ROOT_BYTES, format=DiskFormat.QCOW2)
        return await pool.create_disk(f"make {name}", disk, None, silent)

    def acknowledged(self, vm_id: str) -> int:
        """What the world's ledger says of slot 1."""
        for host in self._world.hosts.values():
            guest = host.guests.get(vm_id)
            if guest is not None and 1 in guest.slots:
                self._world.catch_up(guest, guest.slots[1])
        found = self._world.ledger.get((vm_id, 1))
        return found.number if found is not None else 0

    async def wait_for_writes(self, vm_id: str, count: int) -> None:
        """Let the guest have the time that they take."""
        due = self.acknowledged(vm_id) + count
        await self._runtime.sleep((count + 1) / WRITES_PER_S)
        assert self.acknowledged(vm_id) >= due

    async def last_write(self, address: Address) -> int:
        """Read all slots."""
        return last_write(find_source(self._world, address).content)

    def kill_guest(self, vm_id: str) -> None:
        """Let the guest die."""
        for host in self._world.hosts.values():
            self._world.guest_dies(host, vm_id)


def make_rig(_folder: Path) -> Rig:
    """A rig of a world that is made when it runs."""
    return SimRig()
