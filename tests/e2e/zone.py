"""A real zone whose server tests kill: a host with a guest that writes, two pools, a store."""

import os
import select
import signal
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import Any, Final

import trio

from core.driver_words import HostStatus
from core.model.events import decode_record
from core.model.inventory import Inventory
from core.model.records import Host
from drivers.guest import acknowledged_over, boot_image
from drivers.site import RealSite
from server.client import Client
from server.demo.process import ServerProcess
from server.journal.database import JournalFile

Object = dict[str, Any]
MIB: Final = 1 << 20
SLOTS_BYTES: Final = 2 * MIB
"""The guest, and room for its writes."""
FILLER_BYTES: Final = 40 * MIB
"""Bytes behind it that nobody writes to, so that copies take their time."""
CAPACITY_BYTES: Final = 64 << 30
JOB_S: Final = 60.0
LOOK_S: Final = 0.02
EXIT_MS: Final = 10_000
LOG_LINES: Final = 20
IN_PROGRESS, SUCCEEDED = 0, 1
SITE: Final = """\
kind = "real"
[downloads]
folders = ["{folder}"]
[settings]
"ping.interval" = "1"
[[pods]]
name = "pod1"
[[clusters]]
name = "cluster1"
pod = "pod1"
[[hosts]]
name = "host1"
cluster = "cluster1"
url = "qemu://{folder}/run?powerdown=0.1&{host_options}"
[[pools]]
name = "pool1"
cluster = "cluster1"
url = "sharedmountpoint://{folder}/pool1?capacity={capacity}"
[[pools]]
name = "pool2"
cluster = "cluster1"
url = "sharedmountpoint://{folder}/pool2?capacity={capacity}"
[[image_stores]]
name = "images"
url = "file://{folder}/images?capacity={capacity}"
[[disk_offerings]]
name = "small"
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


class Zone:
    """A folder with the zone's files, and its server.

    `vm_id` is the one machine, `volume_id` the volume that its guest writes to, `spare_ids` two
    detached volumes; all volumes are copies of the machine's root disk at first.
    """

    def __init__(self, folder: Path, host_options: str) -> None:
        self.folder = folder
        for name in ("run", "pool1", "pool2", "images"):
            (folder / name).mkdir()
        self.image = boot_image(size_bytes=SLOTS_BYTES) + Random(1).randbytes(FILLER_BYTES)
        (folder / "writer.raw").write_bytes(self.image)
        site = folder / "site.toml"
        site.write_text(
            SITE.format(folder=folder, host_options=host_options, capacity=CAPACITY_BYTES)
        )
        self.server = ServerProcess(site, folder / "data")
        self.vm_id = self.volume_id = ""
        self.spare_ids: list[str] = []

    async def build(self) -> None:
        """Start the server and make the machine and the volumes."""
        await self.server.start()
        async with self.server.client() as client:
            root_id = await self._deploy(client)
            snapshot = (await done(client, "createSnapshot", volumeid=root_id))["snapshot"]
            names = ("data", "spare1", "spare2")
            ids = [await self._copy(client, name, snapshot["id"]) for name in names]
            self.volume_id, *self.spare_ids = ids
            await done(client, "attachVolume", id=self.volume_id, virtualmachineid=self.vm_id)
            # The guest looks for a second disk only when it boots.
            await done(client, "stopVirtualMachine", id=self.vm_id, forced=True)
            await done(client, "startVirtualMachine", id=self.vm_id)
            await self.guest_writes()

    async def _copy(self, client: Client, name: str, snapshot_id: str) -> str:
        offering = (await client.call("listDiskOfferings", name="small"))["diskoffering"][0]
        made = await done(
            client,
            "createVolume",
            name=name,
            snapshotid=snapshot_id,
            diskofferingid=offering["id"],
        )
        return str(made["volume"]["id"])

    async def _deploy(self, client: Client) -> str:
        zone = (await client.call("listZones"))["zone"][0]
        offering = (await client.call("listServiceOfferings", name="tiny"))["serviceoffering"][0]
        template = await self._template(client)
        vm = await done(
            client,
            "deployVirtualMachine",
            name="vm1",
            zoneid=zone["id"],
            templateid=template["id"],
            serviceofferingid=offering["id"],
        )
        self.vm_id = vm["virtualmachine"]["id"]
        volumes = await client.call("listVolumes", virtualmachineid=self.vm_id)
        return str(volumes["volume"][0]["id"])

    async def _template(self, client: Client) -> Object:
        with trio.fail_after(JOB_S):
            while True:
                for template in (await client.call("listTemplates", listall=True))["template"]:
                    if template["isready"]:
                        found: Object = template
                        return found
                await trio.sleep(LOOK_S)

    def told(self) -> int:
        """The number of the last write that the guest was told is done."""
        logs = self.folder.glob(f"run*/{self.vm_id}/serial.log")
        return acknowledged_over(log.read_bytes() for log in logs)

    async def guest_writes(self) -> None:
        """Wait until it has written once more."""
        before = self.told()
        await until(lambda: self.told() > before)

    def records(self) -> Inventory:
        """What the journal holds; the server may run, but should be idle."""
        inventory = Inventory()
        journal = JournalFile(self.folder / "data" / "journal.db", "")
        try:
            for stored in journal.records():
                assert stored.data is not None
                inventory.put(decode_record(stored.data))
        finally:
            journal.close()
        return inventory

    async def host_status(self) -> HostStatus:
        """What runs on the host, asked by a driver of our own."""
        host = next(iter(self.records().all(Host)))
        return await RealSite().hypervisor(host.id, host.url).probe()

    def kill_guest(self) -> None:
        """SIGKILL for the machine's QEMU process; returns when it is gone."""
        killed = [_kill(process_id, pidfile) for process_id, pidfile in self._processes()]
        assert any(killed), "the machine did not run"

    def close(self) -> None:
        """End the server, and guests that still run."""
        self.server.kill()
        for process_id, pidfile in self._processes():
            _kill(process_id, pidfile)

    def _processes(self) -> Iterator[tuple[int, Path]]:
        for pidfile in self.folder.glob("run*/*/pid"):
            with suppress(ValueError, FileNotFoundError):
                yield int(pidfile.read_text()), pidfile


