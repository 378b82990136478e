"""Guests write without events: what is found is what their pattern and the room admit."""

import pytest

from sim.disk.content import Blocks, last_write
from sim.guest import HOUR_S, WritePattern
from tests.sim.small_site import BLOCK_BYTES, DISK_BYTES, Small, play

PER_S = 2


def test_an_hourly_pattern_is_summed_piece_by_piece() -> None:
    """Over parts of hours, and over days."""
    pattern = WritePattern(hourly_bytes_per_s=(1.0, 0.0, 3.0))
    assert pattern.between(0.5 * HOUR_S, 2.5 * HOUR_S) == pytest.approx(2.0 * HOUR_S)
    assert pattern.between(0.0, 7 * HOUR_S) == pytest.approx(9.0 * HOUR_S)
    assert WritePattern(hourly_bytes_per_s=(2.0,)).between(10.0, 20.0) == 20.0


def test_looking_often_finds_what_looking_once_finds() -> None:
    """Parts of blocks are kept between two looks."""

    async def body(small: Small) -> None:
        await small.disk("often")
        await small.disk("once")
        await small.boot(small.attached("often"), vm_id="often")
        await small.boot(small.attached("once"), vm_id="once")
        for _ in range(97):
            await small.runtime.sleep(0.31)
            await small.pool().inspect("often")
        disks = small.world.pools["nfs"].disks
        for name in ("often", "once"):
            await small.host().stop_vm("op", name, forced=True)
            assert disks[name].content.last == int(97 * 0.31 * PER_S)
            assert last_write(disks[name].content) == disks[name].content.last

    play(body)


def test_a_guest_that_wrote_for_years_is_caught_up_in_one_round() -> None:
    """Only the last write to each slot is made."""

    async def body(small: Small) -> None:
        await small.disk()
        await small.boot(small.attached())
        await small.runtime.sleep(3 * 365 * 24 * HOUR_S)
        held = await small.pool().inspect("disk")
        assert held is not None
        assert held.physical_bytes == DISK_BYTES
        content = small.world.pools["nfs"].disks["disk"].content
        assert last_write(content) == 3 * 365 * 24 * 3600 * PER_S

    play(body)


def test_a_guest_on_a_full_pool_stands_still_and_goes_on() -> None:
    """No write is acknowledged that has no room; what is there may be overwritten."""

    async def body(small: Small) -> None:
        await small.disk()
        pool = small.world.pools["nfs"]
        pool.room.capacity_bytes = 5 * BLOCK_BYTES
        await small.boot(small.attached())
        await small.runtime.sleep(60.0)
        assert (await small.pool().probe()).used_bytes == 5 * BLOCK_BYTES
        assert pool.disks["disk"].content.last == 5
        pool.room.capacity_bytes = DISK_BYTES
        await small.runtime.sleep(1.0)
        assert (await small.pool().probe()).used_bytes == (5 + PER_S) * BLOCK_BYTES
        content = pool.disks["disk"].content
        assert isinstance(content, Blocks)
        assert last_write(content) == 5 + PER_S

    play(body)


def test_a_snapshot_keeps_the_room_of_what_is_overwritten() -> None:
    """It is free again when the snapshot goes."""

    async def body(small: Small) -> None:
        await small.disk(pool="rbd", written_bytes=DISK_BYTES)
        pool = small.pool("rbd")
        await small.boot(small.attached(pool="rbd"))
        await pool.take_snapshot("op", "disk", "s1")
        await small.runtime.sleep(10.0)
        used_bytes = (await pool.probe()).used_bytes
        assert used_bytes == DISK_BYTES + 10 * PER_S * BLOCK_BYTES
        await pool.remove_snapshot("op", "disk", "s1")
        assert (await pool.probe()).used_bytes == DISK_BYTES

    play(body)
