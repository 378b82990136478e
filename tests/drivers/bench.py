"""Two pools, an image store and a host on this machine, with the few questions that tests ask."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import anyio

from core.driver_words import Address, AttachedDisk, DiskSpec, VmSpec
from core.model.pool_types import DiskFormat
from drivers import guest
from drivers.directory import DirectoryPool
from drivers.download import Rules
from drivers.image_directory import ImageDirectory
from drivers.qemu.host import QemuHost
from drivers.qemu.machine import Settings

ROOT = Path(__file__).parents[2]
MEBIBYTE = 1 << 20
ROOT_BYTES = 2 * MEBIBYTE
DATA_BYTES = 64 * MEBIBYTE
WAIT_S = 20.0
POLL_S = 0.01
QUICK = Settings(powerdown_s=0.05)
SLOW_COPY = Settings(powerdown_s=0.05, copy_bytes_per_s=24 * MEBIBYTE)
QCOW2, RAW = DiskFormat.QCOW2, DiskFormat.RAW


def ignore(done_bytes: int, total_bytes: int) -> None:
    """A progress that nobody looks at."""


class Bench:
    """Pools `first` and `second`, image store `store` and host `host`; VMs of one boot sector."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        for name in ("first", "second", "store", "uploads"):
            (folder / name).mkdir()
        self.first = DirectoryPool("first", str(folder / "first"))
        self.second = DirectoryPool("second", str(folder / "second"))
        rules = Rules(folders=(str(folder / "uploads"),))
        self.store = ImageDirectory("store", str(folder / "store"), rules=rules)
        self.host = self.make_host(QUICK)

    def make_host(self, settings: Settings) -> QemuHost:
        """Another driver of the same host, as a restarted control plane makes one."""
        return QemuHost("host", str(self.folder / "run"), settings)

    async def disk(self, name: str, device_id: int, size_bytes: int = DATA_BYTES) -> AttachedDisk:
        """A blank qcow2 disk of the first pool, ready to be plugged in."""
        disk = DiskSpec(name=name, size_bytes=size_bytes, format=QCOW2)
        await self.first.create_disk("op", disk, None, ignore)
        return attached(self.first, name, device_id, size_bytes)

    async def vm(self, vm_id: str = "vm", *, settings: Settings = QUICK) -> VmSpec:
        """A running VM that writes to the disk `<id>-data` in slot 1."""
        image = self.folder / "uploads" / "guest.raw"
        image.write_bytes(guest.boot_image(size_bytes=ROOT_BYTES))
        source = Address(protocol="file", location=str(image), format=RAW)
        root = DiskSpec(name=f"{vm_id}-root", size_bytes=ROOT_BYTES, format=QCOW2)
        await self.first.create_disk("op", root, source, ignore)
        data = await self.disk(f"{vm_id}-data", 1)
        disks = (attached(self.first, root.name, 0, ROOT_BYTES), data)
        spec = VmSpec(vm_id=vm_id, name=vm_id, cpus=1, memory_bytes=16 * MEBIBYTE, disks=disks)
        await self.make_host(settings).start_vm("op", spec)
        await self.wait_for_writes(vm_id, 2)
        return spec

    def writes(self, vm_id: str = "vm") -> int:
        """The last write that was acknowledged to the guest."""
        return guest.last_acknowledged(self.serial_log(vm_id))

    def serial_log(self, vm_id: str = "vm") -> bytes:
        """What the guest printed."""
        log = self.folder / "run" / vm_id / "serial.log"
        return log.read_bytes() if log.exists() else b""

    async def wait_for_writes(self, vm_id: str = "vm", more: int = 3) -> int:
        """Wait until the guest has made so many more writes; answers how many it has made."""
        due = self.writes(vm_id) + more
        with anyio.fail_after(WAIT_S):
            while self.writes(vm_id) < due:  # noqa: ASYNC110 - it happens in a guest
                await anyio.sleep(POLL_S)
        return self.writes(vm_id)

    def last_write(self, address: Address) -> int:
        """The last write on a disk or image; fails unless it is the disk at one moment."""
        return guest.last_write(content(address, self.folder))

    def holds_every_write(self, address: Address, vm_id: str = "vm") -> bool:
        """Whether a disk ends with the last acknowledged write, or the one after that."""
        return self.last_write(address) - self.writes(vm_id) in (0, 1)

    async def kill(self) -> None:
        """Kill all VMs and wait until they are gone."""
        self.kill_all()
        with anyio.fail_after(WAIT_S):
            while self.process_ids():  # noqa: ASYNC110 - it happens in another process
                await anyio.sleep(POLL_S)

    def process_ids(self) -> list[int]:
        """The VMs' processes that still run."""
        found = (int(path.read_text()) for path in self.folder.glob("run*/*/pid"))
        return [process_id for process_id in found if _runs(process_id)]

    def kill_all(self) -> None:
        """Kill what still runs."""
        for process_id in self.process_ids():
            os.kill(process_id, signal.SIGKILL)


def dies_when_it_prints(code: str, *arguments: str) -> bytes:
    """Run Python code in a control plane of its own that is killed after its first line."""
    command = [sys.executable, "-c", code, *arguments]
    with subprocess.Popen(command, stdout=subprocess.PIPE, cwd=ROOT) as process:
        assert process.stdout is not None
        line = process.stdout.readline()
        process.kill()
    return line


def call(*command: str) -> None:
    """Run a program that must succeed."""
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)


def attached(pool: DirectoryPool, name: str, device_id: int, size_bytes: int) -> AttachedDisk:
    """A disk of a pool in a slot."""
    return AttachedDisk(
        device_id=device_id, name=name, address=pool.address(name), size_bytes=size_bytes
    )


def content(address: Address, folder: Path) -> bytes:
    """All bytes of a disk or image, read by QEMU's own tool."""
    raw = folder / "content.raw"
    driver = address.format.value.lower()
    call("qemu-img", "convert", "-f", driver, "-O", "raw", address.location, str(raw))
    return raw.read_bytes()


def _runs(process_id: int) -> bool:
    try:
        state = Path(f"/proc/{process_id}/stat").read_text().rpartition(")")[2].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return False
    return state != "Z"
