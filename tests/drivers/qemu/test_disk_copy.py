"""Copies of a disk that its guest is writing to, whole, cancelled, killed and taken up again."""

import subprocess
from collections.abc import Iterator
from pathlib import Path

import anyio
import pytest

from core.driver_words import Address, AttachedDisk, DiskSpec
from core.model import errors
from drivers.qemu import disk_copy
from tests.drivers.bench import (
    DATA_BYTES,
    MEBIBYTE,
    QCOW2,
    SLOW_COPY,
    WAIT_S,
    Bench,
    attached,
    call,
    content,
    dies_when_it_prints,
    ignore,
)

pytestmark = [pytest.mark.anyio, pytest.mark.qemu]

TAIL_BYTES = 48 * MEBIBYTE


async def prepared(bench: Bench, path: str = "snapshot") -> Address:
    """A place for an image of the data disk."""
    return await bench.store.prepare("op", path, format=QCOW2, size_bytes=DATA_BYTES)


async def mirror_target(bench: Bench) -> AttachedDisk:
    """A blank disk in the second pool for the data disk to move to."""
    disk = DiskSpec(name="vm-data", size_bytes=DATA_BYTES, format=QCOW2)
    await bench.second.create_disk("op", disk, None, ignore)
    return attached(bench.second, "vm-data", 1, DATA_BYTES)


async def fill(bench: Bench) -> None:
    """Give the data disk of the stopped VM content, so that its copy takes some time."""
    await bench.vm()
    await bench.host.stop_vm("op", "vm", forced=True)
    location = bench.first.address("vm-data").location
    write = f"write -P 90 {DATA_BYTES - TAIL_BYTES} {TAIL_BYTES}"
    call("qemu-io", "-f", "qcow2", "-c", write, location)


async def filled_vm(bench: Bench) -> None:
    """A running VM whose data disk takes about two seconds to copy at the slow rate."""
    await fill(bench)
    await bench.vm()


async def test_a_snapshot_is_the_disk_at_one_moment_of_the_call(bench: Bench) -> None:
    """All writes before it, none of those after it, though the guest never pauses."""
    await filled_vm(bench)
    target = await prepared(bench)
    before = bench.writes()
    copied_bytes = await bench.make_host(SLOW_COPY).snapshot_disk("op", "vm", 1, target, ignore)
    after = await bench.wait_for_writes()
    assert await prepared(bench) == target
    await bench.store.commit("op", "snapshot")
    snapshot = bench.store.address("snapshot")
    assert before <= bench.last_write(snapshot) <= after
    assert content(snapshot, bench.folder)[-TAIL_BYTES:] == b"\x5a" * TAIL_BYTES
    assert copied_bytes == DATA_BYTES


async def test_a_mirrored_vm_goes_on_at_its_target_with_every_write(bench: Bench) -> None:
    """The old disk is free at once, and asking again is success."""
    await filled_vm(bench)
    target = await mirror_target(bench)
    for _ in range(2):
        await bench.host.mirror_disk("op", "vm", 1, target, ignore)
        (running,) = (await bench.host.probe()).guests
        assert running.disks[1] == target
        assert running.copying == ()
    await bench.first.remove_disk("op", "vm-data")
    await bench.wait_for_writes()
    await bench.host.stop_vm("op", "vm", forced=True)
    assert bench.holds_every_write(target.address)
    assert content(target.address, bench.folder)[-TAIL_BYTES:] == b"\x5a" * TAIL_BYTES


@pytest.mark.parametrize("kind", ["snapshot", "mirror"])
async def test_a_cancelled_copy_leaves_the_vm_where_it_was(bench: Bench, kind: str) -> None:
    """Nothing keeps the target open, the guest goes on, and the same call succeeds afterwards."""
    await filled_vm(bench)
    host = bench.make_host(SLOW_COPY)
    place = await prepared(bench)
    target = await mirror_target(bench)
    with anyio.CancelScope() as scope:

        def cancel_midway(done_bytes: int, total_bytes: int) -> None:
            if 0 < done_bytes < total_bytes:
                scope.cancel()

        if kind == "snapshot":
            await host.snapshot_disk("op", "vm", 1, place, cancel_midway)
        else:
            await host.mirror_disk("op", "vm", 1, target, cancel_midway)
    assert scope.cancelled_caught
    (running,) = (await bench.host.probe()).guests
    assert running.copying == ()
    assert running.disks[1].address == bench.first.address("vm-data")
    await bench.store.remove("op", "snapshot")
    await bench.second.remove_disk("op", "vm-data")
    await bench.wait_for_writes()
    if kind == "snapshot":
        await bench.host.snapshot_disk("op", "vm", 1, await prepared(bench), ignore)
    else:
        await bench.host.mirror_disk("op", "vm", 1, await mirror_target(bench), ignore)


async def test_a_vm_that_died_after_its_mirror_took_over_is_on_the_target(bench: Bench) -> None:
    """The same call then succeeds without the VM, because only the target has all writes."""
    await filled_vm(bench)
    target = await mirror_target(bench)
    await bench.host.mirror_disk("op", "vm", 1, target, ignore)
    bench.kill_all()
    await bench.host.mirror_disk("op", "vm", 1, target, ignore)
    with pytest.raises(errors.NotFound):
        await bench.host.mirror_disk("other", "vm", 1, target, ignore)
    assert bench.holds_every_write(target.address)


