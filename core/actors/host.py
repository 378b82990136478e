"""The actor of a host: operations on machines."""

from contextlib import suppress

from core.actors.actor import Actor
from core.actors.fabric import Fabric
from core.driver import HypervisorDriver, Progress
from core.driver_words import DiskStatistics, HostStatus, ImageInfo, VmSpec
from core.model import errors
from core.plans.operation import (
    AttachDisk,
    DetachDisk,
    EjectIso,
    InsertIso,
    LetGo,
    MeasureDisks,
    MigrateVm,
    MirrorDisk,
    ProbeHost,
    RemoveVmSnapshot,
    ResizeAttachedDisk,
    RevertVm,
    ScaleVm,
    SnapshotDisk,
    SnapshotHeld,
    SnapshotVm,
    StartVm,
    StopVm,
)
from core.runtime import Runtime

HELD_S = 60.0
"""The longest that a machine stands still for its disks to be kept."""
LETTING_GO_S = 10.0


class HostActor(Actor):
    """Lets the host's HypervisorDriver do operations."""

    def __init__(self, runtime: Runtime, key: str, fabric: Fabric) -> None:
        super().__init__(runtime, key, fabric)
        self._methods = {
            StartVm: self._start_vm,
            StopVm: self._stop_vm,
            ScaleVm: self._scale_vm,
            AttachDisk: self._attach_disk,
            DetachDisk: self._detach_disk,
            InsertIso: self._insert_iso,
            EjectIso: self._eject_iso,
            ResizeAttachedDisk: self._resize_disk,
            SnapshotDisk: self._snapshot_disk,
            MirrorDisk: self._mirror_disk,
            SnapshotVm: self._snapshot_vm,
            SnapshotHeld: self._snapshot_held,
            LetGo: self._let_go,
            RevertVm: self._revert_vm,
            RemoveVmSnapshot: self._remove_vm_snapshot,
            MigrateVm: self._migrate_vm,
            MeasureDisks: self._measure_disks,
            ProbeHost: self._probe,
        }

    @property
    def _driver(self) -> HypervisorDriver:
        return self._fabric.hypervisor(self._id)

    async def _start_vm(self, op: str, asked: StartVm, progress: Progress) -> None:
        await self._driver.start_vm(op, self._spec(asked))

    async def _migrate_vm(self, op: str, asked: MigrateVm, progress: Progress) -> None:
        """Where this host does not answer any more, the other one may know that it has arrived.

        If that cannot be asked either, because the job is cancelled, the outcome stays in doubt.
        """
        there = self._fabric.hypervisor(asked.host_id)
        vm = self._spec(asked)
        try:
            await self._driver.migrate_vm(op, vm, there.address(), progress)
        except errors.Unavailable as doubt:
            try:
                guests = (await there.probe()).guests
            except BaseException as cut:
                raise doubt from cut
            if not any((guest.vm_id, guest.disks) == (vm.vm_id, vm.disks) for guest in guests):
                raise

    def _spec(self, asked: StartVm | MigrateVm) -> VmSpec:
        """The machine as its host sees it, by the drivers' addresses."""
        return VmSpec(
            vm_id=asked.vm_id,
            name=asked.name,
            cpus=asked.cpus,
            memory_bytes=asked.memory_bytes,
            disks=tuple(self._fabric.attached(disk) for disk in asked.disks),
            iso=self._fabric.address(asked.iso) if asked.iso is not None else None,
            cpus_max=asked.cpus_max,
            memory_max_bytes=asked.memory_max_bytes,
        )

    async def _stop_vm(self, op: str, asked: StopVm, progress: Progress) -> None:
        await self._driver.stop_vm(op, asked.vm_id, forced=asked.forced)

    async def _scale_vm(self, op: str, asked: ScaleVm, progress: Progress) -> None:
        cpus, memory_bytes = asked.cpus, asked.memory_bytes
        await self._driver.scale_vm(op, asked.vm_id, cpus=cpus, memory_bytes=memory_bytes)

    async def _attach_disk(self, op: str, asked: AttachDisk, progress: Progress) -> None:
        await self._driver.attach_disk(op, asked.vm_id, self._fabric.attached(asked.disk))

    async def _detach_disk(self, op: str, asked: DetachDisk, progress: Progress) -> None:
        await self._driver.detach_disk(op, asked.vm_id, asked.device_id)

    async def _insert_iso(self, op: str, asked: InsertIso, progress: Progress) -> None:
        await self._driver.insert_iso(op, asked.vm_id, self._fabric.address(asked.iso))

    async def _eject_iso(self, op: str, asked: EjectIso, progress: Progress) -> None:
        await self._driver.eject_iso(op, asked.vm_id)

    async def _resize_disk(self, op: str, asked: ResizeAttachedDisk, progress: Progress) -> None:
        await self._driver.resize_disk(op, asked.vm_id, asked.device_id, asked.size_bytes)

    async def _mirror_disk(self, op: str, asked: MirrorDisk, progress: Progress) -> None:
        target = self._fabric.attached(asked.target)
        await self._driver.mirror_disk(op, asked.vm_id, asked.device_id, target, progress)

    async def _snapshot_vm(self, op: str, asked: SnapshotVm, progress: Progress) -> None:
        await self._driver.snapshot_vm(op, asked.vm_id, asked.snapshot, memory=asked.memory)

    async def _snapshot_held(self, op: str, asked: SnapshotHeld, progress: Progress) -> None:
        """It never stands still for long; where this ends before it goes on, `LetGo` sees to that.

        Raises Deadline when its storage is too slow.
        """
        await self._remove_from(op, asked)
        await self._driver.hold_vm(op, asked.vm_id, still=True)
        try:
            with self._runtime.scope(HELD_S) as scope:
                for disk in asked.disks:
                    storage = self._fabric.storage(disk.pool_id)
                    await storage.take_snapshot(op, disk.name, asked.snapshot)
        finally:
            with self._runtime.shield(LETTING_GO_S):
                await self._driver.hold_vm(op, asked.vm_id, still=False)
        if scope.cancelled:
            raise errors.Deadline(
                f"the pools took longer than {HELD_S:g} s to keep the disks",
                object=f"vm/{asked.vm_id}",
                hint="see what slows them down, or stop the machine first",
            )

    async def _let_go(self, op: str, asked: LetGo, progress: Progress) -> None:
        with suppress(errors.NotFound):
            await self._driver.hold_vm(op, asked.vm_id, still=False)
        await self._remove_from(op, asked)

    async def _remove_from(self, op: str, asked: SnapshotHeld | LetGo | RemoveVmSnapshot) -> None:
        for disk in asked.disks:
            storage = self._fabric.storage(disk.pool_id)
            await storage.remove_snapshot(op, disk.name, asked.snapshot)

    async def _revert_vm(self, op: str, asked: RevertVm, progress: Progress) -> None:
        await self._driver.revert_vm(op, asked.vm_id, asked.snapshot)

    async def _remove_vm_snapshot(
        self, op: str, asked: RemoveVmSnapshot, progress: Progress
    ) -> None:
        """A machine that has stopped meanwhile has left the snapshot inside its disks."""
        try:
            await self._driver.remove_vm_snapshot(op, asked.vm_id, asked.snapshot)
        except errors.NotFound:
            await self._remove_from(op, asked)

    async def _measure_disks(
        self, op: str, asked: MeasureDisks, progress: Progress
    ) -> tuple[DiskStatistics, ...]:
        return await self._driver.statistics()

    async def _probe(self, op: str, asked: ProbeHost, progress: Progress) -> HostStatus:
        return await self._driver.probe()

    async def _snapshot_disk(self, op: str, asked: SnapshotDisk, progress: Progress) -> ImageInfo:
        """The image store makes a place, the hypervisor copies there, the store takes it over."""
        store = self._fabric.image_store(asked.store_id)
        done = await store.inspect(asked.path)
        if done is not None:
            return done
        target = await store.prepare(
            op, asked.path, format=asked.format, size_bytes=asked.size_bytes, base=asked.base
        )
        await self._driver.snapshot_disk(op, asked.vm_id, asked.device_id, target, progress)
        return await store.commit(op, asked.path)
