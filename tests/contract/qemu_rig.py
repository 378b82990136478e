"""The contract's rig with real hosts, pools and image stores: QEMU processes and folders."""

import hashlib
import os
import select
import shutil
import signal
import subprocess
import tempfile
import threading
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import cast

import pytest
import trio

from core.driver import HypervisorDriver, ImageDriver, Progress, StorageDriver
from core.driver_words import Address, DiskInfo, DiskSpec
from core.model import errors
from core.model.pool_types import DiskFormat
from core.runtime import Runtime
from core.trio_runtime import TrioRuntime
from drivers import guest
from drivers.download import Rules
from drivers.folder import PART
from drivers.qemu import qemu_img
from drivers.qemu.image import DESCRIPTOR_AT
from drivers.site import RealSite
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

PROGRAMS = ("qemu-img", "qemu-io", "qemu-nbd", "qemu-system-x86_64")
BODY_TIMEOUT_S = 60.0
WAIT_TIMEOUT_S = 20.0
POLL_S = 0.01
COPY_BYTES_PER_S = 32 * MIB
LONG_BYTES = 24 * MIB
ROOT_BYTES = 2 * MIB
PATTERN_BYTES = 4096
BOOT_MARK = b"\x55\xaa"
DISC_BYTES = 64 << 10


class Died(BaseException):
    """Ends the thread of a control plane that is dead to the test."""


