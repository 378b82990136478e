"""What the name of a file says about how it is compressed."""

import pytest

from core.decompression.compression import Compression, compression_of, uncompressed


@pytest.mark.parametrize(
    ("name", "kind", "rest"),
    [
        ("disk.qcow2", Compression.NONE, "disk.qcow2"),
        ("disk.qcow2.gz", Compression.GZIP, "disk.qcow2"),
        ("disk.RAW.BZ2", Compression.BZIP2, "disk.RAW"),
        ("disk.zip", Compression.ZIP, "disk"),
        ("gz", Compression.NONE, "gz"),
        ("", Compression.NONE, ""),
    ],
)
def test_the_ending_of_a_name_says_how_it_is_compressed(
    name: str, kind: Compression, rest: str
) -> None:
    """Whatever its case; without the ending it is the name of the image."""
    assert (compression_of(name), uncompressed(name)) == (kind, rest)
