"""Checksums as callers write them."""

from core.model import errors

CHECKSUM_DIGITS = {
    "MD5": 32,
    "SHA-1": 40,
    "SHA-224": 56,
    "SHA-256": 64,
    "SHA-384": 96,
    "SHA-512": 128,
}


def require_checksum(checksum: str | None) -> None:
    """Raise Invalid unless the text is `{ALGORITHM}hex`, or 32 hex digits of MD5 (section 9.2)."""
    if not checksum:
        return
    algorithm, _, digits = (
        checksum[1:].partition("}") if checksum[0] == "{" else ("MD5", "", checksum)
    )
    expected = CHECKSUM_DIGITS.get(algorithm.upper())
    whole = expected == len(digits) and all(digit in "0123456789abcdefABCDEF" for digit in digits)
    if not whole:
        raise errors.Invalid(
            f"{checksum!r} is no checksum",
            hint="write {SHA-256} followed by its 64 hex digits",
        )
