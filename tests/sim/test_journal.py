"""The journal in memory: positions without gaps, records as left, one digest per history."""

from core.journal import Entry, Stored
from core.runtime import Runtime
from sim.journal import MemoryJournal
from sim.virtual.run import run_kernel


def test_positions_have_no_gaps() -> None:
    """Events are read back in order, from any position."""
    journal = MemoryJournal()
    assert (journal.head, journal.tail) == (0, 1)
    assert journal.append(1.0, [b"a", b"b"], []) == 2
    assert journal.append(2.0, [b"c"], []) == 3
    assert (journal.head, journal.tail) == (3, 1)
    assert journal.read(0, 10) == [Entry(1, 1.0, b"a"), Entry(2, 1.0, b"b"), Entry(3, 2.0, b"c")]
    assert journal.read(1, 1) == [Entry(2, 1.0, b"b")]
    assert journal.read(3, 10) == []


def test_records_are_as_the_last_append_left_them() -> None:
    """No bytes mean removed."""
    journal = MemoryJournal()
    journal.append(1.0, [], [Stored("volume", "1", b"x"), Stored("volume", "2", b"y")])
    journal.append(2.0, [], [Stored("volume", "1", b"z"), Stored("volume", "2", None)])
    journal.append(3.0, [], [Stored("volume", "3", None)])
    assert list(journal.records()) == [Stored("volume", "1", b"z")]


def test_a_short_journal_forgets_its_oldest_events() -> None:
    """Its tail says from where on it can be read."""
    journal = MemoryJournal(keep=2)
    for number in range(5):
        journal.append(0.0, [b"%d" % number], [])
    assert (journal.head, journal.tail) == (5, 4)
    assert [entry.data for entry in journal.read(0, 10)] == [b"3", b"4"]
    assert [entry.position for entry in journal.read(0, 10)] == [4, 5]


def test_the_digest_tells_histories_apart() -> None:
    """By bytes, order and time, however they were grouped and however much is kept."""

    def digest(*events: tuple[float, bytes], keep: int | None = None) -> str:
        journal = MemoryJournal(keep=keep)
        for at_s, data in events:
            journal.append(at_s, [data], [])
        return journal.digest

    grouped = MemoryJournal()
    grouped.append(1.0, [b"a", b"b"], [])
    assert grouped.digest == digest((1.0, b"a"), (1.0, b"b"))
    assert grouped.digest == digest((1.0, b"a"), (1.0, b"b"), keep=1)
    others = {
        digest((1.0, b"a"), (1.0, b"b")),
        digest((1.0, b"b"), (1.0, b"a")),
        digest((1.0, b"a"), (2.0, b"b")),
        digest((1.0, b"ab")),
    }
    assert len(others) == 4


def test_what_is_appended_is_durable_at_once() -> None:
    """Waiting for it takes no time."""

    async def main(runtime: Runtime) -> None:
        journal = MemoryJournal()
        began_s = runtime.now()
        await journal.durable(journal.append(began_s, [b"a"], []))
        assert runtime.now() == began_s

    run_kernel(main)
