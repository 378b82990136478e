"""Moves between QEMU processes, where what goes wrong can be made to go wrong just then."""

import os
import signal

import anyio
import pytest

from core.driver_words import VmSpec
from core.model import errors
from drivers import guest
from drivers.qemu.host import QemuHost
from drivers.qemu.machine import QemuVm, RunState, Settings
from tests.drivers.bench import POLL_S, WAIT_S, Bench, ignore

pytestmark = [pytest.mark.anyio, pytest.mark.qemu]

DURABLE = Settings(powerdown_s=0.05, durable=True)


class Two:
    """The bench's host with a VM, and another host beside it."""

    def __init__(self, bench: Bench) -> None:
        self.bench = bench
        self.here = bench.make_host(DURABLE)
        self.there = QemuHost("there", str(bench.folder / "run2"), DURABLE)
        self.spec: VmSpec

    async def start(self) -> None:
        """Let the VM run."""
        self.spec = await self.bench.vm(settings=DURABLE)

    async def move(self) -> None:
        """Let it go there."""
        await self.here.migrate_vm("op", self.spec, self.there.address(), ignore)

    def process(self, run_folder: str) -> QemuVm:
        """The VM's process of a host."""
        folder = str(self.bench.folder / run_folder)
        return QemuVm(folder, "vm", f"{run_folder}/vm", settings=DURABLE)

    async def homes(self) -> list[int]:
        """How many VMs run here and there."""
        return [len((await host.probe()).guests) for host in (self.here, self.there)]

    async def hand_over(self) -> None:
        """Let QEMU move the VM, and stop short of letting it run there."""
        uri = await self.process("run2").receive(self.spec)
        async with self.process("run").talk() as monitor:
            await monitor.execute("migrate", {"uri": uri})
            with anyio.fail_after(WAIT_S):
                while True:
                    state = await monitor.query("query-status", RunState)
                    if state.status == "postmigrate":
                        return
                    await anyio.sleep(POLL_S)

    def kill(self, run_folder: str) -> None:
        """Kill the VM's process of a host."""
        pid = self.bench.folder / run_folder / "vm" / "pid"
        os.kill(int(pid.read_text()), signal.SIGKILL)


async def test_a_vm_runs_nowhere_twice_while_it_is_handed_over(bench: Bench) -> None:
    """Neither host lets it run, however often it is asked; the same call then finishes the move."""
    two = Two(bench)
    await two.start()
    await two.hand_over()
    assert await two.homes() == [0, 0]
    written = bench.writes()
    await anyio.sleep(0.3)
    assert bench.writes() == written
    await two.move()
    assert await two.homes() == [0, 1]


async def test_a_vm_goes_on_here_when_the_other_process_dies_before_it_runs(bench: Bench) -> None:
    """All that it has written is there; the next call brings it over."""
    two = Two(bench)
    await two.start()
    await two.hand_over()
    two.kill("run2")
    with pytest.raises(errors.Unavailable):
        await two.move()
    await bench.wait_for_writes()
    assert await two.homes() == [1, 0]
    await two.move()
    assert await two.homes() == [0, 1]


async def test_a_vm_goes_on_there_when_the_process_that_it_left_dies(bench: Bench) -> None:
    """It had everything already."""
    two = Two(bench)
    await two.start()
    await two.hand_over()
    two.kill("run")
    await two.move()
    assert await two.homes() == [0, 1]
    log = bench.folder / "run2" / "vm" / "serial.log"
    with anyio.fail_after(WAIT_S):
        while not log.read_bytes().count(guest.ACKNOWLEDGED):  # noqa: ASYNC110 - in a guest
            await anyio.sleep(POLL_S)


async def test_what_an_earlier_attempt_left_there_is_ended(bench: Bench) -> None:
    """A process that waits for the VM counts as none."""
    two = Two(bench)
    await two.start()
    await two.process("run2").receive(two.spec)
    assert await two.homes() == [1, 0]
    await two.move()
    assert await two.homes() == [0, 1]


async def test_a_host_that_cannot_start_the_process_takes_no_vm(bench: Bench) -> None:
    """The VM goes on here."""
    two = Two(bench)
    await two.start()
    (bench.folder / "run2").write_text("in the way")
    with pytest.raises(errors.ForebayError):
        await two.move()
    await bench.wait_for_writes()


async def test_an_address_of_no_host_is_refused(bench: Bench) -> None:
    """Also this host's own."""
    two = Two(bench)
    await two.start()
    for address in ("nowhere", two.here.address()):
        with pytest.raises(errors.Invalid):
            await two.here.migrate_vm("op", two.spec, address, ignore)
