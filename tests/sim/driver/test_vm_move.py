"""Moves of running VMs between simulated hosts: time, faults, and disks that move along."""

from collections.abc import Sequence

import pytest
from msgspec.structs import replace

from core.driver_words import AttachedDisk, VmSpec
from core.model import errors
from core.model.errors import ForebayError
from sim.auditor import lost_writes
from sim.saved.saving import taken_apart
from sim.spec import MIB, FaultKind, FaultSpec
from tests.contract.rig import refused
from tests.sim.small_site import Small, play, silent

MEMORY_BYTES = MIB // 2
WRITTEN_BYTES = 8 * MIB
THERE = "sim://h2"


def spec(*disks: AttachedDisk) -> VmSpec:
    """The VM with its disks."""
    return VmSpec(vm_id="vm", name="vm", cpus=1, memory_bytes=MEMORY_BYTES, disks=disks)


async def started(small: Small, pool: str = "nfs") -> VmSpec:
    """A VM that runs on h1 with a half full disk."""
    await small.disk(pool=pool, written_bytes=WRITTEN_BYTES)
    vm = spec(small.attached(pool=pool))
    await small.host().start_vm("start", vm)
    return vm


async def carried(small: Small, pool: str = "nfs", target: str = "nfs2") -> VmSpec:
    """It as it shall be when its disk has moved along, to a blank disk of that name."""
    await started(small, pool)
    await small.disk(pool=target)
    return spec(small.attached(pool=target))


async def move(small: Small, vm: VmSpec, host: str = THERE) -> None:
    """Let it go from h1."""
    await small.host().migrate_vm("op", vm, host, silent)


def homes(small: Small) -> list[str]:
    """The hosts on which it runs."""
    return [name for name, host in small.world.hosts.items() if "vm" in host.guests]


def test_memory_goes_over_the_network() -> None:
    """Shared disks stay where they are, and nothing written is lost."""

    async def body(small: Small) -> None:
        vm = await started(small)
        began_s = small.runtime.now()
        await move(small, vm)
        assert small.runtime.now() - began_s == MEMORY_BYTES / MIB
        assert homes(small) == ["h2"]
        (status,) = (await small.host("h2").probe()).guests
        assert status.disks == vm.disks
        await move(small, vm)
        assert homes(small) == ["h2"]
        assert lost_writes(small.world) == []

    play(body)


@pytest.mark.parametrize("pools", [("nfs", "nfs2"), ("local", "nfs2")])
def test_disks_that_move_along_are_copied_with_all_that_is_written_meanwhile(
    pools: tuple[str, str],
) -> None:
    """It takes as long as memory and disks take."""

    async def body(small: Small) -> None:
        vm = await carried(small, *pools)
        began_s = small.runtime.now()
        await move(small, vm)
        took_s = small.runtime.now() - began_s
        assert took_s == (MEMORY_BYTES + WRITTEN_BYTES) / MIB
        assert homes(small) == ["h2"]
        assert small.world.pools[pools[0]].disks["disk"].open_by == ""
        assert small.world.pools[pools[1]].disks["disk"].open_by == "vm"
        await small.pool(pools[0]).remove_disk("op", "disk")
        assert lost_writes(small.world) == []

    play(body)


def test_a_vm_arrives_though_nobody_waits() -> None:
    """The control plane died meanwhile; the same call finds it there."""

    async def body(small: Small) -> None:
        vm = await carried(small)
        with small.runtime.scope() as scope:

            def die(_done_bytes: int, _total_bytes: int) -> None:
                small.world.plane_dies()
                scope.cancel()

            await small.host().migrate_vm("op", vm, THERE, die)
        assert homes(small) == ["h1"]
        await small.runtime.sleep(3600.0)
        assert homes(small) == ["h2"]
        await move(small, vm)
        assert lost_writes(small.world) == []

    play(body)


def test_a_cancelled_move_leaves_all_as_it_was() -> None:
    """Memory and room are given back, and the call can be made again."""

    async def body(small: Small) -> None:
        vm = await carried(small)
        with small.runtime.scope(2.0) as scope:
            await move(small, vm)
        assert scope.cancelled
        assert homes(small) == ["h1"]
        assert small.world.hosts["h2"].incoming == {}
        assert small.world.pools["nfs2"].room.partials == {}
        guest = small.world.hosts["h1"].guests["vm"]
        assert (guest.copies, guest.slots[0].copying) == ({}, None)
        await move(small, vm)
        assert lost_writes(small.world) == []

    play(body)


