"""Copies of a running VM's disk that QEMU makes itself: at one moment, or to move over to.

A copy is a job of QEMU's, named after the operation: it goes on when the control plane dies, and
the same call made again joins it. Nothing is kept here between two calls.
"""

import re
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import anyio
import msgspec

from core.driver import Progress
from core.driver_words import Address, AttachedDisk
from core.model import errors
from drivers import failures
from drivers.qemu import block
from drivers.qemu.block import Options, Slot
from drivers.qemu.machine import QemuVm, held_still, resume
from drivers.qemu.qmp import Monitor

PREFIX = "copy."
CONCLUDED, READY = "concluded", "ready"
ESCAPE = re.compile(rb"_([0-9a-f]{2})")
PLAIN = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-.")
POLL_FIRST_S = 0.01
POLL_LAST_S = 0.25
POLL_GROWTH = 1.5
CLEAN_UP_TIMEOUT_S = 20.0
SWITCH_TIMEOUT_S = 30.0


class Job(msgspec.Struct, frozen=True, kw_only=True, rename="kebab"):
    """A job as QEMU reports it."""

    id: str
    status: str
    current_progress: int
    total_progress: int
    error: str = ""


def job_id(op: str) -> str:
    """QEMU's name of the copy of an operation."""
    return PREFIX + coded(op)


def coded(op: str) -> str:
    """The operation in the few letters that QEMU takes in names of jobs."""
    letters = (
        letter if letter in PLAIN else "".join(f"_{byte:02x}" for byte in letter.encode())
        for letter in op
    )
    return "".join(letters)


def operation(job: str) -> str:
    """The operation of a job: what `job_id` was given."""
    coded = job.removeprefix(PREFIX).encode()
    return ESCAPE.sub(lambda found: bytes((int(found[1], 16),)), coded).decode()


async def running(monitor: Monitor) -> tuple[str, ...]:
    """The operations whose copies the VM is still making."""
    jobs = await monitor.query("query-jobs", list[Job])
    ours = (job for job in jobs if job.id.startswith(PREFIX) and job.status != CONCLUDED)
    return tuple(sorted(operation(job.id) for job in ours))


async def snapshot(vm: QemuVm, op: str, device_id: int, target: Address, progress: Progress) -> int:
    """Copy the disk in a slot, as it is when this begins, to `target`; answers the bytes copied."""
    async with _cleared(vm, op):
        async with vm.talk() as monitor:
            slot = await block.require_slot(monitor, device_id, vm.subject)
            if await find(monitor, op) is None:
                await _begin(monitor, vm, slot, target)
                await monitor.execute("blockdev-backup", _job(vm, op, slot, target))
        return await _follow(vm, op, progress)


async def mirror(
    vm: QemuVm, op: str, device_id: int, target: AttachedDisk, progress: Progress
) -> None:
    """Copy the disk in a slot to `target` and let the VM go on there.

    When the VM died after the copy was told to take over, the target is its disk: that is success.
    """
    async with _cleared(vm, op):
        try:
            async with vm.talk() as monitor:
                if not await _mirroring(monitor, vm, op, device_id, target.address):
                    return
        except errors.NotFound:
            if op in (await vm.record()).switches:
                return
            raise
        await _follow(vm, op, progress)


async def _mirroring(
    monitor: Monitor, vm: QemuVm, op: str, device_id: int, target: Address
) -> bool:
    """Begin to mirror unless that is under way; False when the VM is on the target already."""
    slot = await block.require_slot(monitor, device_id, vm.subject)
    if await find(monitor, op) is not None:
        return True
    if slot.address.location == target.location:
        return False
    await vm.note_switch(op, switches=False)
    await begin_mirror(monitor, vm, op, slot, target)
    return True


async def begin_mirror(monitor: Monitor, vm: QemuVm, op: str, slot: Slot, target: Address) -> None:
    """From now on each write goes to the target too, and QEMU copies the rest; it switches not."""
    await _begin(monitor, vm, slot, target)
    job = _job(vm, op, slot, target) | {"copy-mode": "write-blocking"}
    # QEMU before 10.0 loses a write that is under way while such a mirror begins: it is not tracked
    # yet, and may end after its block was copied.
    async with held_still(monitor):
        await monitor.execute("blockdev-mirror", job)


