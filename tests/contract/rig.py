"""What the contract suite asks of a site, simulated or real, beyond the drivers that it tests.

A rig is made anew for every test. All its methods but `run` are called inside the body that `run`
was given, and what they make lives until that body ends. Sizes are small, so that a real site
answers within seconds.
"""

from collections.abc import Awaitable, Callable
from typing import Any, Protocol, TypeVar

import msgspec
import pytest

from core.driver import HypervisorDriver, ImageDriver, Progress, StorageDriver
from core.driver_words import Address, AttachedDisk, DiskInfo, DiskSpec, VmSpec
from core.model import errors
from core.model.pool_types import DiskFormat
from core.runtime import Runtime

MIB = 1 << 20
DISK_BYTES = 16 * MIB
ROOMY_BYTES = 1 << 30
VM_MEMORY_BYTES = 32 * MIB
OP = "op-1"

DriverT = TypeVar("DriverT", StorageDriver, HypervisorDriver, ImageDriver)


class Download(msgspec.Struct, frozen=True, kw_only=True):
    """An image that can be fetched; `checksum` is its "{SHA-256}hex", `size_bytes` its disk's."""

    url: str
    checksum: str
    format: DiskFormat
    size_bytes: int


class Rig(Protocol):
    """A site for one test, and eyes and hands where the drivers have none."""

    @property
    def runtime(self) -> Runtime:
        """The runtime that the body runs on."""
        ...

    @property
    def long_bytes(self) -> int:
        """So many written bytes that their copy reports progress, and can be cut short, midway."""
        ...

    def run(self, body: Callable[[], Awaitable[None]]) -> None:
        """Run a test's body to its end, then take everything down; raises what the body raises."""
        ...

    def pool(self, *, capacity_bytes: int = ROOMY_BYTES) -> StorageDriver:
        """A new, empty pool that every host reaches and that keeps QCOW2 and RAW disks."""
        ...

    def store(self, *, capacity_bytes: int = ROOMY_BYTES) -> ImageDriver:
        """A new, empty image store."""
        ...

    def host(self, *, memory_bytes: int = 16 * VM_MEMORY_BYTES) -> HypervisorDriver:
        """A new host that runs nothing yet."""
        ...

    def again(self, driver: DriverT) -> DriverT:
        """A new driver for the same thing, as a restarted control plane makes it."""
        ...

    def download(self, *, flaw: str = "") -> Download:
        """An image to fetch: QCOW2, at most DISK_BYTES; always the same for the same flaw.

        Flaws: "backing file" (it names one), "garbage" (no image at all), "missing" (the address
        leads nowhere), "forbidden" (an address of a kind that no store may fetch from).
        """
        ...

    def disc(self) -> Download:
        """An ISO to fetch, of at most DISK_BYTES."""
        ...

    async def fill(self, address: Address, written_bytes: int, *, start_bytes: int = 0) -> None:
        """Write that many bytes to an idle disk, unlike those of any other call.

        Guests write to the first MiB: who wants to read their writes fills from there on.
        """
        ...

    async def digest(self, address: Address) -> str:
        """A checksum of the bytes that a guest would read there, less the zeroes at the end."""
        ...

    async def leave_partial(self, driver: StorageDriver | ImageDriver, name: str) -> None:
        """Leave what a control plane leaves that was killed while it copied to `name` (or path)."""
        ...

    async def die_during(self, call: Callable[[Progress], Awaitable[object]]) -> None:
        """Begin a host's copy and let the control plane die at its first report of progress.

        None of its clean-up runs; what the host is doing goes on.
        """
        ...

    async def boot_disk(self, pool: StorageDriver, name: str) -> DiskInfo:
        """Make a disk on `pool` that a VM boots from: into a guest that writes without an end.

        The guest writes to the disk in slot 1, if there was one when it started. It finds the
        number of the last write there, and goes on from that.
        """
        ...

    def acknowledged(self, vm_id: str) -> int:
        """The number of the last write of that guest that was acknowledged to it."""
        ...

    async def wait_for_writes(self, vm_id: str, count: int) -> None:
        """Wait until `count` more writes were acknowledged."""
        ...

    async def last_write(self, address: Address) -> int:
        """The number of the last guest's write at an address that no guest has open.

        Raises Integrity unless exactly all the writes up to that one are there.
        """
        ...

    def kill_guest(self, vm_id: str) -> None:
        """Let the machine die at once, as when its process is killed."""
        ...


