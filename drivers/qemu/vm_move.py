"""Hands a running VM over to another QEMU process, with disks that shall lie elsewhere then.

QEMU itself moves memory and devices, and goes on when the control plane dies: the same call made
again joins it, or finds the VM there. A VM that arrives stands still until the process that it has
left is gone, so that it never runs twice, and goes on here when the other process dies before that.
Run states: QEMU's qapi/run-state.json.
"""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, suppress
from typing import NamedTuple

import anyio
import msgspec

from core.driver import Progress
from core.driver_words import VmSpec
from core.model import errors
from drivers.qemu import carried
from drivers.qemu.carried import Carried
from drivers.qemu.machine import QemuVm, RunState
from drivers.qemu.qmp import Monitor

LEFT, COMING, ENDING = "postmigrate", "inmigrate", "finish-migrate"
PAUSED = "pre-switchover"
UNDER_WAY = frozenset({"setup", "active", PAUSED, "device", "cancelling"})
BROKEN = frozenset({"failed", "cancelled"})
POLL_S = 0.01
NEAR_BYTES = 64 << 20
ARRIVAL_TIMEOUT_S = 20.0
CLEAN_UP_TIMEOUT_S = 20.0


class Memory(msgspec.Struct, frozen=True, kw_only=True):
    """How much of the VM's memory has gone over."""

    transferred: int = 0
    remaining: int = 0
    total: int = 0


class Migration(msgspec.Struct, frozen=True, kw_only=True, rename="kebab"):
    """A migration as QEMU reports it; `status` is "" where there was none."""

    status: str = ""
    ram: Memory = Memory()
    error_desc: str = ""


async def is_elsewhere(monitor: Monitor) -> bool:
    """Whether the process has handed its VM over."""
    return await _state(monitor) == LEFT


class Move(NamedTuple):
    """One operation: from which process to which, and the disks that move along."""

    op: str
    here: QemuVm
    there: QemuVm
    disks: tuple[Carried, ...]

    async def make(self, vm: VmSpec, progress: Progress) -> None:
        """Hand the VM over. Raises NotFound when it is at neither end.

        Raises Unavailable when that breaks; then it goes on here.
        """
        if not await self._is_here():
            await self._go_on()
            return
        async with self._whole():
            await self._begin(vm, progress)
            await self._follow(progress)
            await self._wait_for_arrival()
        await self._go_on()

    async def _is_here(self) -> bool:
        """Whether the process is there that it leaves."""
        try:
            async with self.here.talk():
                return True
        except errors.NotFound:
            return False

    async def _begin(self, vm: VmSpec, progress: Progress) -> None:
        """Unless it is under way: copy the disks, start a process that waits, let QEMU begin."""
        async with self.here.talk() as monitor:
            if await _is_under_way(monitor) or await is_elsewhere(monitor):
                return
        await carried.mirror(self.here, self.disks, progress)
        await self.there.end(forced=True)
        uri = await self.there.receive(vm)
        # Until it is let run it must not lock the disks: a move that is given up needs them here.
        async with self.there.talk() as monitor:
            await _set(monitor, "late-block-activate", on=True)
        async with self.here.talk() as monitor:
            await _set(monitor, "pause-before-switchover", on=bool(self.disks))
            await monitor.execute("migrate", {"uri": uri})

    async def _follow(self, progress: Progress) -> None:
        """Until it stands still here and all of it is there."""
        while True:
            async with self.here.talk() as monitor:
                left = await is_elsewhere(monitor)
                migration = await _migration(monitor)
                if migration.status == PAUSED:
                    await carried.let_go(monitor, self.disks, self.here.subject)
                    await monitor.execute("migrate-continue", {"state": PAUSED})
            done = migration.ram.transferred
            progress(done, max(done, migration.ram.total))
            if left:
                return
            if migration.status in BROKEN:
                why = migration.error_desc or migration.status
                raise _broke(f"the VM could not be handed over: {why}", self.here)
            await anyio.sleep(POLL_S)

    async def _wait_for_arrival(self) -> None:
        """Until the other process has all of it. Raises Unavailable when that is gone."""
        with anyio.move_on_after(ARRIVAL_TIMEOUT_S):
            while True:
                try:
                    async with self.there.talk() as monitor:
                        if await _state(monitor) != COMING:
                            return
                except errors.NotFound as error:
                    raise _broke("the VM died there", self.there) from error
                await anyio.sleep(POLL_S)
        raise _broke("the VM has not arrived", self.there)

    async def _go_on(self) -> None:
        """End the process that it has left, then let it run there: no more to be taken back.

        One that died there since it had arrived has arrived. Raises NotFound when it never did.
        """
        with anyio.CancelScope(shield=True):
            record = await self.there.record()
            if record.arriving:
                async with self.there.talk() as monitor:
                    await self.here.end(forced=True)
                    await self.there.note_arrival(self.op)
                    await monitor.execute("cont")
            elif record.arrived_by != self.op:
                hint = "start it"
                raise errors.NotFound("the VM does not run", object=self.here.subject, hint=hint)

    @asynccontextmanager
    async def _whole(self) -> AsyncGenerator[None]:
        """If the block does not end well, the VM goes on here."""
        try:
            yield
        except BaseException:
            with anyio.move_on_after(CLEAN_UP_TIMEOUT_S, shield=True):
                with suppress(errors.NotFound, errors.Unavailable):
                    await self._give_up()
            raise

    async def _give_up(self) -> None:
        """What has arrived there has not run yet, so that nothing is lost with it."""
        async with self.here.talk() as monitor:
            while await _is_under_way(monitor):
                if await _may_be_cancelled(monitor):
                    await monitor.execute("migrate_cancel")
                await anyio.sleep(POLL_S)
        await self.there.end(forced=True)
        async with self.here.talk() as monitor:
            if await is_elsewhere(monitor):
                await monitor.execute("cont")
            await carried.give_up(monitor, self.disks)


def _broke(message: str, vm: QemuVm) -> errors.Unavailable:
    hint = "try again: it goes on where it was"
    return errors.Unavailable(message, object=vm.subject, hint=hint)


async def _set(monitor: Monitor, capability: str, *, on: bool) -> None:
    wanted = {"capability": capability, "state": on}
    await monitor.execute("migrate-set-capabilities", {"capabilities": [wanted]})


async def _is_under_way(monitor: Monitor) -> bool:
    """Also while it ends: QEMU calls a migration completed before it says that the VM has left."""
    status = (await _migration(monitor)).status
    return status in UNDER_WAY or await _state(monitor) == ENDING


async def _may_be_cancelled(monitor: Monitor) -> bool:
    """Not when it is about to end: QEMU 7.2 can then go on with disks that it has given away.

    It ends by itself, soon, and the VM that has left comes back.
    """
    migration = await _migration(monitor)
    return migration.status == PAUSED or migration.ram.remaining > NEAR_BYTES


async def _state(monitor: Monitor) -> str:
    return (await monitor.query("query-status", RunState)).status


async def _migration(monitor: Monitor) -> Migration:
    return await monitor.query("query-migrate", Migration)
