"""Hands a running VM over to another QEMU process, with disks that shall lie elsewhere then.

QEMU itself moves memory and devices, and goes on when the control plane dies: the same call made
again joins it, or finds the VM there. The source keeps its state until the VM runs there, so that
it can go on when the other process dies in between. Run states: QEMU's qapi/run-state.json.
"""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, suppress

import anyio
import msgspec

from core.driver import Progress
from core.driver_words import VmSpec
from core.model import errors
from drivers.qemu import carried
from drivers.qemu.carried import Carried
from drivers.qemu.machine import QemuVm, RunState
from drivers.qemu.qmp import Monitor

LEFT, COMING, RUNNING = "postmigrate", "inmigrate", "running"
PAUSED = "pre-switchover"
UNDER_WAY = frozenset({"setup", "active", PAUSED, "device", "cancelling"})
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


async def move(
    here: QemuVm, there: QemuVm, vm: VmSpec, disks: tuple[Carried, ...], progress: Progress
) -> None:
    """Hand the VM over, with those disks. Raises NotFound when it runs at neither end.

    Raises Unavailable when that breaks; then it goes on here.
    """
    async with _whole(here, there, disks):
        await _begin(here, there, vm, disks, progress)
        await _follow(here, disks, progress)
        await _arrive(here, there)


async def _begin(
    here: QemuVm, there: QemuVm, vm: VmSpec, disks: tuple[Carried, ...], progress: Progress
) -> None:
    """Unless it is under way: copy the disks, start a process that waits, and let QEMU begin."""
    async with here.talk() as monitor:
        if await _state(monitor) == LEFT or (await _migration(monitor)).status in UNDER_WAY:
            return
    await carried.mirror(here, disks, progress)
    await there.end(forced=True)
    uri = await there.receive(vm)
    pause = {"capability": "pause-before-switchover", "state": bool(disks)}
    async with here.talk() as monitor:
        await monitor.execute("migrate-set-capabilities", {"capabilities": [pause]})
        await monitor.execute("migrate", {"uri": uri})


async def _follow(here: QemuVm, disks: tuple[Carried, ...], progress: Progress) -> None:
    while True:
        async with here.talk() as monitor:
            state = await _state(monitor)
            migration = await _migration(monitor)
            if migration.status == PAUSED:
                await carried.let_go(monitor, disks, here.subject)
                await monitor.execute("migrate-continue", {"state": PAUSED})
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
async def _whole(here: QemuVm, there: QemuVm, disks: tuple[Carried, ...]) -> AsyncGenerator[None]:
    """If the block does not end well, the VM goes on here, unless it runs there already."""
    try:
        yield
    except BaseException:
        with anyio.move_on_after(CLEAN_UP_TIMEOUT_S, shield=True):
            with suppress(errors.NotFound, errors.Unavailable):
                await _give_up(here, there, disks)
        raise


async def _give_up(here: QemuVm, there: QemuVm, disks: tuple[Carried, ...]) -> None:
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
    async with here.talk() as monitor:
        if left:
            await monitor.execute("cont")
        await carried.give_up(monitor, disks)


async def _state(monitor: Monitor) -> str:
    return (await monitor.query("query-status", RunState)).status


async def _migration(monitor: Monitor) -> Migration:
    return await monitor.query("query-migrate", Migration)
