"""Messages of too many or too slow frames are found, however they are cut into pieces."""

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from wsproto.connection import Connection, ConnectionType
from wsproto.events import BytesMessage, Ping

from server.transport.frames import FrameWatch


def message(size: int, *, finished: bool = True) -> bytes:
    """One data frame of a client, masked."""
    client = Connection(ConnectionType.CLIENT)
    return bytes(client.send(BytesMessage(data=b"x" * size, message_finished=finished)))


def ping() -> bytes:
    """A control frame of a client."""
    return bytes(Connection(ConnectionType.CLIENT).send(Ping(payload=b"abcd")))


def continuation(count: int, size: int = 0) -> bytes:
    """One message of `count` frames."""
    client = Connection(ConnectionType.CLIENT)
    sent = [
        client.send(BytesMessage(data=b"x" * size, message_finished=number == count - 1))
        for number in range(count)
    ]
    return b"".join(sent)


def fed(watch: FrameWatch, data: bytes, sizes: list[int]) -> str:
    """The violation after the data has arrived in pieces of these sizes, in no time."""
    at, turn = 0, 0
    while at < len(data):
        size = sizes[turn % len(sizes)]
        watch.feed(data[at : at + size], 0.0)
        at, turn = at + size, turn + 1
    return watch.violation


@given(
    st.lists(st.sampled_from([0, 1, 125, 126, 70_000]), min_size=1, max_size=8),
    st.lists(st.integers(20, 9000), min_size=1, max_size=5),
)
@settings(deadline=None, max_examples=30)
def test_many_messages_are_no_violation(sizes: list[int], pieces: list[int]) -> None:
    """Each message begins its own count, whatever its length and the pieces it comes in."""
    data = b"".join(message(size) + ping() for size in sizes) * 3
    assert fed(FrameWatch(2, 10), data, pieces) == ""


@given(st.integers(1, 12), st.lists(st.integers(1, 50), min_size=1, max_size=5))
def test_the_frames_of_one_message_are_counted(count: int, pieces: list[int]) -> None:
    """Exactly those with more than the limit are refused."""
    violation = fed(FrameWatch(8, 10), continuation(count, 3), pieces)
    assert bool(violation) is (count > 9)


def test_control_frames_inside_a_message_count_too() -> None:
    """Or a client could hold a message open by pings for ever."""
    data = message(1, finished=False) + ping() * 20
    assert fed(FrameWatch(8, 10), data, [7]) == "a message has more than 8 frames"


def test_a_message_that_takes_too_long_is_refused() -> None:
    """From its first byte on, idle time between messages not counted."""
    watch = FrameWatch(100, 10)
    watch.feed(message(5), 0.0)
    watch.feed(message(5)[:3], 1000.0)
    watch.feed(message(5)[3:4], 1009.0)
    assert not watch.violation
    watch.feed(message(5)[4:5], 1011.0)
    assert watch.violation.startswith("a message took longer")


def test_pings_between_messages_do_not_add_up() -> None:
    """An idle client answers pings for days."""
    watch = FrameWatch(10, 10)
    for second in range(0, 10_000, 15):
        watch.feed(ping(), float(second))
    assert watch.violation == ""


@pytest.mark.parametrize("seed", range(20))
def test_random_bytes_never_break_it(seed: int) -> None:
    """It may see violations in them or not, but it goes on."""
    draw = random.Random(seed)
    watch = FrameWatch(1000, 10)
    for _ in range(50):
        watch.feed(draw.randbytes(draw.randrange(1, 500)), 0.0)
