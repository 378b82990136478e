"""How an image may be compressed on its way; its name says so."""

from enum import StrEnum


class Compression(StrEnum):
    """The ending of a compressed file's name, without its dot."""

    NONE = ""
    GZIP = "gz"
    BZIP2 = "bz2"
    ZIP = "zip"


def compression_of(name: str) -> Compression:
    """What the name of a file, or a URL's path, ends with."""
    lower = name.lower()
    found = (kind for kind in Compression if kind and lower.endswith(f".{kind}"))
    return next(found, Compression.NONE)


def uncompressed(name: str) -> str:
    """The name without the ending that says how it is compressed."""
    kind = compression_of(name)
    return name[: -len(kind) - 1] if kind else name
