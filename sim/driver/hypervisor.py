"""A simulated KVM host: what it refuses and takes time for, and copies that outlive callers."""

from core.driver import Progress
from core.driver_words import (
    Address,
    AttachedDisk,
    DiskStatistics,
    HostStatus,
    LocalStorage,
    VmSpec,
)
from core.model import errors
from core.model.hypervisors import HYPERVISORS
from sim.disk.disk import Disk
from sim.disk.source import find_source
from sim.driver import vm_scale, vm_snapshot
from sim.driver.host_copy import MirrorCopy, SnapshotCopy, follow, way
from sim.driver.vm_move import Carried, VmMove, require_answer, runs
from sim.driver.vm_snapshot import ROOT_SLOT
from sim.gate import Gate, gated
from sim.guest import Guest, Slot
from sim.world import SCHEME, Host, World

CD_ROM_SLOT = 3


class SimulatedHost:
    """Fills HypervisorDriver. `host_id` is what the control plane calls it."""

    def __init__(self, world: World, host: Host, host_id: str) -> None:
        self._world = world
        self._host = host
        self._subject = f"host/{host_id}"
        self.where = f"host/{host.spec.name}"

    @property
    def gate(self) -> Gate | None:
        """What makes calls fail, if anything does."""
        return self._world.gate

    @gated
    async def probe(self) -> HostStatus:
        """The host's size and its VMs. Raises Unavailable."""
        await self._begin("probe")
        spec = self._host.spec
        return HostStatus(
            hypervisor=spec.hypervisor,
            version=spec.version,
            cpus=spec.cpus,
            memory_bytes=spec.memory_bytes,
            guests=tuple(guest.status() for guest in self._host.guests.values()),
            local_storage=tuple(
                LocalStorage(uuid=row.uuid, path=row.path) for row in spec.local_storage
            ),
        )

    @gated
    async def start_vm(self, op: str, vm: VmSpec) -> None:
        """Start it with its disks; nothing is kept of a start that fails."""
        del op
        self._require_slots(vm.disks)
        await self._begin("start_vm")
        guest = self._host.guests.get(vm.vm_id)
        if guest is not None:
            if not runs(self._host, vm):
                hint = "stop it first, or attach and detach disks while it runs"
                raise errors.Conflict(
                    "the VM runs with other disks", object=self._of(vm.vm_id), hint=hint
                )
            return
        vm_scale.require_memory(self._host, vm.memory_bytes, self._subject)
        if vm.iso is not None:
            find_source(self._world, vm.iso)
        disks = [self._free_disk(disk, self._host) for disk in vm.disks]
        guest = Guest(vm)
        self._host.arrived.pop(vm.vm_id, None)
        self._host.guests[vm.vm_id] = guest
        for attached, disk in zip(vm.disks, disks, strict=True):
            self._world.open_slot(guest, attached, disk)

    @gated
    async def stop_vm(self, op: str, vm_id: str, *, forced: bool) -> None:
        """Stop it; copies of its disks end with it."""
        del op
        await self._begin("destroy_vm" if forced else "stop_vm")
        self._world.guest_dies(self._host, vm_id)

    @gated
    async def scale_vm(self, op: str, vm_id: str, *, cpus: int, memory_bytes: int) -> None:
        """Plug in processors and memory."""
        del op
        await self._begin("scale_vm")
        vm_scale.scale(self._host, self._guest(vm_id), cpus, memory_bytes, self._of(vm_id))

    @gated
    async def hold_vm(self, op: str, vm_id: str, *, still: bool) -> None:
        """Let it stand still, or go on."""
        del op
        await self._begin("hold_vm")
        guest = self._guest(vm_id)
        for slot in guest.slots.values():
            self._world.catch_up(guest, slot)
        guest.held = still

    @gated
    async def attach_disk(self, op: str, vm_id: str, disk: AttachedDisk) -> None:
        """Plug the disk into a running VM. Raises Conflict too when the VM has no slot left."""
        del op
        self._require_slots((disk,))
        await self._begin("attach_disk")
        guest = self._guest(vm_id)
        slot = guest.slots.get(disk.device_id)
        if slot is not None:
            if slot.attached.address.location != disk.address.location:
                hint = "detach that one first, or use another slot"
                raise errors.Conflict(
                    f"slot {disk.device_id} has another disk", object=self._of(vm_id), hint=hint
                )
            return
        limits = HYPERVISORS[self._host.spec.hypervisor].data_volumes
        limit = limits.get(self._host.spec.version, limits["default"])
        if sum(1 for device_id in guest.slots if device_id) >= limit:
            hint = "detach one first"
            raise errors.Conflict(
                f"the VM has {limit} data disks already", object=self._of(vm_id), hint=hint
            )
        self._world.open_slot(guest, disk, self._free_disk(disk, self._host))

    @gated
    async def detach_disk(self, op: str, vm_id: str, device_id: int) -> None:
        """Unplug it without the guest's help. Raises Busy too, while a copy of it is running."""
        del op
        await self._begin("detach_disk")
        guest = self._guest(vm_id)
        slot = guest.slots.get(device_id)
        if slot is not None:
            self._require_no_copy(slot, vm_id)
            self._world.close_slot(guest, device_id)

    @gated
    async def insert_iso(self, op: str, vm_id: str, iso: Address) -> None:
        """Put the disc into the VM's drive."""
        del op
        await self._begin("attach_disk")
        guest = self._guest(vm_id)
        if guest.iso not in ("", iso.location):
            hint = "take that one out first"
            raise errors.Conflict("another disc is in the drive", object=self._of(vm_id), hint=hint)
        find_source(self._world, iso)
        guest.iso = iso.location

    @gated
    async def eject_iso(self, op: str, vm_id: str) -> None:
        """Take the disc out of the VM's drive."""
        del op
        await self._begin("detach_disk")
        self._guest(vm_id).iso = ""

    @gated
    async def resize_disk(self, op: str, vm_id: str, device_id: int, size_bytes: int) -> None:
        """Grow a disk under a running VM. Raises Busy too, while a copy of it is running."""
        del op
        await self._begin("resize_disk")
        guest = self._guest(vm_id)
        slot = self._slot(guest, device_id)
        if size_bytes < slot.disk.size_bytes:
            raise errors.Invalid(
                f"{size_bytes} bytes are fewer than the disk's {slot.disk.size_bytes}",
                object=self._of(vm_id),
                hint="stop the VM or detach the disk to shrink it",
            )
        if size_bytes > slot.disk.size_bytes:
            self._require_no_copy(slot, vm_id)
            self._world.catch_up(guest, slot)
            slot.disk.content.resize(size_bytes)
            slot.resized(size_bytes)

    @gated
    async def snapshot_disk(
        self, op: str, vm_id: str, device_id: int, target: Address, progress: Progress
    ) -> int:
        """Copy a disk as it is when the copy begins. Raises Busy (another copy of it) too."""
        await self._begin("snapshot_disk")
        guest = self._guest(vm_id)
        if op not in guest.copies and self._world.find_place(target)[2].filled_by != op:
            slot = self._slot(guest, device_id)
            await vm_snapshot.write_memory(self._world, self._host, guest, slot.disk)
            self._require_up()
            guest = self._guest(vm_id)
        job = guest.copies.get(op)
        if job is None:
            slot = self._slot(guest, device_id)
            found = self._world.find_place(target)
            store, _, place = found
            if place.filled_by == op:
                return place.copied_bytes
            self._require_no_copy(slot, vm_id)
            job = SnapshotCopy(self._world, guest, slot, op, found)
            job.start(way(self._host, self._world.pool_of(slot.disk), store))
        await follow(self._world, job, progress)
        return job.size_bytes

    @gated
    async def mirror_disk(
        self,
        op: str,
        vm_id: str,
        device_id: int,
        target: AttachedDisk,
        progress: Progress,
    ) -> None:
        """Copy a disk, each write going to both sides, then switch. Raises Busy (another copy)."""
        await self._begin("mirror_disk")
        guest = self._guest(vm_id)
        job = guest.copies.get(op)
        if job is None:
            slot = self._slot(guest, device_id)
            if slot.attached.address.location == target.address.location:
                return
            self._require_no_copy(slot, vm_id)
            disk = self._free_disk(target, self._host)
            self._require_fits(slot, disk, vm_id)
            job = MirrorCopy(self._world, guest, slot, op, (target, disk))
            job.start(way(self._host, self._world.pool_of(slot.disk), self._world.pool_of(disk)))
        await follow(self._world, job, progress)

    @gated
    async def snapshot_vm(self, op: str, vm_id: str, snapshot: str, *, memory: bool) -> None:
        """Fix its disks at one moment; a KVM machine stands still while its memory is written."""
        del op
        await self._begin("snapshot_vm")
        guest = self._guest(vm_id)
        if vm_snapshot.is_whole(guest, snapshot, memory=memory):
            return
        vm_snapshot.require_possible(guest, self._of(vm_id))
        if memory:
            root = self._slot(guest, ROOT_SLOT).disk
            await vm_snapshot.write_memory(self._world, self._host, guest, root)
            self._require_up()
            guest = self._guest(vm_id)
        vm_snapshot.take(self._world, guest, snapshot, memory=memory)

    @gated
    async def revert_vm(self, op: str, vm_id: str, snapshot: str) -> None:
        """Let it go on from there; the same operation does it once."""
        await self._begin("revert_vm")
        guest = self._guest(vm_id)
        if guest.reverted_by == op:
            return
        vm_snapshot.require_possible(guest, self._of(vm_id))
        vm_snapshot.revert(self._world, guest, snapshot, self._of(vm_id))
        guest.reverted_by = op

    @gated
    async def remove_vm_snapshot(self, op: str, vm_id: str, snapshot: str) -> None:
        """Remove it from the disks that have it."""
        del op
        await self._begin("remove_vm_snapshot")
        vm_snapshot.remove(self._world, self._guest(vm_id), snapshot)

    @gated
    async def migrate_vm(self, op: str, vm: VmSpec, host: str, progress: Progress) -> None:
        """Hand it over to another host. Raises Invalid when that is this one."""
        self._require_slots(vm.disks)
        await self._begin("migrate_vm")
        there = self._other(host)
        arrived = there.arrived.get(vm.vm_id) == op or runs(there, vm)
        if vm.vm_id not in self._host.guests and arrived:
            return
        guest = self._guest(vm.vm_id)
        job = guest.copies.get(op)
        if job is None:
            require_answer(there)
            vm_scale.require_memory(there, vm.memory_bytes, self._subject)
            move = VmMove(
                self._world,
                op,
                vm,
                here=self._host,
                there=there,
                carried=self._carried(guest, vm, there),
            )
            move.start()
            job = move
        await follow(self._world, job, progress)

    def _other(self, address: str) -> Host:
        """The host at an address. Raises NotFound, Invalid."""
        there = self._world.hosts.get(address.partition("://")[2])
        if there is None or not address.startswith(SCHEME):
            raise errors.NotFound(
                "no host is there", object=address, hint="ask that host for its address"
            )
        if there is self._host:
            raise errors.Invalid(
                "the VM runs here already", object=self._subject, hint="name another host"
            )
        return there

    def _carried(self, guest: Guest, vm: VmSpec, there: Host) -> tuple[Carried, ...]:
        """The disks that move along. Raises Conflict, Busy, Invalid, NotFound."""
        if {disk.device_id for disk in vm.disks} != set(guest.slots):
            hint = "name all its disks"
            raise errors.Conflict("the VM has other disks", object=self._of(vm.vm_id), hint=hint)
        carried: list[Carried] = []
        for attached in vm.disks:
            slot = guest.slots[attached.device_id]
            self._require_no_copy(slot, vm.vm_id)
            if attached.address.location == slot.attached.address.location:
                self._world.find_disk(attached.address, there)
            else:
                target = self._free_disk(attached, there)
                self._require_fits(slot, target, vm.vm_id)
                carried.append(Carried(slot, attached, target))
        return tuple(carried)

    def address(self) -> str:
        """By its name."""
        return f"{SCHEME}://{self._host.spec.name}"

    @gated
    async def statistics(self) -> tuple[DiskStatistics, ...]:
        """Counters of all disks since they were plugged in."""
        await self._begin("statistics")
        world = self._world
        found: list[DiskStatistics] = []
        for guest in self._host.guests.values():
            for slot in guest.slots.values():
                world.catch_up(guest, slot)
                found.append(slot.statistics(guest.vm.vm_id))
        return tuple(found)

    async def _begin(self, action: str) -> None:
        self._require_up()
        world = self._world
        await world.runtime.sleep(world.duration_s(action))
        self._require_up()

    def _require_up(self) -> None:
        if not self._host.up:
            hint = "try again when it is back"
            raise errors.Unavailable("the host does not answer", object=self._subject, hint=hint)

    def _of(self, vm_id: str) -> str:
        return f"{self._subject}/vm/{vm_id}"

    def _guest(self, vm_id: str) -> Guest:
        guest = self._host.guests.get(vm_id)
        if guest is None:
            hint = "start it first"
            raise errors.NotFound("the VM does not run here", object=self._of(vm_id), hint=hint)
        return guest

    def _slot(self, guest: Guest, device_id: int) -> Slot:
        slot = guest.slots.get(device_id)
        if slot is None:
            hint = "attach a disk first, or use another slot"
            raise errors.NotFound(
                f"slot {device_id} is empty", object=self._of(guest.vm.vm_id), hint=hint
            )
        return slot

    def _free_disk(self, attached: AttachedDisk, host: Host) -> Disk:
        """A disk that nobody has open, as that host sees it. Raises NotFound, Busy."""
        disk = self._world.find_disk(attached.address, host)
        if disk.open_by or disk.readers:
            raise errors.Busy(
                f"the disk is open in {disk.open_by or 'a copy'}",
                object=attached.address.location,
                hint="detach it there, or wait for the copy",
            )
        return disk

    def _require_fits(self, slot: Slot, target: Disk, vm_id: str) -> None:
        if target.size_bytes < slot.disk.size_bytes:
            raise errors.Invalid(
                f"the target has {target.size_bytes} bytes, the disk {slot.disk.size_bytes}",
                object=self._of(vm_id),
                hint="make the target at least as large as the disk",
            )

    def _require_no_copy(self, slot: Slot, vm_id: str) -> None:
        if slot.copying is not None:
            raise errors.Busy(
                f"a copy of the disk is running: {slot.copying.op}",
                object=self._of(vm_id),
                hint="wait for it, or cancel it",
            )

    def _require_slots(self, disks: tuple[AttachedDisk, ...]) -> None:
        for disk in disks:
            if disk.device_id == CD_ROM_SLOT or disk.device_id < 0:
                raise errors.Invalid(
                    f"no disk goes into slot {disk.device_id}",
                    object=self._subject,
                    hint=f"use a slot from 0 on, but not {CD_ROM_SLOT}, the CD-ROM's",
                )
