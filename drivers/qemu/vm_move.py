"""Hands a running VM over to another QEMU process that has the same disks.

QEMU itself moves memory and devices, and goes on when the control plane dies: the same call made
again joins it, or finds the VM there. The source keeps its state until the VM runs there, so that
it can go on when the other process dies in between. Run states: QEMU's qapi/run-state.json.
"""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, suppress

import anyio
import msgspec

from core.driver import Progress
from core.driver_words import GuestStatus, VmSpec
from core.model import errors
from drivers.qemu.machine import QemuVm, RunState
from drivers.qemu.qmp import Monitor

LEFT, COMING, RUNNING = "postmigrate", "inmigrate", "running"
UNDER_WAY = frozenset({"setup", "active", "pre-switchover", "device", "cancelling"})
BROKEN = frozenset({"failed", "cancelled"})
POLL_S = 0.01
ARRIVAL_TIMEOUT_S = 20.0
CLEAN_UP_TIMEOUT_S = 20.0


class Memory(msgspec.Struct, frozen=True, kw_only=True):
    """How much of the VM's memory has gone over."""

    transferred: int = 0
    total: int = 0


class Migration(msgspec.Struct, frozen=True, kw_only=True, rename="kebab"):
    """A migration as QEMU reports it; `status` is "" where there was none."""

    status: str = ""
    ram: Memory = Memory()
    error_desc: str = ""


async def is_elsewhere(monitor: Monitor) -> bool:
    """Whether the process has handed its VM over, or still waits for it."""
    return await _state(monitor) in (LEFT, COMING)


async def is_under_way(vm: QemuVm) -> bool:
    """Whether the VM is being handed over. Raises NotFound."""
    async with vm.talk() as monitor:
        return (await _migration(monitor)).status in UNDER_WAY


def require_same_disks(status: GuestStatus, vm: VmSpec, subject: str) -> None:
    """Raises Conflict for other slots, Unsupported for other disks, Busy for copies under way."""
    here = {disk.device_id: disk.address.location for disk in status.disks}
    there = {disk.device_id: disk.address.location for disk in vm.disks}
    if here.keys() != there.keys():
        raise errors.Conflict("the VM has other disks", object=subject, hint="name all its disks")
    if here != there:
        raise errors.Unsupported(
            "disks do not move along on QEMU hosts",
            object=subject,
            hint="migrate the volumes first, then the machine",
        )
    if status.copying:
        hint = "wait for the copy, or cancel it"
        raise errors.Busy("a disk is being copied", object=subject, hint=hint)


async def move(here: QemuVm, there: QemuVm, vm: VmSpec, progress: Progress) -> None:
    """Hand the VM over. Raises NotFound when it runs at neither end, Unavailable when it breaks."""
    async with _whole(here, there):
        await _begin(here, there, vm)
        await _follow(here, progress)
        await _arrive(here, there)


async def _begin(here: QemuVm, there: QemuVm, vm: VmSpec) -> None:
    """Unless it is under way, start a process there that waits, and let QEMU begin."""
    async with here.talk() as monitor:
        if await _state(monitor) == LEFT or (await _migration(monitor)).status in UNDER_WAY:
            return
    await there.end(forced=True)
    uri = await there.receive(vm)
    async with here.talk() as monitor:
        await monitor.execute("migrate", {"uri": uri})


async def _follow(here: QemuVm, progress: Progress) -> None:
    while True:
        async with here.talk() as monitor:
            state = await _state(monitor)
            migration = await _migration(monitor)
        done = migration.ram.transferred
        progress(done, max(done, migration.ram.total))
        if state == LEFT:
            return
        if migration.status in BROKEN:
            raise errors.Unavailable(
                f"the VM could not be handed over: {migration.error_desc or migration.status}",
                object=here.subject,
                hint="try again: it goes on where it was",
            )
        await anyio.sleep(POLL_S)


async def _arrive(here: QemuVm, there: QemuVm) -> None:
    """Once it runs there, end the process that it has left; not to be cancelled in between."""
    with anyio.CancelScope(shield=True):
        with anyio.move_on_after(ARRIVAL_TIMEOUT_S):
            arrived = await _runs(there)
            while not arrived:
                await anyio.sleep(POLL_S)
                arrived = await _runs(there)
            await here.end(forced=True)
            return
    raise errors.Unavailable(
        "the VM has not arrived", object=there.subject, hint="try again: it goes on where it was"
    )


async def _runs(vm: QemuVm) -> bool:
    """Raises Unavailable when its process is gone."""
    try:
        async with vm.talk() as monitor:
            return await _state(monitor) == RUNNING
    except errors.NotFound as error:
        hint = "try again: it goes on where it was"
        raise errors.Unavailable("the VM died there", object=vm.subject, hint=hint) from error


@asynccontextmanager
async def _whole(here: QemuVm, there: QemuVm) -> AsyncGenerator[None]:
    """If the block does not end well, the VM goes on here, unless it runs there already."""
    try:
        yield
    except BaseException:
        with anyio.move_on_after(CLEAN_UP_TIMEOUT_S, shield=True):
            with suppress(errors.NotFound, errors.Unavailable):
                await _give_up(here, there)
        raise


async def _give_up(here: QemuVm, there: QemuVm) -> None:
    async with here.talk() as monitor:
        while (await _migration(monitor)).status in UNDER_WAY:
            await monitor.execute("migrate_cancel")
            await anyio.sleep(POLL_S)
        left = await _state(monitor) == LEFT
    with suppress(errors.Unavailable):
        if left and await _runs(there):
            await here.end(forced=True)
            return
    await there.end(forced=True)
    if left:
        async with here.talk() as monitor:
            await monitor.execute("cont")


async def _state(monitor: Monitor) -> str:
    return (await monitor.query("query-status", RunState)).status


async def _migration(monitor: Monitor) -> Migration:
    return await monitor.query("query-migrate", Migration)
