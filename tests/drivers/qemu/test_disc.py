"""The CD-ROM drive of a QEMU process, also after calls that were cut short in the middle."""

from collections.abc import AsyncGenerator

import pytest

from core.driver_words import Address
from core.model.pool_types import DiskFormat
from drivers.qemu import disc
from drivers.qemu.block import node_name
from drivers.qemu.image import DESCRIPTOR_AT
from drivers.qemu.machine import QemuVm
from drivers.qemu.qmp import Monitor
from tests.drivers.bench import QUICK, Bench

pytestmark = [pytest.mark.anyio, pytest.mark.qemu]
SUBJECT = "host/vm"


@pytest.fixture
def iso(bench: Bench) -> Address:
    """A disc of which only the first descriptor is true."""
    path = bench.folder / "disc.iso"
    path.write_bytes((bytes(DESCRIPTOR_AT) + b"CD001").ljust(65536, b"\0"))
    return Address(protocol="file", location=str(path), format=DiskFormat.ISO)


@pytest.fixture
async def monitor(bench: Bench) -> AsyncGenerator[Monitor]:
    """A conversation with a VM that runs, its drive empty."""
    await bench.vm()
    vm = QemuVm(str(bench.folder / "run"), "vm", SUBJECT, QUICK)
    async with vm.talk() as talk:
        yield talk


async def _nodes(monitor: Monitor) -> list[str]:
    nodes = await monitor.query("query-named-block-nodes", list[disc.Named], {"flat": True})
    return [node.node_name for node in nodes if node.node_name.startswith(disc.NODE)]


async def _run(monitor: Monitor, iso: Address, steps: int) -> None:
    """The first so many steps of putting the disc in."""
    node = node_name(iso.location, disc.NODE)
    commands: tuple[tuple[str, dict[str, object]], ...] = (
        ("blockdev-add", disc.node_options(iso)),
        ("blockdev-open-tray", {"id": disc.DRIVE, "force": True}),
        ("blockdev-insert-medium", {"id": disc.DRIVE, "node-name": node}),
    )
    for name, arguments in commands[:steps]:
        await monitor.execute(name, arguments)


@pytest.mark.parametrize("steps", range(4))
async def test_an_insertion_that_was_cut_short_is_made_again(
    monitor: Monitor, iso: Address, steps: int
) -> None:
    """Whatever was done of it."""
    await _run(monitor, iso, steps)
    await disc.insert(monitor, iso, SUBJECT)
    assert await disc.inside(monitor) == iso.location
    assert await _nodes(monitor) == [node_name(iso.location, disc.NODE)]
    await disc.insert(monitor, iso, SUBJECT)


@pytest.mark.parametrize("steps", range(4))
async def test_a_drive_is_emptied_whatever_was_begun(
    monitor: Monitor, iso: Address, steps: int
) -> None:
    """The disc is closed too."""
    await _run(monitor, iso, steps)
    await disc.eject(monitor)
    assert await disc.inside(monitor) == ""
    assert await _nodes(monitor) == []
    await disc.insert(monitor, iso, SUBJECT)
    assert await disc.inside(monitor) == iso.location
