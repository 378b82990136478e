"""Real snapshots of real disks by the whole control plane, beside bare `qemu-img convert`."""

import shutil
import subprocess
from pathlib import Path
from random import Random
from statistics import median
from tempfile import TemporaryDirectory
from time import perf_counter
from typing import Any

import msgspec
import trio

from benchmarks.figures import Figure, Report
from core.model.access import Caller
from core.model.commands.command import Command
from core.model.commands.snapshot import CreateSnapshot, DeleteSnapshot
from core.model.commands.vm import (
    DeployVirtualMachine,
    DestroyVirtualMachine,
    StartVirtualMachine,
    StopVirtualMachine,
)
from core.model.commands.volume import AttachVolume, CreateVolume, DetachVolume
from core.model.records import DiskOffering, Job, ServiceOffering, Template, Zone
from core.plane import ControlPlane
from core.trio_runtime import TrioRuntime
from drivers.guest import boot_image
from server import logging
from server.config import load
from server.demo.real_zone import clean_up
from server.site import open_service
from sim.virtual.run import START_S

DISK = "/var/tmp"  # noqa: S108  (a fresh folder is made in it)
GIB = 1 << 30
MIB = 1 << 20
RUNS = 7
AIM = 1.1
JOB_S = 120.0
SITE = """
kind = "real"
[downloads]
folders = ["{folder}"]
[[pods]]
name = "pod1"
[[clusters]]
name = "cluster1"
pod = "pod1"
[[hosts]]
name = "host1"
cluster = "cluster1"
url = "qemu://{folder}/run?powerdown=0.2&cpus=4&memory=4294967296"
[[pools]]
name = "pool1"
cluster = "cluster1"
url = "sharedmountpoint://{folder}/pool"
[[image_stores]]
name = "images"
url = "file://{folder}/images"
[[disk_offerings]]
name = "one"
disksize = 1
[[service_offerings]]
name = "tiny"
memory = 64
[[templates]]
name = "writer"
url = "file://{folder}/writer.raw"
format = "RAW"
hypervisor = "KVM"
"""


class Zonelet:
    """A plane over real drivers in a folder, and what is asked of it."""

    def __init__(self, plane: ControlPlane, caller: Caller, folder: Path) -> None:
        self._plane = plane
        self._caller = caller
        self._folder = folder

    async def do(self, command: Command) -> str:
        """Carry a command out to its end; answers the id of its object."""
        answer: Any = msgspec.to_builtins(await self._plane.submit(command, self._caller))
        job = await self._plane.wait_job(answer["jobid"], self._caller, JOB_S)
        assert job.jobstatus == 1, job
        return str(answer["id"])

    async def machine(self) -> str:
        """A running machine that writes to its root disk."""
        while pending := list(self._plane.inventory.having(Job, "status", "pending")):
            await self._plane.wait_job(pending[0].id, self._caller, JOB_S)
        inventory = self._plane.inventory
        (zone,), (offering,) = inventory.all(Zone), inventory.all(ServiceOffering)
        (template,) = inventory.all(Template)
        return await self.do(
            DeployVirtualMachine(
                zone_id=zone.id,
                service_offering_id=offering.id,
                template_id=template.id,
                name="writer",
            )
        )

    async def full_volume(self, vm_id: str, size_bytes: int) -> str:
        """A detached volume with so much random data; attaching it is what makes its disk."""
        offerings = self._plane.inventory.all(DiskOffering)
        (offering_id,) = (row.id for row in offerings if not row.service_offering_id)
        volume_id = await self.do(CreateVolume(disk_offering_id=offering_id))
        await self.do(AttachVolume(id=volume_id, virtual_machine_id=vm_id))
        await self.do(DetachVolume(id=volume_id))
        raw = self._folder / "random.raw"
        _write_random(raw, size_bytes)
        _convert("-n", "-f", "raw", raw, self.disk(volume_id))
        raw.unlink()
        return volume_id

    def disk(self, volume_id: str) -> Path:
        """The file of a volume."""
        (found,) = (self._folder / "pool").glob(f"{volume_id}*")
        return found

    async def snapshot_s(self, volume_id: str) -> float:
        """Seconds of one snapshot, from the command to the end of its job; it is deleted then."""
        asked_s = perf_counter()
        snapshot_id = await self.do(CreateSnapshot(volume_id=volume_id))
        took_s = perf_counter() - asked_s
        await self.do(DeleteSnapshot(id=snapshot_id))
        _settle(self._folder)
        return took_s