FAULTS: list[tuple[FaultSpec, type[ForebayError], list[str]]] = [
    (FaultSpec(where="pool/nfs2", what=FaultKind.BREAK, at_s=1.0), errors.Unavailable, ["h1"]),
    (
        FaultSpec(where="host/h2", what=FaultKind.DOWN, at_s=1.0, for_s=3600.0),
        errors.Unavailable,
        ["h1"],
    ),
    (
        FaultSpec(where="host/h1", what=FaultKind.DOWN, at_s=1.0, for_s=3600.0),
        errors.Unavailable,
        [],
    ),
]


@pytest.mark.parametrize(("fault", "kind", "left"), FAULTS)
def test_a_move_that_fails_leaves_the_vm_where_it_was(
    fault: FaultSpec, kind: type[ForebayError], left: list[str]
) -> None:
    """Unless its own host died."""

    async def body(small: Small) -> None:
        vm = await carried(small)
        await refused(kind, small.host().migrate_vm("op", vm, THERE, silent))
        assert homes(small) == left
        assert lost_writes(small.world) == []

    play(body, faults=(fault,))


def test_a_host_that_is_down_takes_nothing() -> None:
    """That is a Conflict, because nothing is in doubt: the VM goes on here."""

    async def body(small: Small) -> None:
        vm = await started(small)
        small.world.host_fails(small.world.hosts["h2"])
        await refused(errors.Conflict, small.host().migrate_vm("op", vm, THERE, silent))
        assert homes(small) == ["h1"]

    play(body)


def wrong(small: Small, vm: VmSpec) -> Sequence[tuple[VmSpec, str, type[ForebayError]]]:
    """What is refused."""
    other = replace(vm, vm_id="other")
    elsewhere = replace(vm.disks[0], address=small.pool("nfs2").address("none"))
    return (
        (vm, "sim://h1", errors.Invalid),
        (vm, "sim://h9", errors.NotFound),
        (other, THERE, errors.NotFound),
        (replace(vm, disks=()), THERE, errors.Conflict),
        (replace(vm, disks=(elsewhere,)), THERE, errors.NotFound),
        (replace(vm, memory_bytes=2 * MIB), THERE, errors.NoCapacity),
    )


def test_wrong_moves_are_refused() -> None:
    """The VM goes on where it is."""

    async def body(small: Small) -> None:
        vm = await started(small)
        for asked, host, kind in wrong(small, vm):
            await refused(kind, small.host().migrate_vm("op", asked, host, silent))
        assert homes(small) == ["h1"]

    play(body)


def test_a_disk_of_a_host_of_its_own_does_not_stay_behind() -> None:
    """The other host does not reach it."""

    async def body(small: Small) -> None:
        vm = await started(small, "local")
        await refused(errors.NotFound, small.host().migrate_vm("op", vm, THERE, silent))

    play(body)


def test_memory_of_two_that_come_at_once_is_counted() -> None:
    """The second is refused while the first is on its way."""

    async def body(small: Small) -> None:
        vm = await started(small)
        await small.disk("second")
        twin = replace(vm, vm_id="twin", memory_bytes=MIB // 2, disks=(small.attached("second"),))
        await small.host().start_vm("start", twin)
        big = replace(twin, memory_bytes=MIB // 2 + 1)
        async with small.runtime.nursery() as nursery:
            nursery.start_soon(move, small, vm)
            await small.runtime.sleep(0.1)
            await refused(errors.NoCapacity, small.host().migrate_vm("op2", big, THERE, silent))

    play(body)


def test_a_move_under_way_is_saved_as_none() -> None:
    """The targets are no copies and the VM is on its source, when the world comes back."""

    async def body(small: Small) -> None:
        vm = await carried(small)
        async with small.runtime.nursery() as nursery:
            nursery.start_soon(move, small, vm)
            await small.runtime.sleep(1.0)
            saved = taken_apart(small.world)
        assert [guest.host for guest in saved.guests] == ["h1"]
        assert saved.pools["nfs2"].disks["disk"].mirrored
        assert saved.pools["nfs2"].partials == {}

    play(body)
