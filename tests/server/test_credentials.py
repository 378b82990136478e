"""The credentials' file is private, whole, and understood or named."""

from pathlib import Path

import pytest

from core.model.errors import Conflict, Integrity
from server import credentials
from server.credentials import drawn
from server.journal.lock import DirectoryLock

KNOWN = drawn("http://127.0.0.1:1")


def test_what_was_written_is_read_by_its_owner_only(tmp_path: Path) -> None:
    """Mode 0600, also when it replaces another."""
    credentials.write(tmp_path, KNOWN)
    credentials.write(tmp_path, KNOWN)
    assert credentials.read(tmp_path) == KNOWN
    path = tmp_path / credentials.FILE
    assert path.stat().st_mode & 0o777 == 0o600
    assert [entry.name for entry in tmp_path.iterdir()] == [credentials.FILE]


def test_without_a_file_there_are_none(tmp_path: Path) -> None:
    """A new data directory."""
    assert credentials.read(tmp_path) is None


def test_a_damaged_file_is_named(tmp_path: Path) -> None:
    """Not a traceback."""
    (tmp_path / credentials.FILE).write_text("{")
    with pytest.raises(Integrity) as refused:
        credentials.read(tmp_path)
    assert refused.value.object == f"file/{tmp_path / credentials.FILE}"


def test_the_server_keeps_only_a_hash() -> None:
    """From which the token cannot be had back."""
    assert KNOWN.token not in KNOWN.token_sha256
    assert len(KNOWN.token_sha256) == 64


def test_a_directory_has_one_server(tmp_path: Path) -> None:
    """The second is told who has it; after the first has gone it may."""
    with DirectoryLock(tmp_path):
        with pytest.raises(Conflict, match=r"another server \(process \d+\)") as refused:
            DirectoryLock(tmp_path)
        assert refused.value.object == f"directory/{tmp_path}"
    with DirectoryLock(tmp_path):
        pass
