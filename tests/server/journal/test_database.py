"""The journal's file: what is damaged in it is found and named, and nothing else is refused."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from core.journal import Entry, Stored
from core.model.errors import ForebayError, Integrity, Unavailable, Unsupported
from server.journal.database import Batch, JournalFile


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A closed journal with 200 events and a record for each."""
    path = tmp_path / "journal.db"
    with closing(JournalFile(path, "abc")) as file:
        batch = Batch(1)
        numbers = range(1, 201)
        batch.add(
            [Entry(number, float(number), b"event %d" % number) for number in numbers],
            [Stored("volume", f"v{number}", b"record %d" % number) for number in numbers],
        )
        file.commit(batch, 1000, 10)
    return path


def contents(path: Path) -> tuple[list[Entry], list[Stored]]:
    """All that the journal holds."""
    with closing(JournalFile(path, "other")) as file:
        return file.read(0, 10_000), list(file.records())


def refusal(path: Path) -> ForebayError:
    """The error with which the damaged journal is refused."""
    with pytest.raises(ForebayError) as refused:
        contents(path)
    assert refused.value.object == f"file/{path}"
    assert refused.value.hint
    return refused.value


def damage(path: Path, statement: str) -> None:
    """Change the closed file behind the journal's back."""
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute(statement)


def test_what_was_written_is_there(path: Path) -> None:
    """Events in order, records by kind and id, and who it is."""
    entries, records = contents(path)
    assert entries[6] == Entry(7, 7.0, b"event 7")
    assert Stored("volume", "v7", b"record 7") in records
    assert (len(entries), len(records)) == (200, 200)


@pytest.mark.parametrize(
    ("statement", "named"),
    [
        ("DELETE FROM events WHERE position = 4", "event 4 is missing"),
        ("DELETE FROM events WHERE position = 200", "event 200 is missing"),
        ("DELETE FROM events WHERE position = 1", "event 1 is missing"),
        ("DELETE FROM events", "event 1 is missing"),
        ("UPDATE records SET data = x'00' WHERE id = 'v3'", "record volume/v3 is damaged"),
        ("UPDATE records SET data = 'text' WHERE id = 'v3'", "record volume/v3 is damaged"),
        ("UPDATE records SET id = 'w3' WHERE id = 'v3'", "record volume/w3 is damaged"),
        ("UPDATE events SET data = x'00' WHERE position = 7", "event 7 is damaged"),
        ("UPDATE events SET at_s = 8 WHERE position = 7", "event 7 is damaged"),
        ("UPDATE meta SET value = 'x' WHERE name = 'head'", "table meta is damaged"),
        ("DELETE FROM meta WHERE name = 'format'", "table meta is damaged"),
        ("DROP TABLE records", "records"),
        ("DROP TABLE meta", "meta"),
    ],
)
def test_damage_is_named(path: Path, statement: str, named: str) -> None:
    """A damaged file is refused with its name and the name of what is damaged."""
    damage(path, statement)
    error = refusal(path)
    assert isinstance(error, Integrity)
    assert named in str(error)


def test_bytes_written_over_the_file_are_found_wherever_they_matter(path: Path) -> None:
    """Over any part of it: it is refused as damaged, or nothing of its content is changed."""
    whole, content = path.read_bytes(), contents(path)
    refused = [at for at in range(0, len(whole), 499) if not _survives(path, whole, at, content)]
    assert len(refused) > 10


def _survives(path: Path, whole: bytes, at: int, content: object) -> bool:
    path.write_bytes(whole[:at] + b"\xa5" * 64 + whole[at + 64 :])
    try:
        return contents(path) == content
    except Integrity:
        return False


def test_a_truncated_file_is_refused(path: Path) -> None:
    """The second half is gone."""
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    assert isinstance(refusal(path), Integrity)


def test_a_file_that_is_no_database_is_refused(path: Path) -> None:
    """Somebody put something else there."""
    path.write_text("this is not a journal at all, but it is long enough to have a header" * 20)
    assert isinstance(refusal(path), Integrity)


def test_a_journal_of_a_newer_server_is_refused(path: Path) -> None:
    """Its format may mean anything."""
    damage(path, "UPDATE meta SET value = 99 WHERE name = 'format'")
    assert isinstance(refusal(path), Unsupported)


def test_a_folder_in_its_place_is_named(path: Path) -> None:
    """Not a traceback."""
    path.unlink()
    path.mkdir()
    assert isinstance(refusal(path), Unavailable)
