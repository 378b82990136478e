"""Which bytes of a file a GET asks for, as RFC 9110 section 14 has it: one range, or all."""

import re
from typing import NamedTuple

RANGE = re.compile(r"bytes\s*=\s*(\d{0,18})-(\d{0,18})\s*", re.ASCII | re.IGNORECASE)


class ByteRange(NamedTuple):
    """Some bytes of a file, at least one."""

    start_bytes: int
    length_bytes: int

    def content_range(self, total_bytes: int) -> str:
        """How Content-Range says it."""
        last = self.start_bytes + self.length_bytes - 1
        return f"bytes {self.start_bytes}-{last}/{total_bytes}"


class NotSatisfiableError(Exception):
    """No byte of the file is in the range: 416."""


def asked_range(asked: str, condition: str, *, etag: str, total_bytes: int) -> ByteRange | None:
    """What Range and If-Range ask for; None is the whole file.

    Whole is what is answered to several ranges, to what cannot be read, and when the file is not
    the one of the condition. Raises NotSatisfiableError.
    """
    found = RANGE.fullmatch(asked.strip())
    if found is None or condition.strip() not in ("", etag):
        return None
    first, last = found[1], found[2]
    if not first:
        return _last(int(last), total_bytes) if last else None
    start_bytes = int(first)
    stop_bytes = min(int(last) + 1, total_bytes) if last else total_bytes
    if last and int(last) < start_bytes:
        return None
    if start_bytes >= total_bytes:
        raise NotSatisfiableError
    return ByteRange(start_bytes, stop_bytes - start_bytes)


def _last(length_bytes: int, total_bytes: int) -> ByteRange:
    length_bytes = min(length_bytes, total_bytes)
    if not length_bytes:
        raise NotSatisfiableError
    return ByteRange(total_bytes - length_bytes, length_bytes)
