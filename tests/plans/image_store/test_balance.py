"""Which images move, which stay, and what no decision may ever do."""

from collections.abc import Sequence
from random import Random

from hypothesis import given
from hypothesis import strategies as st

from core.plans.image_store.balance import (
    Decision,
    File,
    Move,
    Room,
    balance_stores,
    coefficient_of_variation,
    empty_store,
    is_balanced,
)

SHARE_MAX = 0.9
IMBALANCE = 0.3
SIZES = st.integers(0, 400)


@st.composite
def _rooms(draw: st.DrawFn) -> list[Room]:
    count = draw(st.integers(2, 5))
    totals = [draw(st.integers(1, 1000)) for _ in range(count)]
    return [
        Room(f"s{number}", draw(st.integers(0, total)), total)
        for number, total in enumerate(totals)
    ]


@st.composite
def _files(draw: st.DrawFn) -> list[File]:
    sizes = draw(st.lists(SIZES, max_size=12))
    return [File(f"f{number}", size) for number, size in enumerate(sizes)]


def _balance(files: Sequence[File], rooms: Sequence[Room]) -> Decision:
    source, *others = rooms
    return balance_stores(files, source, others, imbalance=IMBALANCE, used_share_max=SHARE_MAX)


def _empty(files: Sequence[File], rooms: Sequence[Room]) -> Decision:
    return empty_store(files, rooms[0], rooms[1:], used_share_max=SHARE_MAX)


def _moved(rooms: Sequence[Room], file: File, move: Move) -> list[Room]:
    gain = {rooms[0].id: file.size_bytes, move.store_id: -file.size_bytes}
    return [room._replace(free_bytes=room.free_bytes + gain.get(room.id, 0)) for room in rooms]


@given(_files(), _rooms())
def test_no_store_is_filled_above_the_threshold(files: list[File], rooms: list[Room]) -> None:
    """A store that received anything is at most at the threshold, whatever the policy."""
    sizes = {file.id: file for file in files}
    for decide in (_empty, _balance):
        after = list(rooms)
        decision = decide(files, rooms)
        for move in decision.moves:
            after = _moved(after, sizes[move.file_id], move)
        received = {move.store_id for move in decision.moves}
        for room in after:
            used = room.total_bytes - room.free_bytes
            assert room.id not in received or used / room.total_bytes <= SHARE_MAX


@given(_files(), _rooms())
def test_balancing_never_makes_stores_less_even(files: list[File], rooms: list[Room]) -> None:
    """The coefficient of variation grows with no move."""
    sizes = {file.id: file for file in files}
    now = list(rooms)
    for move in _balance(files, rooms).moves:
        after = _moved(now, sizes[move.file_id], move)
        assert coefficient_of_variation(after) <= coefficient_of_variation(now)
        now = after


@given(_files(), _rooms(), st.randoms(use_true_random=False))
def test_decisions_do_not_depend_on_order(
    files: list[File], rooms: list[Room], random: Random
) -> None:
    """The same files and stores give the same decision, however they are listed."""
    shuffled, others = list(files), list(rooms[1:])
    random.shuffle(shuffled)
    random.shuffle(others)
    for decide in (_empty, _balance):
        assert decide(shuffled, [rooms[0], *others]) == decide(files, rooms)


@given(_files(), _rooms())
def test_every_file_is_moved_skipped_or_never_looked_at(
    files: list[File], rooms: list[Room]
) -> None:
    """No file is named twice, none goes to the source, and none is left out without a word."""
    for decide in (_empty, _balance):
        moves, skips, stopped = decide(files, rooms)
        named = [move.file_id for move in moves] + [skip.file_id for skip in skips]
        assert len(named) == len(set(named))
        assert bool(stopped) or len(named) == len(files)
        assert all(move.store_id != rooms[0].id for move in moves)


def test_the_biggest_goes_first_to_the_store_with_most_room() -> None:
    """Each file goes where most is free at that moment."""
    files = [File("small", 10), File("big", 60)]
    rooms = [Room("source", 0, 100), Room("a", 90, 100), Room("b", 80, 100)]
    assert _empty(files, rooms).moves == (Move("big", "a"), Move("small", "b"))


def test_emptying_stops_when_all_are_over_the_threshold() -> None:
    """What cannot go anywhere stays, and the decision says why."""
    decision = _empty([File("f", 1)], [Room("source", 0, 100), Room("a", 9, 100)])
    assert decision.moves == ()
    assert "over the share of 0.9" in decision.stopped


def test_what_fits_nowhere_is_skipped_and_the_rest_goes_on() -> None:
    """A chain larger than any store does not hold up the others."""
    decision = _empty(
        [File("chain", 500), File("f", 10)], [Room("source", 0, 1000), Room("a", 100, 100)]
    )
    assert [skip.file_id for skip in decision.skips] == ["chain"]
    assert decision.moves == (Move("f", "a"),)


def test_even_stores_are_left_alone() -> None:
    """Below the imbalance threshold nothing is required."""
    even, uneven = Room("a", 50, 100), Room("b", 95, 100)
    assert is_balanced(even, [even._replace(id="c")], IMBALANCE)
    assert not is_balanced(even, [uneven], IMBALANCE)


def test_balancing_stops_at_the_imbalance_threshold() -> None:
    """It moves no more than it takes."""
    files = [File(f"f{number}", 10) for number in range(8)]
    moves, skips, stopped = _balance(files, [Room("source", 20, 100), Room("a", 100, 100)])
    assert stopped == "the image stores are balanced"
    assert (len(moves), skips) == (3, ())
