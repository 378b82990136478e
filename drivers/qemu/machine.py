"""One VM as a QEMU process: its run folder, its command line, and how to find and end it again."""

import os
import signal
from collections.abc import AsyncGenerator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path

import anyio
import msgspec
from anyio import to_thread

from core.driver_words import AttachedDisk, LocalStorage, VmSpec
from core.model import errors
from drivers import process
from drivers.failures import translated
from drivers.process import Limits
from drivers.qemu import block, disc, image, image_lock, qmp
from drivers.qemu.qmp import Monitor

PROGRAM = "qemu-system-x86_64"
START = Limits(timeout_s=60.0)
EXIT_TIMEOUT_S = 30.0
MEBIBYTE = 1 << 20
LEAST_MEMORY_BYTES = 4 * MEBIBYTE
SOCKET, PROCESS_ID, SERIAL_LOG, RECORD = "qmp.sock", "pid", "serial.log", "vm.json"
INCOMING = "in.sock"


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """How a host behaves; 0 processors or bytes of memory means all of this machine's.

    `durable`: each write lasts before the guest is told of it, for guests that never flush.
    `powerdown_s`: how long a guest may take to shut down by itself.
    `copy_bytes_per_s`: the most that one copy of a running disk may read; 0 means no limit.
    `local_storage`: folders of the host that may become pools.
    """

    cpus: int = 0
    memory_bytes: int = 0
    durable: bool = False
    powerdown_s: float = 5.0
    copy_bytes_per_s: int = 0
    local_storage: tuple[LocalStorage, ...] = ()


class Record(msgspec.Struct, frozen=True, kw_only=True):
    """What QEMU cannot tell of a VM: how it was asked for, and its disks' names by their files.

    `switches` names the operations whose mirrors were told to take over: from then on the target
    has every write, also those that the source lacks, and a VM that died tells no more.
    `reverted_by` is the operation that let it go on from a snapshot last.
    `held`: it stands still until it is told to go on.
    `arriving`: it is being handed over and must not run yet, because it may still go on elsewhere;
    `arrived_by` is the operation that did hand it over.
    """

    vm: VmSpec
    names: dict[str, str]
    switches: tuple[str, ...] = ()
    reverted_by: str = ""
    held: bool = False
    arriving: bool = False
    arrived_by: str = ""


