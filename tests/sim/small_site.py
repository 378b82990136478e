"""A small site on the kernel for the tests of the simulation; every link moves 1 MiB a second."""

from collections.abc import Awaitable, Callable, Sequence
from random import Random

from core.driver import HypervisorDriver, ImageDriver, StorageDriver
from core.driver_words import AttachedDisk, DiskSpec, VmSpec
from core.model.pool_types import DiskFormat, PoolType
from core.runtime import Runtime
from sim.guest import WritePattern
from sim.site import SimulatedSite
from sim.spec import MIB, FaultSpec, HostSpec, PoolSpec, SiteSpec, StoreSpec, TemplateSpec
from sim.virtual.run import run_kernel
from sim.world import World

BLOCK_BYTES = 64 * 1024
DISK_BYTES = 16 * MIB
QCOW2, RAW = DiskFormat.QCOW2, DiskFormat.RAW


def pool_spec(name: str, type: PoolType, host: str = "") -> PoolSpec:
    """A pool of 64 MiB."""
    return PoolSpec(
        name=name,
        type=type,
        host=host,
        capacity_bytes=64 * MIB,
        read_bytes_per_s=MIB,
        write_bytes_per_s=MIB,
        latency_s=0.0,
    )


SMALL = SiteSpec(
    hosts=tuple(
        HostSpec(name=name, nic_bytes_per_s=MIB, memory_bytes=MIB) for name in ("h1", "h2")
    ),
    pools=(
        pool_spec("nfs", PoolType.NFS),
        pool_spec("nfs2", PoolType.NFS),
        pool_spec("rbd", PoolType.RBD),
        pool_spec("local", PoolType.FILESYSTEM, "h1"),
    ),
    stores=(
        StoreSpec(
            name="s1",
            capacity_bytes=64 * MIB,
            read_bytes_per_s=MIB,
            write_bytes_per_s=MIB,
            latency_s=0.0,
        ),
    ),
    templates=(TemplateSpec(name="root", size_bytes=DISK_BYTES, written_bytes=4 * MIB),),
    web_bytes_per_s=MIB,
    writes=WritePattern(hourly_bytes_per_s=(2.0 * BLOCK_BYTES,)),
    block_bytes=BLOCK_BYTES,
    timing="instant",
)


class Small:
    """The site's drivers, and short ways to what tests begin with."""

    def __init__(self, site: SimulatedSite, runtime: Runtime) -> None:
        self.runtime = runtime
        self.site = site
        self.world: World = site.world

    def host(self, name: str = "h1") -> HypervisorDriver:
        """A host's driver."""
        return self.site.hypervisor(name, f"sim://{name}")

    def pool(self, name: str = "nfs") -> StorageDriver:
        """A pool's driver."""
        scheme = self.world.pools[name].row.schemes[0]
        return self.site.storage(name, f"{scheme}://{name}/export")

    def store(self) -> ImageDriver:
        """The image store's driver."""
        return self.site.image_store("s1", "nfs://s1/export")

    async def disk(self, name: str = "disk", pool: str = "nfs", *, written_bytes: int = 0) -> None:
        """Make a disk, and write to it."""
        kind = self.world.pools[pool].row.formats[0]
        spec = DiskSpec(name=name, size_bytes=DISK_BYTES, format=kind)
        await self.pool(pool).create_disk("op", spec, None, silent)
        disk = self.world.pools[pool].disks[name]
        self.world.fill(disk.content, written_bytes)
        disk.settle(self.runtime.now())

    def attached(self, name: str = "disk", pool: str = "nfs", device_id: int = 0) -> AttachedDisk:
        """A disk as a host is told of it."""
        address = self.pool(pool).address(name)
        return AttachedDisk(device_id=device_id, name=name, address=address, size_bytes=DISK_BYTES)

    async def boot(self, *disks: AttachedDisk, vm_id: str = "vm", host: str = "h1") -> None:
        """Start a VM."""
        vm = VmSpec(vm_id=vm_id, name=vm_id, cpus=1, memory_bytes=1024, disks=disks)
        await self.host(host).start_vm("op", vm)


def silent(_done_bytes: int, _total_bytes: int) -> None:
    """A Progress for who does not look."""


def play(
    body: Callable[[Small], Awaitable[None]],
    *,
    spec: SiteSpec = SMALL,
    faults: Sequence[FaultSpec] = (),
    seed: int = 1,
    run: Callable[..., None] = run_kernel,
) -> None:
    """Run a test's body on a new site; `run` is the virtual runtime to run on."""

    async def main(runtime: Runtime) -> None:
        async with SimulatedSite.open(runtime, spec, Random(seed), faults) as site:
            await body(Small(site, runtime))

    run(main)