def _write_random(path: Path, size_bytes: int) -> None:
    random = Random(1)
    with path.open("wb") as file:
        for _ in range(size_bytes // MIB):
            file.write(random.randbytes(MIB))
        # A disk offering's size is whole GiB, and the image must be as long.
        file.truncate(GIB)


def _convert(*arguments: str | Path) -> None:
    subprocess.run(["qemu-img", "convert", "-O", "qcow2", *arguments], check=True)  # noqa: S603, S607


def _bare_s(disk: Path, folder: Path, *, sync: bool) -> float:
    """Seconds of the tool alone; with `sync` until the copy would survive a power cut."""
    copy = folder / "bare.qcow2"
    began_s = perf_counter()
    _convert("-f", "qcow2", disk, copy)
    if sync:
        subprocess.run(["sync", str(copy)], check=True)  # noqa: S603, S607
    took_s = perf_counter() - began_s
    copy.unlink()
    _settle(folder)
    return took_s


def _settle(folder: Path) -> None:
    """Let nothing of one run be left for the disk to do in the next."""
    subprocess.run(["sync", "-f", str(folder)], check=True)  # noqa: S603, S607


async def _measured(folder: Path, size_bytes: int) -> dict[str, list[float]]:
    for name in ("run", "pool", "images"):
        (folder / name).mkdir()
    (folder / "writer.raw").write_bytes(boot_image())
    site = folder / "site.toml"
    site.write_text(SITE.format(folder=folder))
    runtime = TrioRuntime(start_s=START_S)
    log = logging.logger("benchmark")
    seconds: dict[str, list[float]] = {"plane": [], "bare": [], "synced": [], "live": []}
    async with open_service(
        load(site), folder / "data", runtime, log, url="http://127.0.0.1:1"
    ) as service:
        caller = service.plane.identify(service.credentials.token_sha256)
        zone = Zonelet(service.plane, caller, folder)
        vm_id = await zone.machine()
        volume_id = await zone.full_volume(vm_id, size_bytes)
        disk = zone.disk(volume_id)
        # The guest would take a processor from both sides.
        await zone.do(StopVirtualMachine(id=vm_id, forced=True))
        for _ in range(RUNS):
            seconds["bare"].append(_bare_s(disk, folder, sync=False))
            seconds["synced"].append(_bare_s(disk, folder, sync=True))
            seconds["plane"].append(await zone.snapshot_s(volume_id))
        await zone.do(StartVirtualMachine(id=vm_id))
        await zone.do(AttachVolume(id=volume_id, virtual_machine_id=vm_id))
        for _ in range(RUNS):
            seconds["live"].append(await zone.snapshot_s(volume_id))
        await zone.do(DestroyVirtualMachine(id=vm_id, expunge=True))
    return seconds


def report(*, small: bool) -> Report:
    """The tool alone, the tool with sync, and the control plane, in turns."""
    if not all(shutil.which(name) for name in ("qemu-img", "qemu-system-x86_64")):
        return Report("Real copies: QEMU is not installed", "", ())
    size_bytes = GIB // 16 if small else GIB
    with TemporaryDirectory(dir=DISK) as name:
        try:
            seconds = trio.run(_measured, Path(name), size_bytes)
        finally:
            clean_up(Path(name))
    plane, bare, synced, live = (
        median(seconds[name]) for name in ("plane", "bare", "synced", "live")
    )
    return Report(
        title=f"Real copies: createSnapshot of a qcow2 volume with {size_bytes // MIB} MiB of data",
        peer="qemu-img convert",
        figures=(
            Figure(
                "detached volume: s",
                f"{plane:.2f}",
                f"{bare:.2f}",
                f"{plane / bare:.2f}",
                f"<= {AIM}",
            ),
            Figure(
                "  beside convert and sync: s",
                f"{plane:.2f}",
                f"{synced:.2f}",
                f"{plane / synced:.2f}",
            ),
            Figure(
                "disk of a running guest: s", f"{live:.2f}", f"{bare:.2f}", f"{live / bare:.2f}"
            ),
        ),
        notes=(
            f"medians of {RUNS} alternating runs",
            "a snapshot is durable when its job has ended, as the tool's copy is after sync",
        ),
    )
