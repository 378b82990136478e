"""A host whose VMs are QEMU processes on this machine, each found again by its socket."""

import os
from pathlib import Path

import msgspec
from anyio import to_thread

from core.driver import Progress
from core.driver_words import Address, AttachedDisk, DiskStatistics, GuestStatus, HostStatus, VmSpec
from core.model import errors
from core.model.hypervisors import HYPERVISORS, Hypervisor
from drivers import folder, process
from drivers.failures import translated
from drivers.qemu import block, disc, disk_copy, image, machine, vm_move, vm_snapshot
from drivers.qemu.block import Slot
from drivers.qemu.carried import Carried, carried_disks
from drivers.qemu.machine import QemuVm, Settings
from drivers.turnstile import Turnstile

ROOT_SLOT, CD_ROM_SLOT = 0, 3
DATA_DISKS_MAX = HYPERVISORS[Hypervisor.KVM].data_volumes["default"]
SLOTS = range(256)
SOCKET_PATH_MAX = 107
VM_ID_MAX = 36


class Counters(msgspec.Struct, frozen=True, kw_only=True):
    """QEMU's counters of a device since it was plugged in."""

    rd_bytes: int
    wr_bytes: int
    rd_operations: int
    wr_operations: int


class Measured(msgspec.Struct, frozen=True, kw_only=True):
    """A device with its counters."""

    stats: Counters
    qdev: str = ""


