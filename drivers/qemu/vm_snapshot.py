"""Snapshots of a running VM as a whole, inside its disks; QEMU keeps its memory in the root disk.

Without memory they are one transaction of QEMU's, with it a job named after the operation, for
whose time the VM stands still: it goes on when the control plane dies, and the same call joins it.
"""

import anyio
import msgspec

from core.model import errors
from core.model.pool_types import DiskFormat
from drivers import failures
from drivers.qemu import block
from drivers.qemu.block import Options, Slot
from drivers.qemu.disk_copy import CONCLUDED, POLL_FIRST_S, POLL_GROWTH, POLL_LAST_S, Job, coded
from drivers.qemu.machine import QemuVm
from drivers.qemu.qmp import Monitor

PREFIX = "whole."
ROOT_SLOT = 0


class Inner(msgspec.Struct, frozen=True, kw_only=True, rename="kebab"):
    """A snapshot inside an image; `vm_state_size` is what it has of the VM's memory."""

    name: str
    vm_state_size: int = 0


class Image(msgspec.Struct, frozen=True, kw_only=True):
    """What QEMU says of an image."""

    snapshots: tuple[Inner, ...] = ()


class Node(msgspec.Struct, frozen=True, kw_only=True, rename="kebab"):
    """A block node."""

    image: Image
    node_name: str = ""


async def take(vm: QemuVm, op: str, snapshot: str, *, memory: bool) -> None:
    """Fix all disks at one moment. Raises NotFound, Busy, NoCapacity, Unsupported."""
    async with vm.talk() as monitor:
        slots = await block.slots(monitor)
        having = await _having(monitor, snapshot)
        nodes = [slot.node_name for slot in slots.values()]
        if set(nodes) <= having.keys() and (not memory or any(having.values())):
            return
        _require_possible(slots, vm)
        if not memory:
            await _drop(monitor, having, snapshot)
            await monitor.execute("transaction", {"actions": _actions(nodes, snapshot)})
            return
    if having:
        await remove(vm, f"{op}.again", snapshot)
    arguments: Options = {"vmstate": slots[ROOT_SLOT].node_name, "devices": nodes}
    await _run_job(vm, op, "snapshot-save", snapshot, arguments)


def _actions(nodes: list[str], snapshot: str) -> list[Options]:
    kind = "blockdev-snapshot-internal-sync"
    return [{"type": kind, "data": {"device": node, "name": snapshot}} for node in nodes]


async def _drop(monitor: Monitor, having: dict[str, int], snapshot: str) -> None:
    for node in having:
        command = "blockdev-snapshot-delete-internal-sync"
        await monitor.execute(command, {"device": node, "name": snapshot})


async def revert(vm: QemuVm, op: str, snapshot: str) -> None:
    """Let the VM go on from there, once for an operation. Raises NotFound, Busy."""
    if (await vm.record()).reverted_by == op:
        return
    async with vm.talk() as monitor:
        slots = await block.slots(monitor)
        having = await _having(monitor, snapshot)
    _require_possible(slots, vm)
    root = next((node for node, memory_bytes in having.items() if memory_bytes), "")
    if not root:
        hint = "stop the VM to revert its disks alone"
        raise errors.NotFound("no such snapshot with the VM's memory", object=vm.subject, hint=hint)
    arguments: Options = {"vmstate": root, "devices": list(having)}
    await _run_job(vm, op, "snapshot-load", snapshot, arguments)
    await vm.note_revert(op)


async def remove(vm: QemuVm, op: str, snapshot: str) -> None:
    """Remove it from the disks that have it. Raises NotFound (VM)."""
    async with vm.talk() as monitor:
        having = await _having(monitor, snapshot)
    if having:
        await _run_job(vm, op, "snapshot-delete", snapshot, {"devices": list(having)})


async def _having(monitor: Monitor, snapshot: str) -> dict[str, int]:
    """The nodes of disks that have it, each with the bytes of memory that are kept beside it."""
    nodes = await monitor.query("query-named-block-nodes", list[Node], {"flat": True})
    return {
        node.node_name: inner.vm_state_size
        for node in nodes
        if node.node_name.startswith(block.NODE)
        for inner in node.image.snapshots
        if inner.name == snapshot
    }


def _require_possible(slots: dict[int, Slot], vm: QemuVm) -> None:
    for slot in slots.values():
        if slot.copying:
            hint = "wait for the copy, or cancel it"
            raise errors.Busy("a disk is being copied", object=vm.subject, hint=hint)
        if slot.address.format is not DiskFormat.QCOW2:
            raise errors.Unsupported(
                f"disk {slot.device_id} is {slot.address.format} and holds no snapshots",
                object=vm.subject,
                hint="stop the VM and let its storage take the snapshots",
            )


async def _run_job(vm: QemuVm, op: str, command: str, snapshot: str, arguments: Options) -> None:
    """Begin a job, or join it, and wait for its end; it is not cut short."""
    job_id = f"{PREFIX}{command}.{coded(op)}"
    asked: Options = {"job-id": job_id, "tag": snapshot, **arguments}
    async with vm.talk() as monitor:
        if await _find(monitor, job_id) is None:
            await monitor.execute(command, asked)
    job = await _ended(vm, job_id)
    async with vm.talk() as monitor:
        await monitor.execute("job-dismiss", {"id": job_id})
    if job.error:
        raise failures.from_text(job.error, vm.subject)


async def _ended(vm: QemuVm, job_id: str) -> Job:
    pause_s = POLL_FIRST_S
    while True:
        async with vm.talk() as monitor:
            job = await _find(monitor, job_id)
        if job is None:
            hint = "call again: it finds what is done"
            raise errors.Unavailable("the job is gone", object=vm.subject, hint=hint)
        if job.status == CONCLUDED:
            return job
        await anyio.sleep(pause_s)
        pause_s = min(pause_s * POLL_GROWTH, POLL_LAST_S)


async def _find(monitor: Monitor, job_id: str) -> Job | None:
    jobs = await monitor.query("query-jobs", list[Job])
    return next((job for job in jobs if job.id == job_id), None)
