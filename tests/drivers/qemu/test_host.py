"""A host of QEMU processes, with guests that really write."""

import os
import signal

import anyio
import msgspec
import pytest

from core.driver_words import GuestStatus, VmSpec
from core.model import errors
from drivers import guest
from drivers.qemu import qmp
from drivers.qemu.host import QemuHost
from drivers.qemu.machine import QemuVm, Settings
from tests.drivers.bench import (
    DATA_BYTES,
    MEBIBYTE,
    POLL_S,
    QUICK,
    WAIT_S,
    Bench,
    attached,
    dies_when_it_prints,
    ignore,
)

pytestmark = [pytest.mark.anyio, pytest.mark.qemu]

DURABLE = Settings(durable=True)


async def the_guest(host: QemuHost) -> GuestStatus:
    """The only VM that the host runs."""
    (found,) = (await host.probe()).guests
    return found


async def test_a_started_vm_writes_and_is_reported_with_its_disks(bench: Bench) -> None:
    """What was asked for is what runs, and asking again changes nothing."""
    spec = await bench.vm()
    await bench.host.start_vm("op", spec)
    running = await the_guest(bench.host)
    assert running == GuestStatus(vm_id="vm", disks=spec.disks)
    assert len(bench.process_ids()) == 1


async def test_stopping_keeps_every_acknowledged_write(bench: Bench) -> None:
    """Forced or not, QEMU writes out all that it holds before it ends."""
    spec = await bench.vm()
    for forced in (False, True):
        await bench.host.stop_vm("op", "vm", forced=forced)
        await bench.host.stop_vm("op", "vm", forced=forced)
        assert (await bench.host.probe()).guests == ()
        assert bench.holds_every_write(spec.disks[1].address)
        await bench.host.start_vm("op", spec)
        await bench.wait_for_writes()


async def test_a_running_vm_is_not_started_with_other_disks(bench: Bench) -> None:
    """The caller must know that its idea of the VM is wrong."""
    spec = await bench.vm()
    with pytest.raises(errors.Conflict):
        await bench.host.start_vm("op", msgspec.structs.replace(spec, disks=spec.disks[:1]))


async def test_a_vm_does_not_start_with_an_absent_or_busy_disk(bench: Bench) -> None:
    """Neither a disk that is not there nor one that another VM has open is given to QEMU."""
    spec = await bench.vm()
    absent = attached(bench.first, "absent", 0, DATA_BYTES)
    for disk, error in ((absent, errors.NotFound), (spec.disks[1], errors.Busy)):
        other = VmSpec(vm_id="other", name="o", cpus=1, memory_bytes=MEBIBYTE, disks=(disk,))
        with pytest.raises(error):
            await bench.host.start_vm("op", other)
    assert len((await bench.host.probe()).guests) == 1


async def test_memory_of_the_host_is_not_given_away_twice(bench: Bench) -> None:
    """A host with room for one VM refuses the second."""
    await bench.vm()
    small = bench.make_host(Settings(memory_bytes=20 * MEBIBYTE))
    second = VmSpec(vm_id="second", name="s", cpus=1, memory_bytes=16 * MEBIBYTE, disks=())
    with pytest.raises(errors.NoCapacity):
        await small.start_vm("op", second)


async def test_disks_are_plugged_and_unplugged_without_the_guests_help(bench: Bench) -> None:
    """Both answer the same when they are asked again."""
    spec = await bench.vm()
    extra = await bench.disk("extra", 5)
    for _ in range(2):
        await bench.host.attach_disk("op", "vm", extra)
        assert (await the_guest(bench.host)).disks == (*spec.disks, extra)
    for _ in range(2):
        await bench.host.detach_disk("op", "vm", 5)
        assert (await the_guest(bench.host)).disks == spec.disks
    await bench.first.remove_disk("op", "extra")
    await bench.wait_for_writes()


async def test_a_slot_or_a_disk_is_never_used_twice(bench: Bench) -> None:
    """A taken slot, a disk that is plugged in elsewhere, and the CD-ROM's slot are refused."""
    spec = await bench.vm()
    extra = await bench.disk("extra", 1)
    refused = (
        (extra, errors.Conflict),
        (msgspec.structs.replace(spec.disks[1], device_id=4), errors.Busy),
        (msgspec.structs.replace(extra, device_id=3), errors.Invalid),
    )
    for disk, error in refused:
        with pytest.raises(error):
            await bench.host.attach_disk("op", "vm", disk)
    assert (await the_guest(bench.host)).disks == spec.disks


async def test_a_vm_that_does_not_run_is_not_found(bench: Bench) -> None:
    """All calls that need a running VM say so."""
    disk = await bench.disk("disk", 1)
    calls = (
        bench.host.attach_disk("op", "vm", disk),
        bench.host.detach_disk("op", "vm", 1),
        bench.host.resize_disk("op", "vm", 1, DATA_BYTES),
        bench.host.snapshot_disk("op", "vm", 1, disk.address, ignore),
        bench.host.mirror_disk("op", "vm", 1, disk, ignore),
    )
    for call in calls:
        with pytest.raises(errors.NotFound):
            await call