@contextmanager
def open_zone(host_options: str = "") -> Generator[Zone]:
    """A zone with files of its own; sockets need a path shorter than pytest's."""
    with TemporaryDirectory(prefix="fb-") as folder:
        zone = Zone(Path(folder), host_options)
        try:
            yield zone
        except Exception as error:
            log = (zone.folder / "data.log").read_text().splitlines()
            error.add_note("\n".join(["the server's last words:", *log[-LOG_LINES:]]))
            raise
        finally:
            zone.close()


async def until(condition: Callable[[], object], timeout_s: float = JOB_S) -> None:
    """Wait until it holds; fails when it does not in time."""
    with trio.fail_after(timeout_s):
        while not condition():  # noqa: ASYNC110  (it happens in another process)
            await trio.sleep(LOOK_S)


async def done(client: Client, command: str, **parameters: Any) -> Object:
    """Call a command, wait for its job, which must succeed, and answer the job's result."""
    answer: Object = await client.call(command, **parameters)
    job = await client.wait_job(str(answer["jobid"]), JOB_S)
    assert job["jobstatus"] == SUCCEEDED, job
    result: Object = job["jobresult"]
    return result


async def quiet(client: Client) -> None:
    """Wait until no job is in progress."""
    for job in (await client.call("listAsyncJobs"))["asyncjobs"]:
        if job["jobstatus"] == IN_PROGRESS:
            ended = await client.wait_job(job["jobid"], JOB_S)
            assert ended["jobstatus"] != IN_PROGRESS, ended


def _kill(process_id: int, pidfile: Path) -> bool:
    """Kill the process if it is the one that wrote the file; answers whether it was."""
    try:
        descriptor = os.pidfd_open(process_id)
    except ProcessLookupError:
        return False
    try:
        command = Path(f"/proc/{process_id}/cmdline").read_bytes()
        if os.fsencode(pidfile) not in command.split(b"\0"):
            return False
        signal.pidfd_send_signal(descriptor, signal.SIGKILL)
        watcher = select.poll()
        watcher.register(descriptor, select.POLLIN)
        assert watcher.poll(EXIT_MS)
    except (FileNotFoundError, ProcessLookupError):
        return False
    else:
        return True
    finally:
        os.close(descriptor)