class QemuHost:
    """Fills HypervisorDriver: VM `id` runs out of the folder `<run folder>/<id>`.

    Nothing is remembered between calls that a second control plane could not find out: VMs and
    their disks are asked of their processes.
    """

    def __init__(self, host_id: str, run_folder: str, settings: Settings | None = None) -> None:
        """Raises Invalid when QEMU could not use the run folder's path, or its sockets' paths."""
        self._subject = f"host/{host_id}"
        self._run_folder = run_folder
        self._settings = settings or Settings()
        self._turnstile = Turnstile()
        self._version = ""
        if "," in run_folder:
            hint = "use a folder without a comma in its path"
            raise errors.Invalid("QEMU cannot use this path", object=self._subject, hint=hint)
        longest = len(f"{run_folder}/{machine.SOCKET}/".encode()) + VM_ID_MAX
        if longest > SOCKET_PATH_MAX:
            hint = f"use a folder of at most {SOCKET_PATH_MAX - longest + len(run_folder)} letters"
            raise errors.Invalid("the run folder's path is long", object=self._subject, hint=hint)

    async def probe(self) -> HostStatus:
        """The machine's size, QEMU's version and the VMs with their disks. Raises Unavailable."""
        if not self._version:
            command = (machine.PROGRAM, "--version")
            finished = await process.run(command, subject=self._subject)
            self._version = finished.output.decode().partition("version ")[2].split(" ")[0].strip()
        guests = [await self._status(vm) for vm in await self._vms()]
        memory_bytes = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
        return HostStatus(
            hypervisor=Hypervisor.KVM,
            version=self._version,
            cpus=self._settings.cpus or os.cpu_count() or 1,
            memory_bytes=self._settings.memory_bytes or memory_bytes,
            guests=tuple(guest for guest in guests if guest),
            local_storage=self._settings.local_storage,
        )

    async def start_vm(self, op: str, vm: VmSpec) -> None:
        """Start it; returns when its process runs and its disks are open."""
        del op
        self._require_slots(vm.disks)
        started = self._vm(vm.vm_id)
        async with self._turnstile.pass_through(vm.vm_id):
            status = await self._status(started)
            if status is None:
                await self._require_memory(vm)
                await started.start(vm)
            elif _places(status.disks) != _places(vm.disks):
                hint = "stop it first, or attach and detach disks while it runs"
                raise errors.Conflict(
                    "the VM runs with other disks", object=started.subject, hint=hint
                )

    async def stop_vm(self, op: str, vm_id: str, *, forced: bool) -> None:
        """Ask the guest to shut down, unless forced, then end the process with all data written."""
        del op
        async with self._turnstile.pass_through(vm_id):
            await self._vm(vm_id).end(forced=forced)

    async def scale_vm(self, op: str, vm_id: str, *, cpus: int, memory_bytes: int) -> None:
        """QEMU has its processors and memory from its command line: refuse any others."""
        del op
        vm = self._vm(vm_id)
        async with vm.talk():
            started = (await vm.record()).vm
        if (cpus, memory_bytes) != (started.cpus, started.memory_bytes):
            hint = "stop it, and start it with more"
            raise errors.Unsupported("a running VM is not scaled", object=vm.subject, hint=hint)

    async def hold_vm(self, op: str, vm_id: str, *, still: bool) -> None:
        """Stop its processors, or let them go on; a look at the host does not wake it."""
        del op
        async with self._turnstile.pass_through(vm_id):
            await self._vm(vm_id).hold(still=still)

    async def attach_disk(self, op: str, vm_id: str, disk: AttachedDisk) -> None:
        """Plug the disk into a running VM. Raises Conflict too when it has no slot left."""
        del op
        self._require_slots((disk,))
        vm = self._vm(vm_id)
        async with self._turnstile.pass_through(vm_id):
            async with vm.talk() as monitor:
                present = await block.slots(monitor)
            slot = present.get(disk.device_id)
            if slot is not None:
                self._require_same(slot, disk, vm)
                return
            if len(present.keys() - {ROOT_SLOT}) >= DATA_DISKS_MAX:
                hint = "detach one first"
                message = f"the VM has {DATA_DISKS_MAX} data disks already"
                raise errors.Conflict(message, object=vm.subject, hint=hint)
            await to_thread.run_sync(machine.require_free, disk)
            await vm.remember(disk)
            async with vm.talk() as monitor:
                await block.plug(monitor, disk, durable=self._settings.durable)

    async def detach_disk(self, op: str, vm_id: str, device_id: int) -> None:
        """Unplug it without the guest's help. Raises Busy too, while a copy of it is running."""
        del op
        vm = self._vm(vm_id)
        async with self._turnstile.pass_through(vm_id), vm.talk() as monitor:
            slot = (await block.slots(monitor)).get(device_id)
            if slot is None:
                return
            _require_still(slot, vm)
            await block.unplug(monitor, slot, vm.subject)

    async def insert_iso(self, op: str, vm_id: str, iso: Address) -> None:
        """Put the disc into the VM's drive, which every VM has."""
        del op
        vm = self._vm(vm_id)
        await to_thread.run_sync(image.look, iso)
        async with self._turnstile.pass_through(vm_id), vm.talk() as monitor:
            await disc.insert(monitor, iso, vm.subject)

    async def eject_iso(self, op: str, vm_id: str) -> None:
        """Take the disc out without the guest's help."""
        del op
        async with self._turnstile.pass_through(vm_id), self._vm(vm_id).talk() as monitor:
            await disc.eject(monitor)

    async def resize_disk(self, op: str, vm_id: str, device_id: int, size_bytes: int) -> None:
        """Grow a disk under a running VM. Raises Busy too, while a copy of it is running."""
        del op
        vm = self._vm(vm_id)
        async with self._turnstile.pass_through(vm_id), vm.talk() as monitor:
            slot = await block.require_slot(monitor, device_id, vm.subject)
            if size_bytes < slot.size_bytes:
                message = f"{size_bytes} bytes are fewer than the disk's {slot.size_bytes}"
                hint = "stop the VM or detach the disk to shrink it"
                raise errors.Invalid(message, object=vm.subject, hint=hint)
            if size_bytes > slot.size_bytes:
                _require_still(slot, vm)
                arguments = {"node-name": slot.node_name, "size": size_bytes}
                await monitor.execute("block_resize", arguments)

    async def snapshot_disk(
        self, op: str, vm_id: str, device_id: int, target: Address, progress: Progress
    ) -> int:
        """Copy a disk as it is at the moment when the copy begins. Raises Busy (other copy) too."""
        return await disk_copy.snapshot(self._vm(vm_id), op, device_id, target, progress)

    async def mirror_disk(
        self, op: str, vm_id: str, device_id: int, target: AttachedDisk, progress: Progress
    ) -> None:
        """Copy a disk, each write going to both sides, then switch. Raises Busy (other copy)."""
        vm = self._vm(vm_id)
        await vm.remember(target)
        await disk_copy.mirror(vm, op, device_id, target, progress)

    async def snapshot_vm(self, op: str, vm_id: str, snapshot: str, *, memory: bool) -> None:
        """Fix its disks at one moment; it stands still while its memory is written."""
        async with self._turnstile.pass_through(vm_id):
            await vm_snapshot.take(self._vm(vm_id), op, snapshot, memory=memory)

    async def revert_vm(self, op: str, vm_id: str, snapshot: str) -> None:
        """Let it go on from there; the same operation does it once."""
        async with self._turnstile.pass_through(vm_id):
            await vm_snapshot.revert(self._vm(vm_id), op, snapshot)

    async def remove_vm_snapshot(self, op: str, vm_id: str, snapshot: str) -> None:
        """Remove it from the disks that have it."""
        async with self._turnstile.pass_through(vm_id):
            await vm_snapshot.remove(self._vm(vm_id), op, snapshot)

    async def migrate_vm(self, op: str, vm: VmSpec, host: str, progress: Progress) -> None:
        """Hand it over to a QEMU process of the other host. Raises Invalid when that is this one.

        Disks that move along are mirrored by this host, and so must be within its reach.
        """
        self._require_slots(vm.disks)
        there = self._other(host)
        source = self._vm(vm.vm_id)
        status = await self._status(source)
        disks: tuple[Carried, ...] = ()
        if status is not None:
            disks = carried_disks(status, vm, op, source.subject)
        elif await there.runs(vm):
            return
        arriving = await there.arriving(vm, new=status is not None)
        await vm_move.Move(op, source, arriving, disks).make(vm, progress)

    async def runs(self, vm: VmSpec) -> bool:
        """Whether the VM runs here with its disks."""
        status = await self._status(self._vm(vm.vm_id))
        return status is not None and _places(status.disks) == _places(vm.disks)

    async def arriving(self, vm: VmSpec, *, new: bool) -> QemuVm:
        """The VM as it will run here; a new one needs memory. Raises NoCapacity."""
        arriving = self._vm(vm.vm_id)
        if new and not await _runs(arriving):
            await self._require_memory(vm)
        return arriving

    def _other(self, address: str) -> "QemuHost":
        """The host at an address, with settings as this one's. Raises Invalid."""
        run_folder, _, memory_bytes = address.rpartition("?memory=")
        if run_folder == self._run_folder or not memory_bytes.isdigit():
            hint = "name another host of this machine"
            raise errors.Invalid("the VM cannot go there", object=self._subject, hint=hint)
        settings = msgspec.structs.replace(self._settings, memory_bytes=int(memory_bytes))
        return QemuHost(run_folder, run_folder, settings)

    def address(self) -> str:
        """Its run folder and how much memory its VMs may have: hosts are on this machine."""
        return f"{self._run_folder}?memory={self._settings.memory_bytes}"

    async def statistics(self) -> tuple[DiskStatistics, ...]:
        """Counters of all disks since they were plugged in; of VMs that answer."""
        found: list[DiskStatistics] = []
        for vm in await self._vms():
            try:
                async with vm.talk() as monitor:
                    devices = await monitor.query("query-blockstats", list[Measured])
            except (errors.NotFound, errors.Unavailable):
                continue
            found += [
                _statistics(vm.vm_id, device)
                for device in devices
                if device.qdev.startswith(block.SLOT)
            ]
        return tuple(found)

    def _vm(self, vm_id: str) -> QemuVm:
        subject = f"{self._subject}/vm/{vm_id}"
        folder.require_name(vm_id, subject)
        if len(vm_id) > VM_ID_MAX:
            hint = f"use at most {VM_ID_MAX} letters"
            raise errors.Invalid("the VM's id is too long", object=subject, hint=hint)
        return QemuVm(self._run_folder, vm_id, subject, settings=self._settings)

    async def _vms(self) -> list[QemuVm]:
        """The VMs that once ran here, by id."""

        def names() -> list[str]:
            with translated(self._subject):
                try:
                    return sorted(path.parent.name for path in _records(self._run_folder))
                except FileNotFoundError:
                    return []

        return [self._vm(name) for name in await to_thread.run_sync(names, abandon_on_cancel=True)]

    async def _status(self, vm: QemuVm) -> GuestStatus | None:
        """What the VM runs with, or None when it does not run. Raises Unavailable."""
        try:
            record = await vm.record()
            async with vm.talk() as monitor:
                if record.arriving or await vm_move.is_elsewhere(monitor):
                    return None
                slots = await block.slots(monitor)
                copying = await disk_copy.running(monitor)
                iso = await disc.inside(monitor)
                if not record.held:
                    await machine.resume(monitor)
        except errors.NotFound:
            return None
        disks = tuple(_attached(slot, record.names) for slot in slots.values())
        return GuestStatus(vm_id=vm.vm_id, disks=disks, copying=copying, iso=iso)

    async def _require_memory(self, vm: VmSpec) -> None:
        limit_bytes = self._settings.memory_bytes
        if not limit_bytes:
            return
        running = [await other.record() for other in await self._vms() if await _runs(other)]
        free_bytes = limit_bytes - sum(record.vm.memory_bytes for record in running)
        if vm.memory_bytes > free_bytes:
            message = f"{vm.memory_bytes} bytes of memory are needed and {free_bytes} are free"
            hint = "stop a VM of this host, or use another host"
            raise errors.NoCapacity(message, object=self._subject, hint=hint)

    def _require_slots(self, disks: tuple[AttachedDisk, ...]) -> None:
        for disk in disks:
            if disk.device_id == CD_ROM_SLOT or disk.device_id not in SLOTS:
                message = f"no disk goes into slot {disk.device_id}"
                hint = f"use a slot from 0 to {SLOTS[-1]}, but not {CD_ROM_SLOT}, the CD-ROM's"
                raise errors.Invalid(message, object=self._subject, hint=hint)

    def _require_same(self, slot: Slot, disk: AttachedDisk, vm: QemuVm) -> None:
        if slot.address.location != disk.address.location:
            hint = "detach that one first, or use another slot"
            raise errors.Conflict(
                f"slot {slot.device_id} has another disk", object=vm.subject, hint=hint
            )