class QemuVm:
    """A VM that runs, or could run, out of the folder `<run folder>/<id>`.

    Its process has a session of its own and outlives the control plane.
    """

    def __init__(self, run_folder: str, vm_id: str, subject: str, settings: Settings) -> None:
        self.vm_id = vm_id
        self.subject = subject
        self.settings = settings
        self.folder = Path(run_folder) / vm_id

    def talk(self) -> AbstractAsyncContextManager[Monitor]:
        """A conversation with its process. Raises NotFound when it does not run."""
        return qmp.conversation(str(self.folder / SOCKET), self.subject)

    async def start(self, vm: VmSpec) -> None:
        """Start its process and return when it runs. Raises NotFound and Busy (a disk)."""
        await to_thread.run_sync(self._prepare, vm)
        try:
            await process.run(self._command(vm), subject=self.subject, limits=START)
        except BaseException:
            with anyio.move_on_after(EXIT_TIMEOUT_S, shield=True):
                await self.end(forced=True)
            raise

    async def receive(self, vm: VmSpec) -> str:
        """Start a process that waits for the VM to be handed over; answers the URI to hand it to.

        Its disks may be open elsewhere until then, and it stands still. Raises NotFound (a disk).
        """
        await to_thread.run_sync(self._note, vm, True)
        uri = f"unix:{self.folder / INCOMING}"
        command = [*self._command(vm), "-S", "-incoming", uri]
        await process.run(command, subject=self.subject, limits=START)
        return uri

    async def end(self, *, forced: bool) -> None:
        """End its process with all data written; not running is success.

        Unless `forced` the guest may shut down by itself before. When `forced`, a process that does
        not answer is killed, and loses what the guest wrote and did not flush; else it is left
        alone. Raises Unavailable.
        """
        try:
            async with self.talk() as monitor:
                descriptor = os.pidfd_open(monitor.process_id)
                try:
                    await self._quit(monitor, forced=forced)
                    await self._wait_for_exit(descriptor)
                finally:
                    os.close(descriptor)
        except (errors.NotFound, ProcessLookupError):
            return
        except errors.Unavailable:
            if not forced:
                raise
            await self._kill()

    async def record(self) -> Record:
        """What was written down of it. Raises NotFound."""
        return await to_thread.run_sync(self._read_record, abandon_on_cancel=True)

    async def remember(self, disk: AttachedDisk) -> None:
        """Write down the name of a disk before the VM gets it."""
        record = await self.record()
        names = record.names | {disk.address.location: disk.name}
        await to_thread.run_sync(self._write_record, msgspec.structs.replace(record, names=names))

    async def note_switch(self, op: str, *, switches: bool) -> None:
        """Write down, durably, that the mirror of an operation takes over, or that it does not."""
        record = await self.record()
        if (op in record.switches) == switches:
            return
        others = tuple(other for other in record.switches if other != op)
        changed = (*others, op) if switches else others
        await to_thread.run_sync(
            self._write_record, msgspec.structs.replace(record, switches=changed)
        )

    async def note_revert(self, op: str) -> None:
        """Write down, durably, that the operation has let the VM go on from a snapshot."""
        changed = msgspec.structs.replace(await self.record(), reverted_by=op)
        await to_thread.run_sync(self._write_record, changed)

    async def hold(self, *, still: bool) -> None:
        """Let it stand still, also when others look after it, or go on. Raises NotFound."""
        record = await self.record()
        async with self.talk() as monitor:
            if still:
                held = msgspec.structs.replace(record, held=True)
                await to_thread.run_sync(self._write_record, held)
                await monitor.execute("stop")
            else:
                await resume(monitor)
                free = msgspec.structs.replace(record, held=False)
                await to_thread.run_sync(self._write_record, free)

    async def note_arrival(self, op: str) -> None:
        """Write down, durably, that the operation has handed the VM over: it runs from now on."""
        record = await self.record()
        changed = msgspec.structs.replace(record, arriving=False, arrived_by=op)
        await to_thread.run_sync(self._write_record, changed)

    def _read_record(self) -> Record:
        with translated(self.subject):
            text = (self.folder / RECORD).read_bytes()
        try:
            return msgspec.json.decode(text, type=Record)
        except msgspec.MsgspecError as error:
            hint = f"stop the VM and remove {self.folder}"
            raise errors.Integrity(
                "its record is damaged", object=self.subject, hint=hint
            ) from error

    def _write_record(self, record: Record) -> None:
        part = self.folder / (RECORD + ".part")
        with translated(self.subject):
            with part.open("wb") as file:
                file.write(msgspec.json.encode(record))
                file.flush()
                os.fsync(file.fileno())
            part.replace(self.folder / RECORD)

    def _prepare(self, vm: VmSpec) -> None:
        """Look at each disk before QEMU does, and make the run folder."""
        for disk in vm.disks:
            require_free(disk)
        if vm.iso is not None:
            image.look(vm.iso)
        self._note(vm)

    def _note(self, vm: VmSpec, arriving: bool = False) -> None:
        """Make the run folder, and write down what the VM is."""
        with translated(self.subject):
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        names = {disk.address.location: disk.name for disk in vm.disks}
        self._write_record(Record(vm=vm, names=names, arriving=arriving))

    def _command(self, vm: VmSpec) -> list[str]:
        memory = max(LEAST_MEMORY_BYTES, vm.memory_bytes) // MEBIBYTE
        command = [PROGRAM, "-name", f"guest={self.vm_id}", "-nodefaults", "-no-user-config"]
        command += ["-display", "none", "-machine", "pc,accel=tcg", "-daemonize"]
        command += ["-sandbox", "on,obsolete=deny,resourcecontrol=deny"]
        command += ["-m", f"{memory}M", "-smp", str(vm.cpus)]
        command += ["-pidfile", str(self.folder / PROCESS_ID)]
        command += ["-qmp", f"unix:{self.folder / SOCKET},server=on,wait=off"]
        log = self.folder / SERIAL_LOG
        command += ["-chardev", f"file,id=serial,path={log},append=on"]
        command += ["-device", "isa-serial,chardev=serial"]
        command += ["-device", f"virtio-scsi-pci,id={block.CONTROLLER}"]
        for disk in vm.disks:
            device = block.device_options(disk, durable=self.settings.durable)
            command += ["-blockdev", _json(block.node_options(disk.address))]
            command += ["-device", _json(device)]
        if vm.iso is not None:
            command += ["-blockdev", _json(disc.node_options(vm.iso))]
        command += ["-device", _json(disc.device_options(vm.iso))]
        return command

    async def _quit(self, monitor: Monitor, *, forced: bool) -> None:
        try:
            if not forced:
                await monitor.execute("system_powerdown")
                await monitor.wait_event("SHUTDOWN", "guest", True, self.settings.powerdown_s)
            await monitor.execute("quit")
        except errors.Unavailable:
            return

    async def _kill(self) -> None:
        """Kill the process that the run folder names, if it is still the one that was started."""
        try:
            process_id = int(await anyio.Path(self.folder / PROCESS_ID).read_text())
            descriptor = os.pidfd_open(process_id)
        except (FileNotFoundError, ProcessLookupError, ValueError):
            return
        try:
            command = await anyio.Path(f"/proc/{process_id}/cmdline").read_bytes()
            if os.fsencode(self.folder / PROCESS_ID) in command.split(b"\0"):
                signal.pidfd_send_signal(descriptor, signal.SIGKILL)
                await self._wait_for_exit(descriptor)
        except (FileNotFoundError, ProcessLookupError):
            return
        finally:
            os.close(descriptor)

    async def _wait_for_exit(self, descriptor: int) -> None:
        """Wait until the process of that descriptor has ended; kill it when it takes too long."""
        with anyio.move_on_after(EXIT_TIMEOUT_S) as scope:
            await anyio.wait_readable(descriptor)
        if scope.cancelled_caught:
            signal.pidfd_send_signal(descriptor, signal.SIGKILL)
            await anyio.wait_readable(descriptor)


def require_free(disk: AttachedDisk) -> None:
    """Look at a disk's file before QEMU does; blocks. Raises NotFound, Busy (open), Unsupported."""
    image.look(disk.address)
    subject = f"disk/{disk.name}"
    with translated(subject), image_lock.held(disk.address.location, subject):
        return


class RunState(msgspec.Struct, frozen=True, kw_only=True):
    """Whether a VM runs, and if not, why."""

    status: str


HALTED = frozenset({"io-error", "paused"})


async def resume(monitor: Monitor) -> None:
    """Let a VM go on that paused on an I/O error, or that was held still by one who died."""
    state = await monitor.query("query-status", RunState)
    if state.status in HALTED:
        await monitor.execute("cont")


@asynccontextmanager
async def held_still(monitor: Monitor) -> AsyncGenerator[None]:
    """The VM makes no step in the block, and none of its writes is under way."""
    await monitor.execute("stop")
    try:
        yield
    finally:
        with anyio.CancelScope(shield=True):
            await resume(monitor)


def _json(options: block.Options) -> str:
    return msgspec.json.encode(options).decode()
