"""Files of simulated images: what is written out is read in again."""

from random import Random

import pytest

from sim.disk.content import Blocks, Bulk
from sim.disk.image_file import KEPT_BYTES, SentFile, file_bytes

GIB = 1 << 30


def sent(*chunks: bytes) -> SentFile:
    """A file that was sent in."""
    file = SentFile()
    for chunk in chunks:
        file.add(chunk)
    return file


@pytest.mark.parametrize("qcow2", [True, False])
def test_blocks_come_back(qcow2: bool) -> None:
    """Stamp by stamp, and the size with them."""
    content = Blocks(GIB, 1 << 20)
    for block in (0, 3, 1000):
        content.write(block, block + 1)
    data = file_bytes(content, qcow2=qcow2)
    file = sent(data[:50], data[50:])
    assert (file.is_qcow2, file.size_bytes) == (qcow2, GIB)
    again = Blocks(GIB, 1 << 20)
    assert file.put_into(again)
    assert again.same_as(content)


def test_amounts_come_back() -> None:
    """Where only the amount is known, that and the version."""
    content = Bulk(GIB)
    content.overwrite(5000.0)
    content.spoil(Random(1))
    again = Bulk(GIB)
    assert sent(file_bytes(content, qcow2=True)).put_into(again)
    assert again.same_as(content)


def test_of_a_strange_file_only_the_sizes_count() -> None:
    """A QCOW2 image says its own; any other is as long as its file."""
    real = file_bytes(Blocks(5 * GIB, 1 << 20), qcow2=True)[:72] + b"clusters"
    assert sent(real).size_bytes == 5 * GIB
    assert not sent(real).put_into(Bulk(GIB))
    raw = sent(b"x" * 1000)
    assert (raw.is_qcow2, raw.size_bytes) == (False, 1000)
    assert not sent(b"\nForebay's map\n{}").put_into(Bulk(GIB))


def test_a_qcow2_image_with_a_backing_file_is_none() -> None:
    """It would be read from elsewhere."""
    real = bytearray(file_bytes(Blocks(GIB, 1 << 20), qcow2=True))
    real[15] = 1
    assert not sent(bytes(real)).is_qcow2


def test_no_more_is_kept_than_a_map_may_take() -> None:
    """The rest is only counted."""
    file = sent(*(bytes(1 << 20) for _ in range((KEPT_BYTES >> 20) + 5)))
    assert file.total_bytes == KEPT_BYTES + (5 << 20)
    assert file.held() is None
