"""Faults happen where, when and as often as their rows say, and the same from one seed."""

from random import Random

import pytest

from core.driver_words import DiskSpec
from core.model import errors
from sim import faults
from sim.spec import MIB, TIMED, FaultKind, FaultSpec
from tests.contract.rig import refused
from tests.sim.small_site import DISK_BYTES, QCOW2, SMALL, Small, play, silent

DISK = DiskSpec(name="disk", size_bytes=DISK_BYTES, format=QCOW2)


def row(what: FaultKind, **fields: float | str) -> FaultSpec:
    """A fault of the NFS pool."""
    return FaultSpec(where="pool/nfs", what=what, **fields)  # type: ignore[arg-type]


def test_a_refused_call_did_nothing() -> None:
    """Only the call that the row names is refused."""

    async def body(small: Small) -> None:
        pool = small.pool()
        await pool.probe()
        await refused(errors.Unavailable, pool.create_disk("op", DISK, None, silent))
        assert await pool.inspect("disk") is None
        await pool.create_disk("op", DISK, None, silent)

    play(body, faults=(row(FaultKind.REFUSE, action="create_disk"),))


def test_a_lost_answer_is_of_a_call_that_did_its_work() -> None:
    """The same call again finds it done."""

    async def body(small: Small) -> None:
        pool = small.pool()
        await refused(errors.Unavailable, pool.create_disk("op", DISK, None, silent))
        held = await pool.inspect("disk")
        assert held == await pool.create_disk("op", DISK, None, silent)

    play(body, faults=(row(FaultKind.LOST, action="create_disk"),))


def test_a_late_answer_comes_as_much_later() -> None:
    """From its second call on, twice."""

    async def body(small: Small) -> None:
        times: list[float] = []
        for _ in range(4):
            began_s = small.runtime.now()
            await small.pool().probe()
            times.append(small.runtime.now() - began_s)
        assert times == [0.0, 30.0, 30.0, 0.0]

    play(body, faults=(row(FaultKind.LATE, for_s=30.0, call=2, times=2),))


def test_a_slow_pool_is_slow_for_as_long_as_the_row_says() -> None:
    """Two faults at a time multiply, and both go again."""

    async def body(small: Small) -> None:
        link = small.world.pools["nfs"].read_link
        widths: list[float] = []
        for _ in range(4):
            await small.runtime.sleep(10.0)
            widths.append(link.capacity_bytes / MIB)
        assert widths == pytest.approx([0.5, 0.25, 0.5, 1.0])

    slow = row(FaultKind.SLOW, at_s=5.0, for_s=20.0, factor=0.5)
    slower = row(FaultKind.SLOW, at_s=15.0, for_s=20.0, factor=0.5)
    play(body, faults=(slow, slower))


def test_a_full_pool_has_room_again_when_the_fault_is_over() -> None:
    """While it lasts, nothing can be copied there."""

    async def body(small: Small) -> None:
        await small.disk("source", "nfs2", written_bytes=MIB)
        source = small.pool("nfs2").address("source")
        await small.runtime.sleep(5.0)
        create = small.pool().create_disk("op", DISK, source, silent)
        await refused(errors.NoCapacity, create)
        await small.runtime.sleep(10.0)
        await small.pool().create_disk("op", DISK, source, silent)

    play(body, faults=(row(FaultKind.FULL, at_s=1.0, for_s=10.0),))


@pytest.mark.parametrize(
    "fault",
    [
        FaultSpec(where="pool/nothing", what=FaultKind.DOWN),
        FaultSpec(where="nothing", what=FaultKind.DOWN),
        FaultSpec(where="host/h1", what=FaultKind.FULL),
    ],
)
def test_a_fault_that_cannot_happen_is_refused(fault: FaultSpec) -> None:
    """Before anything runs."""

    async def body(small: Small) -> None:
        with pytest.raises(errors.Invalid):
            faults.begin(small.world, small.world.nursery, (fault,))

    play(body)


def test_faults_drawn_from_one_seed_are_the_same() -> None:
    """They name things of the site, and every kind comes up."""
    one = faults.draw(SMALL, Random(5), count=200, within_s=3600.0)
    assert one == faults.draw(SMALL, Random(5), count=200, within_s=3600.0)
    assert one != faults.draw(SMALL, Random(6), count=200, within_s=3600.0)
    assert {fault.what for fault in one} == set(FaultKind)
    assert all(0 <= fault.at_s <= 3600.0 for fault in one if fault.what in TIMED)

    async def body(small: Small) -> None:
        await small.runtime.sleep(4 * 3600.0)

    play(body, faults=one)
