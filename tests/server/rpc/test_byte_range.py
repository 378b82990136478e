"""What Range and If-Range ask for."""

import pytest

from server.rpc.byte_range import ByteRange, NotSatisfiableError, asked_range

ETAG = '"abc"'


def asked(header: str, condition: str = "", total_bytes: int = 100) -> ByteRange | None:
    """What is asked of a file of a hundred bytes."""
    return asked_range(header, condition, etag=ETAG, total_bytes=total_bytes)


@pytest.mark.parametrize(
    ("header", "start_bytes", "length_bytes"),
    [
        ("bytes=0-0", 0, 1),
        ("bytes=10-19", 10, 10),
        ("Bytes = 10-19 ", 10, 10),
        ("bytes=90-", 90, 10),
        ("bytes=90-1000", 90, 10),
        ("bytes=-5", 95, 5),
        ("bytes=-1000", 0, 100),
    ],
)
def test_one_range_is_understood(header: str, start_bytes: int, length_bytes: int) -> None:
    """From a byte to a byte, from a byte on, or the last bytes."""
    assert asked(header) == ByteRange(start_bytes, length_bytes)


@pytest.mark.parametrize(
    "header", ["", "bytes=", "bytes=-", "bytes=5-4", "bytes=0-1,5-6", "lines=1-2", "bytes=x-"]
)
def test_what_is_not_one_range_asks_for_all(header: str) -> None:
    """As RFC 9110 lets a server do."""
    assert asked(header) is None


@pytest.mark.parametrize("header", ["bytes=100-", "bytes=100-200", "bytes=-0"])
def test_a_range_outside_the_file_cannot_be_satisfied(header: str) -> None:
    """The answer to it is 416."""
    with pytest.raises(NotSatisfiableError):
        asked(header)


def test_nothing_of_an_empty_file_can_be_asked_for() -> None:
    """Not even its last byte."""
    with pytest.raises(NotSatisfiableError):
        asked("bytes=-1", total_bytes=0)


def test_a_condition_must_name_the_file_as_it_is() -> None:
    """Another ETag, a weak one or a date asks for all of it."""
    assert asked("bytes=0-1", ETAG) == ByteRange(0, 2)
    for other in ('"abd"', f"W/{ETAG}", "Mon, 23 Nov 2026 11:54:41 GMT"):
        assert asked("bytes=0-1", other) is None
        assert asked("bytes=100-", other) is None
