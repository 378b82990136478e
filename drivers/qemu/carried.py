"""Disks that move along with a running VM: mirrored until it stands still, then let go of.

Until then the VM's own disks are the ones that count: whoever gives up only ends the mirrors.
"""

from typing import NamedTuple

import anyio

from core.driver import Progress
from core.driver_words import AttachedDisk, GuestStatus, VmSpec
from core.model import errors
from drivers import failures
from drivers.qemu import block, disk_copy
from drivers.qemu.machine import QemuVm
from drivers.qemu.qmp import Monitor

POLL_S = 0.01


class Carried(NamedTuple):
    """A disk that moves along, as it will be; `op` names its mirror."""

    op: str
    target: AttachedDisk


def carried_disks(status: GuestStatus, vm: VmSpec, op: str, subject: str) -> tuple[Carried, ...]:
    """Those of `vm` that are elsewhere now. Raises Conflict (other slots), Busy (other copies)."""
    here = {disk.device_id: disk.address.location for disk in status.disks}
    if here.keys() != {disk.device_id for disk in vm.disks}:
        raise errors.Conflict("the VM has other disks", object=subject, hint="name all its disks")
    found = tuple(
        Carried(f"{op} {disk.device_id}", disk)
        for disk in vm.disks
        if disk.address.location != here[disk.device_id]
    )
    if set(status.copying) - {one.op for one in found}:
        hint = "wait for the copy, or cancel it"
        raise errors.Busy("a disk is being copied", object=subject, hint=hint)
    return found


async def mirror(vm: QemuVm, disks: tuple[Carried, ...], progress: Progress) -> None:
    """Bring the copies up to date; from then on each write goes to both sides."""
    async with vm.talk() as monitor:
        for one in disks:
            if await disk_copy.find(monitor, one.op) is None:
                slot = await block.require_slot(monitor, one.target.device_id, vm.subject)
                await disk_copy.begin_mirror(monitor, vm, one.op, slot, one.target.address)
    for one in disks:
        await _ready(vm, one, progress)


async def _ready(vm: QemuVm, one: Carried, progress: Progress) -> None:
    while True:
        job = await disk_copy.look(vm, one.op)
        progress(job.current_progress, max(job.current_progress, job.total_progress))
        if job.status == disk_copy.READY:
            return
        if job.status == disk_copy.CONCLUDED:
            raise failures.from_text(job.error or "the copy has ended", vm.subject)
        await anyio.sleep(POLL_S)


async def let_go(monitor: Monitor, disks: tuple[Carried, ...], subject: str) -> None:
    """While the VM stands still: complete the copies and close them, so that others open them.

    One that was let go of before is left alone. Raises what the copy failed with.
    """
    for one in disks:
        job = await disk_copy.find(monitor, one.op)
        if job is not None and job.status == disk_copy.READY:
            await monitor.execute("block-job-cancel", {"device": job.id, "force": False})
        while job is not None and job.status != disk_copy.CONCLUDED:
            await anyio.sleep(POLL_S)
            job = await disk_copy.find(monitor, one.op)
        if job is not None and job.error:
            raise failures.from_text(job.error, subject)
        if job is not None:
            await monitor.execute("job-dismiss", {"id": job.id})
    await block.sweep(monitor)


async def give_up(monitor: Monitor, disks: tuple[Carried, ...]) -> None:
    """End the mirrors, whatever they have copied."""
    for one in disks:
        await disk_copy.clear(monitor, one.op)