async def test_a_disk_grows_under_a_running_vm_and_never_shrinks(bench: Bench) -> None:
    """The pool sees the new size, and refuses to resize what a guest has open."""
    await bench.vm()
    for _ in range(2):
        await bench.host.resize_disk("op", "vm", 1, 2 * DATA_BYTES)
    found = await bench.first.inspect("vm-data")
    assert found is not None
    assert found.size_bytes == 2 * DATA_BYTES
    with pytest.raises(errors.Invalid):
        await bench.host.resize_disk("op", "vm", 1, DATA_BYTES)
    with pytest.raises(errors.Busy):
        await bench.first.resize_disk("op", "vm-data", 3 * DATA_BYTES, shrink=False)
    with pytest.raises(errors.NotFound):
        await bench.host.resize_disk("op", "vm", 9, DATA_BYTES)
    await bench.wait_for_writes()
    await bench.host.stop_vm("op", "vm", forced=True)
    assert bench.holds_every_write(bench.first.address("vm-data"))


async def test_a_guest_is_told_that_its_disk_is_gone(bench: Bench) -> None:
    """No write is acknowledged that is on no disk."""
    spec = await bench.vm()
    await bench.host.detach_disk("op", "vm", 1)
    with anyio.fail_after(WAIT_S):
        while bench.serial_log().count(guest.REFUSED) < 3:  # noqa: ASYNC110 - in a guest
            await anyio.sleep(POLL_S)
    assert bench.holds_every_write(spec.disks[1].address)


async def test_a_pool_leaves_a_disk_alone_that_a_guest_has_open(bench: Bench) -> None:
    """Neither removal nor a snapshot nor a copy of it is possible meanwhile."""
    spec = await bench.vm()
    data = spec.disks[1]
    calls = (
        bench.first.remove_disk("op", data.name),
        bench.first.take_snapshot("op", data.name, "snapshot"),
        bench.store.store("op", "copy", data.address, ignore),
    )
    for call in calls:
        with pytest.raises(errors.Busy):
            await call
    assert await bench.store.list_objects("") == ()


async def test_counters_grow_with_the_guests_writes(bench: Bench) -> None:
    """Each write of the guest is one operation of one sector."""
    await bench.vm()
    counters = {found.device_id: found for found in await bench.host.statistics()}
    assert counters[1].write_operations >= 2
    assert counters[1].write_bytes == 512 * counters[1].write_operations
    assert counters[0].write_bytes == 0


async def test_a_killed_durable_vm_has_lost_no_acknowledged_write(bench: Bench) -> None:
    """With durable disks the guest is told only of what lasts; it then goes on from there."""
    spec = await bench.vm(settings=DURABLE)
    await bench.kill()
    assert bench.holds_every_write(spec.disks[1].address)
    assert (await bench.host.probe()).guests == ()
    await bench.make_host(DURABLE).start_vm("op", spec)
    await bench.wait_for_writes()
    await bench.host.stop_vm("op", "vm", forced=True)
    assert bench.holds_every_write(spec.disks[1].address)


async def test_a_vm_that_does_not_answer_is_only_stopped_by_force(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It may still be writing, so nobody takes it for gone before it is."""
    monkeypatch.setattr(qmp, "ANSWER_TIMEOUT_S", 0.1)
    await bench.vm()
    (process_id,) = bench.process_ids()
    os.kill(process_id, signal.SIGSTOP)
    with pytest.raises(errors.Unavailable):
        await bench.host.probe()
    with pytest.raises(errors.Unavailable):
        await bench.host.stop_vm("op", "vm", forced=False)
    assert bench.process_ids() == [process_id]
    await bench.host.stop_vm("op", "vm", forced=True)
    assert bench.process_ids() == []
    assert (await bench.host.probe()).guests == ()


async def test_a_vm_outlives_the_control_plane_that_started_it(bench: Bench) -> None:
    """Killed without warning, it leaves a VM that the next one finds and stops."""
    spec = await bench.vm("template")
    await bench.host.stop_vm("op", "template", forced=True)
    code = (
        "import sys, msgspec, anyio\n"
        "from core.driver_words import VmSpec\n"
        "from drivers.qemu.host import QemuHost\n"
        "vm = msgspec.json.decode(sys.argv[2], type=VmSpec)\n"
        "anyio.run(QemuHost('host', sys.argv[1]).start_vm, 'op', vm, backend='trio')\n"
        "print('started', flush=True)\n"
        "anyio.run(anyio.sleep_forever)\n"
    )
    vm = msgspec.json.encode(msgspec.structs.replace(spec, vm_id="vm")).decode()
    assert dies_when_it_prints(code, str(bench.folder / "run"), vm) == b"started\n"
    await bench.wait_for_writes("vm")
    assert (await the_guest(bench.host)).disks == spec.disks
    await bench.host.stop_vm("op", "vm", forced=True)
    assert bench.process_ids() == []


def test_a_run_folder_with_a_long_path_is_refused() -> None:
    """A socket's path has at most 107 bytes."""
    with pytest.raises(errors.Invalid):
        QemuHost("host", "/" + "x" * 90, QUICK)


async def test_a_vm_that_was_left_still_goes_on(bench: Bench) -> None:
    """Whoever held it still for a moment may have died; the next look lets it go on."""
    await bench.vm()
    vm = QemuVm(str(bench.folder / "run"), "vm", "host/vm", QUICK)
    async with vm.talk() as monitor:
        await monitor.execute("stop")
    await bench.host.probe()
    await bench.wait_for_writes()
