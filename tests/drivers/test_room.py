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