class QemuRig:
    """Fills Rig with folders and QEMU processes below a temporary folder."""

    def __init__(self) -> None:
        # The paths of QEMU's sockets are short of room, so pytest's own folder does not do.
        self._folder = Path(tempfile.mkdtemp(prefix="forebay-", dir="/tmp"))
        self._site = RealSite(Rules(folders=(str(self._folder / "uploads"),)))
        self._makers: dict[int, Callable[[], object]] = {}
        self._drivers: list[object] = []
        self._patterns = 0
        self._buried = threading.Event()
        self._dead: list[threading.Thread] = []
        (self._folder / "uploads").mkdir()

    @property
    def runtime(self) -> Runtime:
        """Trio's, in real time, counted from the epoch."""
        return TrioRuntime(start_s=0.0)

    @property
    def long_bytes(self) -> int:
        """A second of a host's copy."""
        return LONG_BYTES

    def run(self, body: Callable[[], Awaitable[None]]) -> None:
        """Run the body on trio; kill what still runs and remove all files after it."""

        async def bounded() -> None:
            with trio.fail_after(BODY_TIMEOUT_S):
                await body()

        try:
            trio.run(bounded)
        finally:
            self._take_down()

    def pool(self, *, capacity_bytes: int = ROOMY_BYTES) -> StorageDriver:
        """A folder of its own."""
        number, folder = self._new_folder("pool")
        url = f"sharedmountpoint://{folder}?capacity={capacity_bytes}"
        return self._made(lambda: self._site.storage(f"pool-{number}", url))

    def store(self, *, capacity_bytes: int = ROOMY_BYTES) -> ImageDriver:
        """A folder of its own."""
        number, folder = self._new_folder("store")
        url = f"file://{folder}?capacity={capacity_bytes}"
        return self._made(lambda: self._site.image_store(f"store-{number}", url))

    def host(self, *, memory_bytes: int = 16 * VM_MEMORY_BYTES) -> HypervisorDriver:
        """A run folder of its own; its guests never flush, so their writes last at once."""
        number, folder = self._new_folder("host")
        options = f"memory={memory_bytes}&durable=true&powerdown=0.05&copyrate={COPY_BYTES_PER_S}"
        url = f"qemu://{folder}?{options}"
        return self._made(lambda: self._site.hypervisor(f"host-{number}", url))

    def again(self, driver: DriverT) -> DriverT:
        """Another driver from the same URL."""
        return self._made(cast("Callable[[], DriverT]", self._makers[id(driver)]))

    def download(self, *, flaw: str = "") -> Download:
        """A file in the folder that stores may fetch from."""
        image = self._folder / "uploads" / f"{flaw or 'good'}.qcow2".replace(" ", "-")
        if not image.exists():
            _make_download(image, flaw)
        content = image.read_bytes() if image.exists() else b""
        scheme = "gopher" if flaw == "forbidden" else "file"
        return Download(
            url=f"{scheme}://{image}",
            checksum=f"{{SHA-256}}{hashlib.sha256(content).hexdigest()}",
            format=DiskFormat.QCOW2,
            size_bytes=DISK_BYTES,
        )

    def disc(self) -> Download:
        """A file with the first descriptor of a disc, and nothing behind it."""
        image = self._folder / "uploads" / "disc.iso"
        content = (bytes(DESCRIPTOR_AT) + b"CD001").ljust(DISC_BYTES, b"\0")
        image.write_bytes(content)
        return Download(
            url=f"file://{image}",
            checksum=f"{{SHA-256}}{hashlib.sha256(content).hexdigest()}",
            format=DiskFormat.ISO,
            size_bytes=DISC_BYTES,
        )

    async def fill(self, address: Address, written_bytes: int, *, start_bytes: int = 0) -> None:
        """Write a pattern of its own again and again."""
        self._patterns += 1
        pattern = self._folder / "pattern"
        seed = hashlib.sha256(str(self._patterns).encode()).digest()
        pattern.write_bytes(seed * (PATTERN_BYTES // len(seed)))
        write = f"write -s {pattern} {start_bytes} {written_bytes}"
        _call("qemu-io", "-f", _driver(address), "-c", write, address.location)

    async def digest(self, address: Address) -> str:
        """SHA-256 of what qemu-img reads there."""
        return hashlib.sha256(self._content(address).rstrip(b"\0")).hexdigest()

    async def leave_partial(self, driver: StorageDriver | ImageDriver, name: str) -> None:
        """A file with some of the bytes under the ending that unfinished files have."""
        _write_half(Path(driver.address(name).location + PART))

    async def die_during(self, call: Callable[[Progress], Awaitable[object]]) -> None:
        """Run the call on a thread that stops at the first report and never goes on."""
        dead = threading.Event()
        failures: list[Exception] = []

        def freeze(_done_bytes: int, _total_bytes: int) -> None:
            dead.set()
            self._buried.wait()
            raise Died

        def live() -> None:
            try:
                trio.run(call, freeze)
            except Died:
                return
            except errors.ForebayError as error:
                failures.append(error)
            finally:
                dead.set()

        thread = threading.Thread(target=live, daemon=True)
        self._dead.append(thread)
        thread.start()
        assert await trio.to_thread.run_sync(dead.wait, WAIT_TIMEOUT_S)
        if failures:
            raise failures[0]

    async def boot_disk(self, pool: StorageDriver, name: str) -> DiskInfo:
        """A copy of the boot-sector guest."""
        image = self._folder / "uploads" / "guest.raw"
        image.write_bytes(guest.boot_image(size_bytes=ROOT_BYTES))
        source = Address(protocol="file", location=str(image), format=DiskFormat.RAW)
        disk = DiskSpec(name=name, size_bytes=ROOT_BYTES, format=DiskFormat.QCOW2)
        return await pool.create_disk(f"make {name}", disk, source, silent)

    def acknowledged(self, vm_id: str) -> int:
        """What the guest's serial logs say."""
        logs = self._folder.glob(f"host-*/{vm_id}/serial.log")
        return guest.acknowledged_over(log.read_bytes() for log in logs)

    async def wait_for_writes(self, vm_id: str, count: int) -> None:
        """Read the log until they are there."""
        due = self.acknowledged(vm_id) + count
        with trio.fail_after(WAIT_TIMEOUT_S):
            while self.acknowledged(vm_id) < due:  # noqa: ASYNC110 - it happens in a guest
                await trio.sleep(POLL_S)

    async def last_write(self, address: Address) -> int:
        """Read the slots of a disk of data, or those beyond the image of one that boots."""
        disk = self._content(address)
        boots = disk[guest.SECTOR_BYTES - len(BOOT_MARK) : guest.SECTOR_BYTES] == BOOT_MARK
        return guest.last_write(disk, first_lba=guest.FIRST_LBA if boots else 0)

    def kill_guest(self, vm_id: str) -> None:
        """Kill its process and wait until it is gone."""
        for path in self._folder.glob(f"host-*/{vm_id}/pid"):
            _kill(int(path.read_text()))

    def _new_folder(self, kind: str) -> tuple[int, Path]:
        number = len(self._makers) + 1
        folder = self._folder / f"{kind}-{number}"
        folder.mkdir()
        return number, folder

    def _made(self, maker: "Callable[[], DriverT]") -> DriverT:
        driver = maker()
        self._makers[id(driver)] = maker
        self._drivers.append(driver)
        return driver

    def _content(self, address: Address) -> bytes:
        raw = self._folder / "content.raw"
        options = ["-l", f"snapshot.name={address.snapshot}"] if address.snapshot else []
        formats = ("-f", _driver(address), "-O", "raw")
        _call("qemu-img", "convert", *formats, *options, address.location, str(raw))
        return raw.read_bytes()

    def _take_down(self) -> None:
        for path in self._folder.glob("host-*/*/pid"):
            _kill(int(path.read_text()))
        self._buried.set()
        for thread in self._dead:
            thread.join(WAIT_TIMEOUT_S)
        shutil.rmtree(self._folder)


def make_rig(_folder: Path) -> Rig:
    """A rig; skips the test where QEMU is not installed."""
    absent = [program for program in PROGRAMS if shutil.which(program) is None]
    if absent:
        pytest.skip(f"not installed: {', '.join(absent)}")
    return QemuRig()


def _write_half(part: Path) -> None:
    part.parent.mkdir(parents=True, exist_ok=True)
    part.write_bytes(b"half a copy" * 1000)


def _call(*command: str) -> None:
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)


def _driver(address: Address) -> str:
    return qemu_img.driver_of(address.format)


def _make_download(image: Path, flaw: str) -> None:
    if flaw == "garbage":
        image.write_bytes(b"no image at all" * 1000)
    elif flaw != "missing":
        backing = ("-F", "raw", "-b", "/etc/hostname") if flaw == "backing file" else ()
        _call("qemu-img", "create", "-q", "-f", "qcow2", *backing, str(image), str(DISK_BYTES))
        _call("qemu-io", "-f", "qcow2", "-c", "write -P 17 0 1M", str(image))


def _kill(process_id: int) -> None:
    try:
        descriptor = os.pidfd_open(process_id)
    except ProcessLookupError:
        return
    try:
        signal.pidfd_send_signal(descriptor, signal.SIGKILL)
        watcher = select.poll()
        watcher.register(descriptor, select.POLLIN)
        assert watcher.poll(1000 * WAIT_TIMEOUT_S)
    finally:
        os.close(descriptor)
