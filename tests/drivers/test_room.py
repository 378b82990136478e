"""Room is promised once."""

from pathlib import Path

import pytest

from core.model import errors
from drivers.folder import Folder
from drivers.room import Room

pytestmark = pytest.mark.anyio

CAPACITY_BYTES = 1 << 20


async def test_room_that_was_promised_is_not_promised_again(tmp_path: Path) -> None:
    """Until the file that it was for is there, or is given up."""
    room = Room(Folder(str(tmp_path), "pool/1", CAPACITY_BYTES))
    async with room.kept(CAPACITY_BYTES // 2):
        assert await room.free_bytes() == CAPACITY_BYTES // 2
        with pytest.raises(errors.NoCapacity):
            async with room.kept(CAPACITY_BYTES // 2 + 1):
                pass
        async with room.kept(CAPACITY_BYTES // 2):
            assert await room.free_bytes() == 0
    assert await room.free_bytes() == CAPACITY_BYTES


async def test_what_files_take_is_not_promised(tmp_path: Path) -> None:
    """Files that are there already count."""
    (tmp_path / "file").write_bytes(b"x" * 4096)
    room = Room(Folder(str(tmp_path), "pool/1", CAPACITY_BYTES))
    assert await room.free_bytes() == CAPACITY_BYTES - 4096


async def test_files_that_grow_side_by_side_share_the_room(tmp_path: Path) -> None:
    """Each was told of all that is free, and together they get no more."""
    room = Room(Folder(str(tmp_path), "store/1", CAPACITY_BYTES))
    async with room.growing() as first, room.growing() as second:
        first.reach(CAPACITY_BYTES // 2)
        second.reach(CAPACITY_BYTES // 4)
        async with room.kept(CAPACITY_BYTES // 4):
            for growth in (first, second):
                growth.reach(CAPACITY_BYTES // 4)
                with pytest.raises(errors.NoCapacity):
                    growth.reach(CAPACITY_BYTES // 2 + 1)
        with pytest.raises(errors.NoCapacity):
            first.reach(CAPACITY_BYTES // 2 + 1)


async def test_a_file_that_failed_gives_its_room_to_others(tmp_path: Path) -> None:
    """Also to those that began before it failed."""
    room = Room(Folder(str(tmp_path), "store/1", CAPACITY_BYTES))

    async def fail() -> None:
        async with room.growing() as other:
            other.reach(CAPACITY_BYTES)
            raise errors.Integrity("it broke off", object="sender", hint="send it again")

    async with room.growing() as growth:
        with pytest.raises(errors.Integrity):
            await fail()
        growth.reach(CAPACITY_BYTES)


async def test_a_file_that_begins_later_does_not_get_what_another_has(tmp_path: Path) -> None:
    """Also while nothing of it is written."""
    room = Room(Folder(str(tmp_path), "store/1", CAPACITY_BYTES))
    async with room.growing() as first:
        first.reach(CAPACITY_BYTES // 2)
        async with room.growing() as second:
            with pytest.raises(errors.NoCapacity):
                second.reach(CAPACITY_BYTES // 2 + 1)
            second.reach(CAPACITY_BYTES // 2)


async def test_what_a_file_has_written_does_not_count_twice(tmp_path: Path) -> None:
    """It is used already; only the rest of what the file was given is still to come."""
    room = Room(Folder(str(tmp_path), "store/1", CAPACITY_BYTES))
    async with room.growing() as first:
        first.reach(CAPACITY_BYTES // 2)
        (tmp_path / "file").write_bytes(b"x" * (CAPACITY_BYTES // 4))
        first.wrote(CAPACITY_BYTES // 4)
        assert await room.free_bytes() == CAPACITY_BYTES // 2