def _records(run_folder: str) -> list[Path]:
    return list(Path(run_folder).glob(f"*/{machine.RECORD}"))


def _require_still(slot: Slot, vm: QemuVm) -> None:
    if slot.copying:
        hint = "wait for the copy, or cancel it"
        raise errors.Busy("the disk is being copied", object=vm.subject, hint=hint)


async def _runs(vm: QemuVm) -> bool:
    try:
        async with vm.talk():
            return True
    except errors.NotFound:
        return False
    except errors.Unavailable:
        return True


def _attached(slot: Slot, names: dict[str, str]) -> AttachedDisk:
    location = slot.address.location
    return AttachedDisk(
        device_id=slot.device_id,
        name=names.get(location, Path(location).stem),
        address=slot.address,
        size_bytes=slot.size_bytes,
    )


def _places(disks: tuple[AttachedDisk, ...]) -> set[tuple[int, str]]:
    return {(disk.device_id, disk.address.location) for disk in disks}


def _statistics(vm_id: str, device: Measured) -> DiskStatistics:
    return DiskStatistics(
        vm_id=vm_id,
        device_id=int(device.qdev.removeprefix(block.SLOT)),
        read_bytes=device.stats.rd_bytes,
        write_bytes=device.stats.wr_bytes,
        read_operations=device.stats.rd_operations,
        write_operations=device.stats.wr_operations,
    )