async def _begin(monitor: Monitor, vm: QemuVm, slot: Slot, target: Address) -> None:
    if slot.copying:
        hint = "wait for it, or cancel it"
        raise errors.Busy("another copy of the disk is running", object=vm.subject, hint=hint)
    await block.sweep(monitor)
    await monitor.execute("blockdev-add", block.node_options(target))


def _job(vm: QemuVm, op: str, slot: Slot, target: Address) -> Options:
    return {
        "job-id": job_id(op),
        "device": slot.node_name,
        "target": block.node_name(target.location),
        "sync": "full",
        "speed": vm.settings.copy_bytes_per_s,
        "filter-node-name": block.node_name(slot.address.location, block.FILTER),
        "auto-dismiss": False,
    }


async def _follow(vm: QemuVm, op: str, progress: Progress) -> int:
    """Watch the job to its end; answers the bytes it copied."""
    pause_s = POLL_FIRST_S
    while True:
        job = await look(vm, op)
        progress(job.current_progress, max(job.current_progress, job.total_progress))
        if job.status == READY:
            job = await _switch(vm, op)
        if job.status == CONCLUDED:
            if job.error:
                raise failures.from_text(job.error, vm.subject)
            return job.total_progress
        await anyio.sleep(pause_s)
        pause_s = min(pause_s * POLL_GROWTH, POLL_LAST_S)


async def _switch(vm: QemuVm, op: str) -> Job:
    """Let a mirror that has caught up take over. Not to be cancelled: it is done, or it is not."""
    with anyio.move_on_after(SWITCH_TIMEOUT_S, shield=True):
        await vm.note_switch(op, switches=True)
        async with vm.talk() as monitor:
            await monitor.execute("job-complete", {"id": job_id(op)})
        job = await _conclusion(vm, op)
        if job.error:
            await vm.note_switch(op, switches=False)
        return job
    hint = "call again: it joins the copy, or finds that it is done"
    raise errors.Unavailable("the switch takes too long", object=vm.subject, hint=hint)


async def _conclusion(vm: QemuVm, op: str) -> Job:
    while True:
        job = await look(vm, op)
        if job.status == CONCLUDED:
            return job
        await anyio.sleep(POLL_FIRST_S)


async def look(vm: QemuVm, op: str) -> Job:
    """The job of an operation. Raises Unavailable when it is gone."""
    try:
        async with vm.talk() as monitor:
            job = await find(monitor, op)
    except errors.NotFound as error:
        hint = "start the VM, then try again"
        raise errors.Unavailable("the VM died", object=vm.subject, hint=hint) from error
    if job is None:
        hint = "call again: it starts anew, or finds that it is done"
        raise errors.Unavailable("the copy is gone", object=vm.subject, hint=hint)
    return job


@asynccontextmanager
async def _cleared(vm: QemuVm, op: str) -> AsyncGenerator[None]:
    """However the block ends, end and forget the job and close the disk that the VM left."""
    try:
        yield
    finally:
        with anyio.move_on_after(CLEAN_UP_TIMEOUT_S, shield=True):
            try:
                async with vm.talk() as monitor:
                    await clear(monitor, op)
            except (errors.NotFound, errors.Unavailable):
                pass


async def clear(monitor: Monitor, op: str) -> None:
    """End and forget the job of an operation, and close the disk that is in no slot."""
    job = await find(monitor, op)
    if job is not None and job.status != CONCLUDED:
        await monitor.execute("job-cancel", {"id": job.id})
    while job is not None:
        if job.status == CONCLUDED:
            await monitor.execute("job-dismiss", {"id": job.id})
        await anyio.sleep(POLL_FIRST_S)
        job = await find(monitor, op)
    await block.sweep(monitor)
    await resume(monitor)


async def find(monitor: Monitor, op: str) -> Job | None:
    """The job of an operation."""
    jobs = await monitor.query("query-jobs", list[Job])
    return next((job for job in jobs if job.id == job_id(op)), None)