def silent(_done_bytes: int, _total_bytes: int) -> None:
    """A Progress for who does not look."""


async def cut_short(
    rig: Rig, call: Callable[[Progress], Awaitable[object]], *, at: float = 0.0
) -> bool:
    """Cancel `call` once more than the fraction `at` is done; whether it was cut short."""
    with rig.runtime.scope() as scope:

        def progress(done_bytes: int, total_bytes: int) -> None:
            if done_bytes > at * total_bytes or (at == 0 and done_bytes == 0):
                scope.cancel()

        await call(progress)
    return scope.cancelled


def copy_of(
    size_bytes: int = DISK_BYTES, name: str = "copy", format: DiskFormat = DiskFormat.QCOW2
) -> DiskSpec:
    """The disk that the tests copy to."""
    return DiskSpec(name=name, size_bytes=size_bytes, format=format)


async def blank(
    pool: StorageDriver,
    name: str = "disk",
    *,
    size_bytes: int = DISK_BYTES,
    format: DiskFormat = DiskFormat.QCOW2,
) -> Address:
    """A new blank disk's address."""
    disk = DiskSpec(name=name, size_bytes=size_bytes, format=format)
    await pool.create_disk(f"make {name}", disk, None, silent)
    return pool.address(name)


async def filled(
    rig: Rig,
    pool: StorageDriver,
    name: str = "disk",
    *,
    size_bytes: int = DISK_BYTES,
    written_bytes: int = 2 * MIB,
) -> Address:
    """A new disk's address, with bytes on it."""
    address = await blank(pool, name, size_bytes=size_bytes)
    await rig.fill(address, written_bytes)
    return address


def in_slot(device_id: int, pool: StorageDriver, disk: DiskInfo) -> AttachedDisk:
    """The disk as a host is told of it."""
    return AttachedDisk(
        device_id=device_id,
        name=disk.name,
        address=pool.address(disk.name),
        size_bytes=disk.size_bytes,
    )


async def prepared_vm(
    rig: Rig,
    pool: StorageDriver,
    vm_id: str = "vm",
    *,
    written_bytes: int = 0,
    memory_bytes: int = VM_MEMORY_BYTES,
) -> VmSpec:
    """A VM that can be started: `<vm_id>-root` in slot 0 and `<vm_id>-data` in slot 1.

    The latter is blank but for `written_bytes` behind what its guest will write to.
    """
    root = await rig.boot_disk(pool, f"{vm_id}-root")
    address = await blank(pool, f"{vm_id}-data", size_bytes=DISK_BYTES + written_bytes)
    if written_bytes:
        await rig.fill(address, written_bytes, start_bytes=MIB)
    data = await pool.inspect(f"{vm_id}-data")
    assert data is not None
    return VmSpec(
        vm_id=vm_id,
        name=vm_id,
        cpus=1,
        memory_bytes=memory_bytes,
        disks=(in_slot(0, pool, root), in_slot(1, pool, data)),
    )


async def running_vm(
    rig: Rig,
    host: HypervisorDriver,
    pool: StorageDriver,
    vm_id: str = "vm",
    *,
    written_bytes: int = 0,
) -> VmSpec:
    """A VM that has been started and has written."""
    vm = await prepared_vm(rig, pool, vm_id, written_bytes=written_bytes)
    await host.start_vm(f"start {vm_id}", vm)
    await rig.wait_for_writes(vm_id, 3)
    return vm


async def refused(error: type[errors.ForebayError], call: Awaitable[Any]) -> errors.ForebayError:
    """Await a call that must be refused with `error`, naming its object and what to do."""
    with pytest.raises(error) as caught:
        await call
    assert caught.value.object
    assert caught.value.hint
    return caught.value
