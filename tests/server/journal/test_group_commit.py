"""The journal as the control plane uses it: order, durability, full disks, kills."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import trio
from hypothesis import given, settings
from hypothesis import strategies as st

from core.journal import Stored
from core.model.errors import Busy
from core.trio_runtime import TrioRuntime
from server.journal.database import JournalFile
from server.journal.group_commit import open_journal
from server.journal.schema import JournalLimits

pytestmark = pytest.mark.anyio


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Where the journal's file will be."""
    return tmp_path / "journal.db"


async def test_what_was_appended_is_read_back_in_order_after_a_restart(path: Path) -> None:
    """Events keep positions, times and bytes; records are their last bytes."""
    runtime = TrioRuntime(start_s=0.0)
    async with open_journal(path, runtime, instance="abc") as journal:
        assert (journal.head, journal.tail) == (0, 0)
        assert journal.append(5.5, [b"a", b"b"], [Stored("pool", "p", b"1")]) == 2
        changes = [Stored("pool", "p", b"2"), Stored("pool", "q", b"3")]
        assert journal.append(6.5, [b"c"], changes) == 3
        journal.append(7.5, [b"d"], [Stored("pool", "q", None)])
        await journal.durable(4)
    async with open_journal(path, runtime, instance="other") as journal:
        assert (journal.head, journal.tail, journal.instance) == (4, 1, "abc")
        read = [(entry.position, entry.at_s, entry.data) for entry in journal.read(0, 10)]
        assert read == [(1, 5.5, b"a"), (2, 5.5, b"b"), (3, 6.5, b"c"), (4, 7.5, b"d")]
        assert list(journal.records()) == [Stored("pool", "p", b"2")]


async def test_only_durable_events_are_read_and_a_cursor_reads_all_of_them(path: Path) -> None:
    """What is only queued is not settled, and not shown; a cursor gives each event once."""
    limits = JournalLimits(recent_events=3)
    runtime = TrioRuntime(start_s=0.0)
    async with open_journal(path, runtime, instance="abc", limits=limits) as journal:
        journal.append(1.0, [b"%d" % number for number in range(1, 11)], [])
        assert journal.read(0, 100) == []
        assert not journal.settled
        await journal.durable(10)
        assert journal.settled
        seen: list[int] = []
        while entries := journal.read(len(seen), 4):
            seen += [entry.position for entry in entries]
        assert seen == list(range(1, 11))


async def test_appends_of_many_tasks_share_commits(path: Path) -> None:
    """A hundred waiting tasks need far fewer than a hundred transactions."""
    async with open_journal(path, TrioRuntime(start_s=0.0), instance="abc") as journal:

        async def write() -> None:
            await journal.durable(journal.append(1.0, [b"x"], []))

        async with trio.open_nursery() as nursery:
            for _ in range(100):
                nursery.start_soon(write)
        statistics = journal.statistics()
        assert statistics["durable"] == 100
        assert int(statistics["commits"]) < 20


async def test_records_without_events_are_durable_when_their_position_is(path: Path) -> None:
    """A caller that changed only records can wait for them too."""
    runtime = TrioRuntime(start_s=0.0)
    async with open_journal(path, runtime, instance="abc") as journal:
        await journal.durable(journal.append(1.0, [b"x"], []))
        position = journal.append(1.0, [], [Stored("setting", "s", b"1")])
        await journal.durable(position)
        assert int(journal.statistics()["commits"]) == 2


async def test_a_full_queue_refuses_and_takes_again_when_it_was_written(path: Path) -> None:
    """Memory is bounded: beyond the limit appends are Busy, and nothing of them is kept."""
    limits = JournalLimits(queue_events=5)
    runtime = TrioRuntime(start_s=0.0)
    async with open_journal(path, runtime, instance="abc", limits=limits) as journal:
        for _ in range(5):
            journal.append(1.0, [b"x"], [])
        with pytest.raises(Busy):
            journal.append(1.0, [b"refused"], [])
        await journal.durable(5)
        assert journal.append(1.0, [b"y"], []) == 6


