"""Disks are checked, and their leaks mended, before machines use them."""

import pytest

from core.model.commands.command import Command
from core.model.commands.vm import StartVirtualMachine
from core.model.commands.volume import AttachVolume
from core.model.pool_types import DiskFormat
from core.plans.operation import CheckDisk
from tests.small_zone import SmallZone

SETTING = "volume.check.and.repair.leaks.before.use"
START = StartVirtualMachine(id="vm")
ATTACH = AttachVolume(id="vol", virtual_machine_id="vm")


@pytest.fixture
def zone() -> SmallZone:
    """A stopped machine with a root disk on nfs; volume vol is free, on the same pool."""
    made = SmallZone()
    made.stopped_vm()
    made.root()
    made.volume()
    return made


def _checked(zone: SmallZone, command: Command) -> list[str]:
    done = [step.do for step in zone.plan(command).steps if step.do is not None]
    checks = [do for do in done if isinstance(do, CheckDisk)]
    assert checks == done[: len(checks)]
    return [do.name for do in checks]


@pytest.mark.parametrize(("command", "disk"), [(START, "root-vm"), (ATTACH, "vol")])
def test_disks_are_mended_first_where_the_pool_wants_it(
    zone: SmallZone, command: Command, disk: str
) -> None:
    """Not by default, and not for another pool's setting."""
    zone.set(SETTING, value=True, scope="pool", scope_id="more")
    assert _checked(zone, command) == []
    zone.set(SETTING, value=True, scope="pool", scope_id="nfs")
    assert _checked(zone, command) == [disk]


def test_only_leaks_are_mended(zone: SmallZone) -> None:
    """What checkVolume has found stays what the volume shows."""
    zone.set(SETTING, value=True)
    (step,) = (step for step in zone.plan(START).steps if isinstance(step.do, CheckDisk))
    assert isinstance(step.do, CheckDisk)
    assert step.do.repair == "leaks"
    assert step.commit == ()


def test_disks_without_a_structure_are_not_checked(zone: SmallZone) -> None:
    """Raw ones."""
    zone.set(SETTING, value=True)
    zone.root(format=DiskFormat.RAW)
    zone.volume(format=DiskFormat.RAW)
    assert _checked(zone, START) == []
    assert _checked(zone, ATTACH) == []