async def test_a_mirror_that_takes_over_is_not_cut_short(bench: Bench) -> None:
    """Cancelled when all is copied, it still ends on the target, and is a success."""
    await filled_vm(bench)
    target = await mirror_target(bench)
    with anyio.CancelScope() as scope:

        def cancel_at_the_end(done_bytes: int, total_bytes: int) -> None:
            if done_bytes == total_bytes:
                scope.cancel()

        await bench.host.mirror_disk("op", "vm", 1, target, cancel_at_the_end)
    (running,) = (await bench.host.probe()).guests
    on_target = running.disks[1] == target
    assert on_target or scope.cancelled_caught


async def test_a_vm_that_dies_during_its_copy_is_reported(bench: Bench) -> None:
    """Half a copy is not taken for an image, and after a restart the same call succeeds."""
    await filled_vm(bench)
    place = await prepared(bench)

    def kill_midway(done_bytes: int, total_bytes: int) -> None:
        if 0 < done_bytes < total_bytes:
            bench.kill_all()

    with pytest.raises(errors.Unavailable):
        await bench.make_host(SLOW_COPY).snapshot_disk("op", "vm", 1, place, kill_midway)
    with pytest.raises(errors.Integrity):
        await bench.store.commit("op", "snapshot")
    await bench.vm()
    place = await prepared(bench)
    await bench.host.snapshot_disk("op", "vm", 1, place, ignore)
    await bench.store.commit("op", "snapshot")


async def test_a_copied_disk_is_not_copied_again_nor_unplugged_nor_resized(bench: Bench) -> None:
    """A second operation on it is told to wait, and does no harm to the first."""
    await filled_vm(bench)
    host = bench.make_host(SLOW_COPY)
    place, second = await prepared(bench), await prepared(bench, "second")
    started = anyio.Event()

    def note(done_bytes: int, total_bytes: int) -> None:
        if 0 < done_bytes < total_bytes:
            started.set()

    async with anyio.create_task_group() as group:
        group.start_soon(host.snapshot_disk, "op", "vm", 1, place, note)
        with anyio.fail_after(WAIT_S):
            await started.wait()
        (running,) = (await host.probe()).guests
        assert running.copying == ("op",)
        assert running.disks[1].address == bench.first.address("vm-data")
        with pytest.raises(errors.Busy):
            await host.snapshot_disk("other", "vm", 1, second, ignore)
        with pytest.raises(errors.Busy):
            await host.detach_disk("op", "vm", 1)
        with pytest.raises(errors.Busy):
            await host.resize_disk("op", "vm", 1, 2 * DATA_BYTES)
        with pytest.raises(errors.Busy):
            await bench.store.commit("op", "snapshot")
    await bench.store.commit("op", "snapshot")
    bench.last_write(bench.store.address("snapshot"))


async def test_a_copy_is_joined_after_the_control_plane_was_killed(bench: Bench) -> None:
    """QEMU goes on with it, its place is not made anew, and the same call waits for its end."""
    await filled_vm(bench)
    place = await prepared(bench)
    code = (
        "import sys, anyio\n"
        "from core.driver import Address\n"
        "from core.model.hypervisors import DiskFormat\n"
        "from drivers.qemu.host import QemuHost, Settings\n"
        "def tell(done, total):\n"
        "    if 0 < done < total:\n"
        "        print('copying', flush=True)\n"
        "host = QemuHost('host', sys.argv[1], Settings(copy_bytes_per_s=24 << 20))\n"
        "place = Address(protocol='file', location=sys.argv[2], format=DiskFormat.QCOW2)\n"
        "anyio.run(host.snapshot_disk, 'job/1', 'vm', 1, place, tell, backend='trio')\n"
    )
    line = dies_when_it_prints(code, str(bench.folder / "run"), place.location)
    assert line == b"copying\n"
    (running,) = (await bench.host.probe()).guests
    assert running.copying == ("job/1",)
    assert await prepared(bench) == place
    seen: list[int] = []
    await bench.host.snapshot_disk(
        "job/1", "vm", 1, place, lambda done_bytes, _total_bytes: seen.append(done_bytes)
    )
    assert seen[0] > 0
    await bench.store.commit("op", "snapshot")
    bench.last_write(bench.store.address("snapshot"))


@pytest.fixture
def small_folder(bench: Bench) -> Iterator[Path]:
    """A file system of a megabyte."""
    small = bench.folder / "small"
    small.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=1M", "tmpfs", str(small)]
    if subprocess.run(command, check=False, stderr=subprocess.DEVNULL).returncode:
        pytest.skip("this user may not mount a small file system")
    yield small
    bench.kill_all()
    subprocess.run(["umount", "--lazy", str(small)], check=True)


async def test_a_guest_loses_nothing_when_the_target_of_its_copy_is_full(
    bench: Bench, small_folder: Path
) -> None:
    """The copy fails for want of room, and the guest goes on as if there had been none."""
    await filled_vm(bench)
    place = Address(protocol="file", location=str(small_folder / "place"), format=QCOW2)
    call("qemu-img", "create", "-q", "-f", "qcow2", place.location, str(DATA_BYTES))
    with pytest.raises(errors.NoCapacity):
        await bench.host.snapshot_disk("op", "vm", 1, place, ignore)
    await bench.wait_for_writes()
    await bench.host.stop_vm("op", "vm", forced=True)
    assert bench.holds_every_write(bench.first.address("vm-data"))
    assert b"E" not in bench.serial_log()


@pytest.mark.parametrize("op", ["op", "job/17:3", "déjà vu", "a_b.c-d"])
def test_an_operation_is_known_again_by_its_job(op: str) -> None:
    """QEMU takes only few letters; the others are written by their numbers."""
    job = disk_copy.job_id(op)
    assert job.replace("_", "-").replace(".", "-").replace("-", "").isalnum()
    assert job.isascii()
    assert disk_copy.operation(job) == op
