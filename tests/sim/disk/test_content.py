"""Content of disks: what sharing, overwriting, cutting and spoiling do to it."""

from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.model import errors
from sim.disk.content import DEPTH_MAX, Blocks, Bulk, last_write

BLOCK = 4096
WRITES = st.lists(st.tuples(st.integers(0, 30), st.integers(1, 10**6)), max_size=60)


def written(content: Blocks, last: int, writer: int = 5) -> Blocks:
    """Content after so many of a guest's writes."""
    content.begin_writing(writer)
    for number in range(content.last + 1, last + 1):
        content.write(content.place(number), content.stamp(number))
        content.last = number
    return content


@given(before=WRITES, after=WRITES)
def test_a_fork_sees_nothing_of_what_is_written_later(
    before: list[tuple[int, int]], after: list[tuple[int, int]]
) -> None:
    """Nor does its origin see what is written to it."""
    origin = Blocks(32 * BLOCK, BLOCK)
    expected: dict[int, int] = {}
    for block, stamp in before:
        origin.write(block, stamp)
        expected[block] = stamp
    fork = origin.fork()
    for block, stamp in after:
        origin.write(block, stamp)
    assert dict(fork.visible()) == expected
    assert fork.written_bytes == len(expected) * BLOCK
    for block, stamp in after:
        fork.write(block, stamp)
    assert fork.same_as(origin)
    assert fork.digest() == origin.digest()


def test_forks_upon_forks_stay_flat() -> None:
    """However often a disk is snapshotted, reading it stays cheap."""
    content = Blocks(32 * BLOCK, BLOCK)
    forks: list[Blocks] = []
    for number in range(5 * DEPTH_MAX):
        content.write(number % 32, number + 1)
        forks.append(content.fork())
    assert content.depth <= DEPTH_MAX
    assert [fork.read(0) for fork in forks[:33]] == [1] * 32 + [33]


def test_a_disk_that_is_cut_has_lost_its_end_only() -> None:
    """Growing it again brings zeroes."""
    content = Blocks(4 * BLOCK, BLOCK)
    for block in range(4):
        content.write(block, block + 1)
    fork = content.fork()
    content.resize(2 * BLOCK)
    content.resize(4 * BLOCK)
    assert [content.read(block) for block in range(4)] == [1, 2, 0, 0]
    assert content.written_bytes == 2 * BLOCK
    assert fork.written_bytes == 4 * BLOCK


@pytest.mark.parametrize("last", [0, 1, 15, 16, 17, 100])
def test_the_last_write_is_read_from_the_blocks_alone(last: int) -> None:
    """Before and after the guest has gone round all its slots."""
    content = written(Blocks(20 * BLOCK, BLOCK), last)
    assert content.slots == 16
    assert last_write(content) == last


def test_a_guest_visits_every_slot_in_turn() -> None:
    """Whatever number it has as a writer."""
    for writer in range(1, 200):
        content = Blocks(64 * BLOCK, BLOCK)
        content.begin_writing(writer)
        places = [content.place(number) for number in range(content.slots)]
        assert sorted(places) == list(range(64))


@pytest.mark.parametrize("last", [7, 40])
def test_a_lost_torn_or_late_write_is_found(last: int) -> None:
    """One block that is not as it must be is enough."""
    lost = written(Blocks(16 * BLOCK, BLOCK), last)
    lost.write(lost.place(last - 3), 0)
    torn = written(Blocks(16 * BLOCK, BLOCK), last)
    torn.write(torn.place(last - 1), -1)
    late = written(Blocks(16 * BLOCK, BLOCK), last)
    late.write(late.place(last + 2), late.stamp(last + 2))
    for content in (lost, torn, late):
        with pytest.raises(errors.Integrity):
            last_write(content)


def test_another_guest_goes_on_from_the_last_number() -> None:
    """A disk that changes hands keeps its one series of writes."""
    content = written(written(Blocks(16 * BLOCK, BLOCK), 5, writer=1), 9, writer=2)
    assert last_write(content) == 9


@pytest.mark.parametrize("content", [Blocks(16 * BLOCK, BLOCK), Bulk(16 * BLOCK)])
def test_spoiled_content_is_not_the_same(content: Blocks | Bulk) -> None:
    """However little of it is known."""
    fork = content.fork()
    assert fork.same_as(content)
    fork.spoil(Random(1))
    assert not fork.same_as(content)


def test_random_writes_fill_a_disk_ever_more_slowly() -> None:
    """Half of what is written to a half full disk is new; it never holds more than its size."""
    content = Bulk(10**9)
    assert content.overwrite(10**6) == pytest.approx(10**6, rel=1e-3)
    content.written = 5e8
    assert content.overwrite(10**6) == pytest.approx(5e5, rel=1e-2)
    content.overwrite(10**12)
    assert content.written_bytes <= 10**9