async def test_old_events_go_and_the_tail_follows(path: Path) -> None:
    """No more than the limit is kept, the newest always, also across a restart."""
    limits = JournalLimits(keep_events=50, prune_events=10, recent_events=5)
    runtime = TrioRuntime(start_s=0.0)
    async with open_journal(path, runtime, instance="abc", limits=limits) as journal:
        for _ in range(30):
            await journal.durable(journal.append(1.0, [b"x"] * 10, []))
        assert (journal.head, journal.tail) == (300, 251)
        assert journal.read(0, 1)[0].position == 251
    async with open_journal(path, runtime, instance="abc", limits=limits) as journal:
        assert (journal.head, journal.tail) == (300, 251)


@given(st.lists(st.integers(min_value=0, max_value=5), max_size=30), st.integers(1, 20))
@settings(max_examples=15, deadline=None)
def test_any_sequence_of_appends_is_kept_whole(
    tmp_path_factory: pytest.TempPathFactory, sizes: list[int], keep: int
) -> None:
    """Whatever was appended, what is kept is its end without a gap."""

    async def check() -> None:
        path = tmp_path_factory.mktemp("journal") / "journal.db"
        limits = JournalLimits(keep_events=keep, prune_events=1)
        runtime = TrioRuntime(start_s=0.0)
        async with open_journal(path, runtime, instance="abc", limits=limits) as journal:
            for size in sizes:
                journal.append(1.0, [b"%d" % size] * size, [Stored("n", "n", b"%d" % size)])
                await journal.durable(journal.head)
        async with open_journal(path, runtime, instance="abc", limits=limits) as journal:
            kept = journal.read(0, 10_000)
            assert journal.head == sum(sizes)
            assert [entry.position for entry in kept] == list(
                range(journal.tail, journal.head + 1) if journal.head else ()
            )

    trio.run(check)


def test_a_full_disk_loses_nothing_and_needs_no_restart(path: Path) -> None:
    """Appends are refused and waits end; with room again all goes on, in order."""
    run = subprocess.run(
        [sys.executable, "-m", "tests.server.full_disk", str(path)],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert run.stdout.splitlines() == [
        "not durable: journal",
        "refused: make room on its disk, or mend it; the server goes on by itself then",
        "failing: 1",
        "went on: 3",
        "kept: [(1, 5), (2, 300000), (3, 4)]",
    ], run.stderr


@pytest.mark.parametrize("acknowledged", [1, 50, 400])
def test_a_killed_process_loses_nothing_that_it_acknowledged(path: Path, acknowledged: int) -> None:
    """Killed in the middle of commits, the journal opens whole, with all that was promised."""
    writer = subprocess.Popen(
        [sys.executable, "-m", "tests.server.journal_writer", str(path)], stdout=subprocess.PIPE
    )
    assert writer.stdout is not None
    with writer.stdout as lines:
        seen = [int(lines.readline()) for _ in range(acknowledged)]
        writer.kill()
        seen += [int(line) for line in lines if line.endswith(b"\n")]
    writer.wait()
    journal = JournalFile(path, "abc")
    assert journal.head >= max(seen)
    kept = journal.read(0, 1_000_000)
    assert [entry.position for entry in kept] == list(range(1, journal.head + 1))
    newest = max(int(record.data or b"0") for record in journal.records())
    assert max(seen) - 1 <= newest <= journal.head
    journal.close()


def copied(path: Path, folder: Path) -> Path:
    """What a power cut would leave: the file and its log as they are now."""
    folder.mkdir()
    for file in path.parent.glob(f"{path.name}*"):
        shutil.copy(file, folder)
    return folder / path.name


async def test_what_is_durable_survives_a_power_cut(path: Path, tmp_path: Path) -> None:
    """The copy opens with all of it."""
    async with open_journal(path, TrioRuntime(start_s=0.0), instance="abc") as journal:
        await journal.durable(journal.append(1.0, [b"x"] * 100, [Stored("n", "n", b"1")]))
        copy = copied(path, tmp_path / "copy")
    again = JournalFile(copy, "other")
    assert (again.head, again.instance) == (100, "abc")
    again.close()
